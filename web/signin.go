package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/store"
)

func (s *Server) signInRoutes() []route {
	return []route{
		{"GET /login", anybody, s.signInPage},
		{"POST /login", anybody, s.signIn},
		{"POST /logout", signedIn, s.signOut},
		{"POST /sprog", anybody, s.setLang},
	}
}

type signInView struct {
	Name, Next, Problem string
	SSO                 bool // the organisation's directory is offered too
}

func (s *Server) signInPage(q *request) error {
	if q.user.Name != "" {
		return q.redirect("/")
	}
	return q.page("login", "Log ind", signInView{Next: localPath(q.r.FormValue("next")), SSO: s.sso != nil})
}

// signIn takes a name and a password. All that is wrong with them is answered
// with the same words: which names exist is nobody's business.
func (s *Server) signIn(q *request) error {
	name, password := strings.TrimSpace(q.r.PostFormValue("name")), q.r.PostFormValue("password")
	view := signInView{Name: name, Next: localPath(q.r.PostFormValue("next")), SSO: s.sso != nil}
	if !s.attempts.allow(s.remote(q.r), s.Now()) || !s.attempts.allow("name "+name, s.Now()) {
		view.Problem = "For mange forsøg. Vent et minut, og prøv igen."
		return q.pageStatus(http.StatusTooManyRequests, "login", "Log ind", view)
	}
	u, ok, err := s.checkUser(q.r.Context(), name, password)
	if err != nil {
		return err
	}
	if !ok {
		// Without the name: people type their password there.
		if _, err := s.Log.Append(audit.Entry{Time: s.Now(), Type: audit.TypeSignInRefused, Actor: "slet"}); err != nil {
			return err
		}
		view.Problem = "Navn eller adgangskode passer ikke."
		return q.pageStatus(http.StatusUnauthorized, "login", "Log ind", view)
	}
	if err := s.begin(q, u); err != nil {
		return err
	}
	return q.redirect(view.Next)
}

// checkUser says whether the password is that of an open local account.
func (s *Server) checkUser(ctx context.Context, name, password string) (store.User, bool, error) {
	u, err := s.Store.User(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return u, false, err
	}
	hash := u.Password
	if hash == "" {
		hash = nobodysHash
	}
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return u, false, ctx.Err()
	}
	ok, err := checkPassword(hash, password)
	return u, ok && u.Password != "" && u.Disabled.IsZero(), err
}

// begin signs a person in: a new session, and its token in a cookie.
func (s *Server) begin(q *request, u store.User) error {
	token, now := rand.Text(), s.Now()
	err := s.Store.AddSession(q.r.Context(), store.Session{ID: sessionID(token), Name: u.Name, Created: now, Used: now})
	if err != nil {
		return err
	}
	if err := s.Store.PruneSessions(q.r.Context(), now.Add(-s.cfg.Life), now.Add(-s.cfg.Idle)); err != nil {
		return err
	}
	if _, err := s.Log.Append(audit.Entry{Time: now, Type: audit.TypeSignIn, Actor: u.Name, Detail: map[string]string{"role": u.Role}}); err != nil {
		return err
	}
	http.SetCookie(q.w, s.cookie(token, int(s.cfg.Life.Seconds())))
	return nil
}

func (s *Server) signOut(q *request) error {
	if err := s.Store.EndSession(q.r.Context(), q.user.session); err != nil {
		return err
	}
	http.SetCookie(q.w, s.cookie("", -1))
	return q.redirect("/login")
}

// cookie is the session's. The prefix binds it to this very host and to TLS
// (RFC 6265bis §4.1.3.2).
func (s *Server) cookie(token string, age int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: token, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: s.cfg.Secure, SameSite: http.SameSiteStrictMode,
	}
}

func (s *Server) cookieName() string {
	if s.cfg.Secure {
		return "__Host-slet"
	}
	return "slet"
}

// sessionID is what the store keeps of a token.
func sessionID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// authenticate finds out who asks. Nobody is not an error.
func (s *Server) authenticate(q *request) error {
	c, err := q.r.Cookie(s.cookieName())
	if err != nil || c.Value == "" {
		return nil
	}
	ctx, now := q.r.Context(), s.Now()
	session, err := s.Store.Session(ctx, sessionID(c.Value))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if now.Sub(session.Created) > s.cfg.Life || now.Sub(session.Used) > s.cfg.Idle {
		return s.Store.EndSession(ctx, session.ID)
	}
	u, err := s.Store.User(ctx, session.Name)
	if err != nil || !u.Disabled.IsZero() {
		return err
	}
	q.user = user{User: u, session: session.ID}
	if now.Sub(session.Used) > time.Minute { // not a write a request
		return s.Store.UseSession(ctx, session.ID, now)
	}
	return nil
}

// localPath keeps a target within these pages: "//elsewhere" is another host.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/"
	}
	return next
}

// remote is the address that asks, without its port.
func (s *Server) remote(r *http.Request) string {
	if s.cfg.BehindProxy {
		// The last one is the proxy's word; those before it are the client's.
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		return strings.TrimSpace(all[len(all)-1])
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// limiter bounds how often something is done, for each key: so many at once,
// then one in so much time.
type limiter struct {
	every time.Duration
	burst int

	mu sync.Mutex
	by map[string]*rate.Limiter
}

// Attempts to sign in: five at once, then two a minute, for each address and
// each name. Requests: what nobody's hands do, for each session or address.
const (
	attemptEvery, attemptBurst = 30 * time.Second, 5
	requestEvery, requestBurst = 50 * time.Millisecond, 200
)

// maxKeys bounds the memory; beyond it the full buckets are forgotten.
const maxKeys = 10_000

func newLimiter(every time.Duration, burst int) *limiter {
	return &limiter{every: every, burst: burst, by: map[string]*rate.Limiter{}}
}

func (l *limiter) allow(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.by) >= maxKeys {
		for k, b := range l.by {
			if b.TokensAt(now) >= float64(b.Burst()) {
				delete(l.by, k)
			}
		}
	}
	b, ok := l.by[key]
	if !ok {
		if len(l.by) >= maxKeys {
			return false // a flood: nobody new until it is over
		}
		b = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.by[key] = b
	}
	return b.AllowN(now, 1)
}
