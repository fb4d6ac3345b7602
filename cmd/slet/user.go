package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/store"
	"github.com/sletdk/slet/web"
)

func (c *cli) userCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "user", Short: "Say who may sign in to the pages",
		Long: `Says who may sign in to the pages.

  dpo      sees all, approves
  it       configures and keeps it running; approves nothing, sees no evidence
  owner    sees and answers the findings that were routed to them
  leader   an owner, who also sees how far the people they lead are (--leads)
  auditor  reads the log, the plans and the numbers

Once there is a user, slet approve --as names one too, by name or full name, and
only a dpo approves. One person has one account.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.userAddCommand(), c.userSetCommand(), c.userCloseCommand(), &cobra.Command{
		Use: "list", Short: "List the users", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), reading, func(ctx context.Context, a *app) error { return a.listUsers(ctx) })
		},
	})
	return cmd
}

func (c *cli) userAddCommand() *cobra.Command {
	var role string
	var about userAbout
	var sso bool
	cmd := &cobra.Command{
		Use: "add NAME --role ROLE", Short: "Add a user; the password is read from standard input", Args: one("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(web.Roles(), role) {
				return usagef("--role %q: want %s", role, strings.Join(web.Roles(), ", "))
			}
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				u := store.User{Name: strings.TrimSpace(args[0]), Role: role, Created: now()}
				if err := about.put(ctx, a, cmd, &u); err != nil {
					return err
				}
				if !sso {
					var err error
					if u.Password, err = a.newPassword(); err != nil {
						return err
					}
				}
				if _, err := a.store.User(ctx, u.Name); err == nil {
					return usagef("there is a user %q already; slet user set changes one", u.Name)
				}
				if err := a.onePerson(ctx, u); err != nil {
					return err
				}
				if err := a.logUser(audit.TypeUserAdded, u); err != nil {
					return err
				}
				if err := a.store.AddUser(ctx, u); err != nil {
					return err
				}
				a.note("added %s (%s)", u.Name, u.Role)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "`ROLE`: "+strings.Join(web.Roles(), ", "))
	about.flags(cmd)
	cmd.Flags().BoolVar(&sso, "sso", false, "signs in through OpenID Connect only; no password")
	return cmd
}

func (c *cli) userSetCommand() *cobra.Command {
	var role string
	var about userAbout
	var password, reopen bool
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Change a user's role, address, people or password; ends their sessions", Args: one("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if role != "" && !slices.Contains(web.Roles(), role) {
				return usagef("--role %q: want %s", role, strings.Join(web.Roles(), ", "))
			}
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				return a.changeUser(ctx, args[0], func(u *store.User) (err error) {
					if role != "" {
						u.Role = role
					}
					if err := about.put(ctx, a, cmd, u); err != nil {
						return err
					}
					if reopen {
						u.Disabled = time.Time{}
					}
					if password {
						u.Password, err = a.newPassword()
					}
					return err
				})
			})
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "`ROLE`: "+strings.Join(web.Roles(), ", "))
	about.flags(cmd)
	cmd.Flags().BoolVar(&password, "password", false, "read a new password from standard input")
	cmd.Flags().BoolVar(&reopen, "reopen", false, "open a closed account again")
	return cmd
}

// userAbout is what an account says of a person beside the role.
type userAbout struct {
	full, email, language string
	leads                 []string
}

func (w *userAbout) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.email, "email", "", "`ADDRESS` to write to them at; nobody else's")
	cmd.Flags().StringVar(&w.full, "full-name", "", "the person's `NAME`, by which they may be named at the command line too")
	cmd.Flags().StringVar(&w.language, "lang", "", "`LANGUAGE` of mails to them: da or en")
	cmd.Flags().StringSliceVar(&w.leads, "leads", nil, "`NAMES` of the users that a leader leads, with commas; \"\" is nobody")
}

// put checks what was given, and changes the user by it.
func (w *userAbout) put(ctx context.Context, a *app, cmd *cobra.Command, u *store.User) error {
	if cmd.Flags().Changed("full-name") {
		u.FullName = strings.TrimSpace(w.full)
	}
	if cmd.Flags().Changed("email") {
		if addr, err := mail.ParseAddress(w.email); w.email != "" && (err != nil || addr.Name != "") {
			return usagef("--email %q is no mail address; want one such as hanne@kommune.dk", w.email)
		}
		u.Email = w.email
	}
	if cmd.Flags().Changed("lang") {
		if w.language != string(report.Danish) && w.language != string(report.English) {
			return usagef("--lang %q: want da or en", w.language)
		}
		u.Language = w.language
	}
	if !cmd.Flags().Changed("leads") {
		return nil
	}
	u.Leads = nil
	for _, name := range w.leads {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if u.Role != web.RoleLeader {
			return usagef("--leads is for --role leader, and %s is %s", u.Name, u.Role)
		}
		if _, err := a.store.User(ctx, name); errors.Is(err, store.ErrNotFound) {
			return usagef("--leads: there is no user %q; slet user list shows them", name)
		} else if err != nil {
			return err
		}
		u.Leads = append(u.Leads, name)
	}
	return nil
}

func (c *cli) userCloseCommand() *cobra.Command {
	return &cobra.Command{
		Use: "close NAME", Short: "Close an account; the name stays in the records", Args: one("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withApp(cmd.Context(), writing, func(ctx context.Context, a *app) error {
				return a.changeUser(ctx, args[0], func(u *store.User) error { u.Disabled = now(); return nil })
			})
		},
	}
}

func (a *app) changeUser(ctx context.Context, name string, change func(*store.User) error) error {
	u, err := a.store.User(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return usagef("there is no user %q; slet user list shows them", name)
	}
	if err != nil {
		return err
	}
	if err := change(&u); err != nil {
		return err
	}
	if err := a.onePerson(ctx, u); err != nil {
		return err
	}
	if err := a.logUser(audit.TypeUserChanged, u); err != nil {
		return err
	}
	if err := a.store.SetUser(ctx, u); err != nil {
		return err
	}
	a.note("changed %s (%s)", u.Name, u.Role)
	return nil
}

// onePerson refuses a second open account of a person: two accounts can pass for
// the two persons whom a large plan needs.
func (a *app) onePerson(ctx context.Context, u store.User) error {
	users, err := a.store.Users(ctx)
	if err != nil || !u.Disabled.IsZero() {
		return err
	}
	for _, other := range users {
		if other.Name != u.Name && other.Disabled.IsZero() && erase.OnePerson(u, other) {
			return usagef("%s and the open account %s share a name or an address, and one person has one account: "+
				"close that one (slet user close), or give each person a name and an address of their own", u.Name, other.Name)
		}
	}
	return nil
}

func (a *app) logUser(kind string, u store.User) error {
	detail := map[string]string{"user": u.Name, "role": u.Role}
	if len(u.Leads) > 0 {
		detail["leads"] = strings.Join(u.Leads, ",")
	}
	if !u.Disabled.IsZero() {
		detail["closed"] = "true"
	}
	_, err := a.log.Append(audit.Entry{Time: now(), Type: kind, Actor: account(), Detail: detail})
	return err
}

// newPassword reads a password: from a terminal twice and unseen, otherwise
// one line.
func (a *app) newPassword() (string, error) {
	first, err := a.secretLine("password: ")
	if err != nil {
		return "", err
	}
	if a.onTerminal() {
		second, err := a.secretLine("once more: ")
		if err != nil {
			return "", err
		}
		if first != second {
			return "", usagef("the two passwords differ")
		}
	}
	hash, err := web.HashPassword(first)
	if errors.Is(err, web.ErrPassword) {
		return "", usage(err)
	}
	return hash, err
}

func (a *app) onTerminal() bool {
	f, ok := a.stdin.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (a *app) secretLine(prompt string) (string, error) {
	if a.onTerminal() {
		fmt.Fprint(a.stderr, prompt)
		b, err := term.ReadPassword(int(a.stdin.(*os.File).Fd()))
		fmt.Fprintln(a.stderr)
		return string(b), err
	}
	line, err := bufio.NewReader(a.stdin).ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", usagef("no password on standard input: %w", err)
	}
	return line, nil
}

func (a *app) listUsers(ctx context.Context) error {
	users, err := a.store.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		state := "open"
		if !u.Disabled.IsZero() {
			state = "closed " + report.Day(u.Disabled)
		}
		if a.json {
			line := struct {
				Name     string `json:"name"`
				FullName string `json:"full_name,omitempty"`
				Role     string `json:"role"`
				Email    string `json:"email,omitempty"`
				State    string `json:"state"`

				Language string   `json:"language,omitempty"`
				Leads    []string `json:"leads,omitempty"`
			}{u.Name, u.FullName, u.Role, u.Email, state, u.Language, u.Leads}
			if err := json.NewEncoder(a.stdout).Encode(line); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.stdout, "%-20s %-8s %-10s %s\n", u.Name, u.Role, state, strings.TrimSpace(u.FullName+" "+u.Email))
	}
	return nil
}
