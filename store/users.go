package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// RoleDPO is the role of those who approve; see package web for the others.
const RoleDPO = "dpo"

// User is somebody who may sign in to the pages.
type User struct {
	Name  string // unique; of a user of another directory its name there
	Role  string // see package web
	Email string
	// FullName is the person's, "" if nobody said it.
	FullName string
	// Language is that of mails to the user: da or en; "" is da.
	Language string
	// Leads are the users whose numbers a leader sees.
	Leads []string
	// Password is the argon2id hash in its PHC string form, empty for one who
	// signs in elsewhere.
	Password string
	Created  time.Time
	// Disabled is when the account was closed; zero while it is open.
	Disabled time.Time
}

const userColumns = "name, role, email, password, created, disabled, full_name, language, leads"

func userDest(u *User) []any {
	return []any{&u.Name, &u.Role, &u.Email, &u.Password, (*moment)(&u.Created), (*moment)(&u.Disabled), &u.FullName, &u.Language, jsonOf(&u.Leads)}
}

// AddUser stores a user, durable on return. A name that is taken is
// [ErrExists].
func (s *Store) AddUser(ctx context.Context, u User) error {
	if u.Name == "" || u.Role == "" {
		return s.fail("add user", errors.New("a user needs a name and a role"))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO users ("+userColumns+") VALUES ("+marks(9)+")",
			text(u.Name), text(u.Role), text(u.Email), text(u.Password), moment(u.Created), moment(u.Disabled), text(u.FullName), text(u.Language), jsonOf(&u.Leads))
		return err
	})
	return s.fail("add user "+u.Name, err)
}

// SetUser changes a user and ends the user's sessions, durable on return. What a
// user was told is forgotten when the account is closed or gets another role:
// who cannot answer cannot object, so that nothing goes by itself meanwhile.
func (s *Store) SetUser(ctx context.Context, u User) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := s.execTx(ctx, tx, "DELETE FROM told WHERE owner = ? AND EXISTS (SELECT 1 FROM users WHERE name = ? AND role <> ?)", text(u.Name), text(u.Name), text(u.Role)); err != nil {
			return err
		}
		n, err := s.execTx(ctx, tx, "UPDATE users SET role = ?, email = ?, password = ?, disabled = ?, full_name = ?, language = ?, leads = ? WHERE name = ?",
			text(u.Role), text(u.Email), text(u.Password), moment(u.Disabled), text(u.FullName), text(u.Language), jsonOf(&u.Leads), text(u.Name))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		if !u.Disabled.IsZero() {
			if _, err := s.execTx(ctx, tx, "DELETE FROM told WHERE owner = ?", text(u.Name)); err != nil {
				return err
			}
		}
		_, err = s.execTx(ctx, tx, "DELETE FROM sessions WHERE name = ?", text(u.Name))
		return err
	})
	return s.fail("change user "+u.Name, err)
}

// User returns a user by name; [ErrNotFound] when there is none.
func (s *Store) User(ctx context.Context, name string) (User, error) {
	var u User
	err := s.read.QueryRowContext(ctx, s.sql("SELECT "+userColumns+" FROM users WHERE name = ?"), text(name)).Scan(userDest(&u)...)
	return u, s.fail("user", err)
}

// Users returns all users, closed accounts too, in order of name.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+userColumns+" FROM users ORDER BY name")
	if err != nil {
		return nil, s.fail("users", err)
	}
	list, err := collect(rows, userDest)
	return list, s.fail("users", err)
}

// Session is somebody who is signed in.
type Session struct {
	ID            string // SHA-256 of the token, in hex
	Name          string // of the user
	Created, Used time.Time
}

// AddSession stores a session.
func (s *Store) AddSession(ctx context.Context, v Session) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "INSERT INTO sessions (id, name, created, used) VALUES (?, ?, ?, ?)",
			text(v.ID), text(v.Name), moment(v.Created), moment(v.Used))
		return err
	})
	return s.fail("add session", err)
}

// Session returns a session by its id; [ErrNotFound] when there is none.
func (s *Store) Session(ctx context.Context, id string) (Session, error) {
	v := Session{ID: id}
	err := s.read.QueryRowContext(ctx, s.sql("SELECT name, created, used FROM sessions WHERE id = ?"), text(id)).
		Scan(&v.Name, (*moment)(&v.Created), (*moment)(&v.Used))
	return v, s.fail("session", err)
}

// UseSession notes that a session was used.
func (s *Store) UseSession(ctx context.Context, id string, at time.Time) error {
	return s.fail("use session", s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "UPDATE sessions SET used = ? WHERE id = ?", moment(at), text(id))
		return err
	}))
}

// EndSession ends a session. One that is not there is no error.
func (s *Store) EndSession(ctx context.Context, id string) error {
	return s.fail("end session", s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "DELETE FROM sessions WHERE id = ?", text(id))
		return err
	}))
}

// PruneSessions ends those that were created before one time or last used
// before the other.
func (s *Store) PruneSessions(ctx context.Context, created, used time.Time) error {
	return s.fail("prune sessions", s.tx(ctx, func(tx *sql.Tx) error {
		_, err := s.execTx(ctx, tx, "DELETE FROM sessions WHERE created < ? OR used < ?", moment(created), moment(used))
		return err
	}))
}
