// Package web is what the DPO sees: pages over the store, in Danish and in
// English, with sign-in and roles.
//
// The rules of the pages:
//
//   - A page changes nothing unless a signed-in person sent a form from the
//     page itself. Every change goes through the same functions as the command
//     line (package erase, store), is refused for the same reasons, and is
//     written to the audit log with that person's name. Only that an owner was
//     shown what is to be erased of theirs is remembered of a look.
//   - What a role may do is one table ([roles]); every route names the one
//     permission that it needs, and a test asks every route as every role.
//   - Values are masked. Nothing is fetched from anywhere else: the assets are
//     embedded, and the Content-Security-Policy forbids the rest. Pages work
//     without script; script adds the keyboard.
//   - Lists come from the worklist and numbers from snapshots (package store):
//     no request waits for a sum over the inventory.
//
// Server makes an [http.Handler]; who starts it listens (package agent).
package web

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

//go:embed static
var staticFiles embed.FS

// Config is how the pages behave. Zero durations are the defaults.
type Config struct {
	Organisation string
	Version      string
	// Secure says that people reach the pages over TLS, here or at a proxy:
	// cookies are then sent over TLS only.
	Secure bool
	// BehindProxy says that who asks is the last address of X-Forwarded-For,
	// because a proxy on this machine says so.
	BehindProxy bool
	// Idle and Life end a session: after so long without a request (default
	// 30 minutes), and so long after sign-in (default 10 hours).
	Idle, Life time.Duration
	// OIDC is the organisation's directory; nil for local accounts only.
	OIDC *OIDC
}

// Deps is what the pages show and act on. Every field but Ordered is required.
type Deps struct {
	Store *store.Store
	// Log takes what people do: an entry has the person as its actor.
	Log *audit.Log
	// Work is what planning and approving work with, in the name of a person,
	// with the schedule and the events as they are now.
	Work func(ctx context.Context, person string) (erase.Deps, error)
	// Decide returns what says what the schedule says of a finding now.
	Decide func(ctx context.Context) (func(store.Finding) retention.Decision, error)
	// Verify reads the whole audit log and says whether it holds.
	Verify func(ctx context.Context) report.AuditLog
	// Sources returns the names of the configured sources.
	Sources func() []string
	// Keys turn what persons are named by into keyed MACs.
	Keys retention.EventKeys
	// Place makes the path of a hold, as people write it, one below its source's
	// root.
	Place func(*retention.Hold)
	Now   func() time.Time
	// Ordered tells whoever runs [Server.MakePlans] that a plan is ordered, and
	// does not wait; nil says that nobody does, which the page then says.
	Ordered func()
	// Logger takes what went wrong, without personal data.
	Logger *slog.Logger
}

// Server is the pages.
type Server struct {
	cfg Config
	Deps
	pages    pages
	handler  http.Handler
	attempts *limiter
	requests *limiter
	hashing  chan struct{} // bounds the memory of password hashing
	sso      *sso          // nil without a directory
	imports  *pendingImports
}

// New returns the pages. The error is about the templates, which are embedded:
// it means a broken build.
func New(cfg Config, d Deps) (*Server, error) {
	if cfg.Idle == 0 {
		cfg.Idle = 30 * time.Minute
	}
	if cfg.Life == 0 {
		cfg.Life = 10 * time.Hour
	}
	p, err := parsePages()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, Deps: d, pages: p, attempts: newLimiter(attemptEvery, attemptBurst), requests: newLimiter(requestEvery, requestBurst), hashing: make(chan struct{}, 2), imports: &pendingImports{by: map[string]pendingImport{}}}
	if cfg.OIDC != nil {
		s.sso = &sso{OIDC: *cfg.OIDC}
	}
	static, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return nil, fmt.Errorf("the pages' assets: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.StripPrefix("/static/", cached(http.FileServerFS(static))))
	for _, r := range s.routes() {
		mux.HandleFunc(r.pattern, s.serve(r))
	}
	// A form from another site is refused by the browser's own word for where
	// it comes from (Sec-Fetch-Site, Origin), besides the cookie's SameSite.
	s.handler = s.headers(http.NewCrossOriginProtection().Handler(mux))
	return s, nil
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// route is one address: the permission that it needs, and what it does.
type route struct {
	pattern string // as of http.ServeMux
	need    permission
	handle  func(*request) error
}

// routes are all addresses. A part of the pages is a file with its own list.
func (s *Server) routes() []route {
	return slices.Concat(
		s.signInRoutes(),
		s.ssoRoutes(),
		s.overviewRoutes(),
		s.findingRoutes(),
		s.viewRoutes(),
		s.answerRoutes(),
		s.planRoutes(),
		s.ownerRoutes(),
		s.holdRoutes(),
		s.archiveRoutes(),
		s.eventRoutes(),
		s.cameraRoutes(),
		s.subjectRoutes(),
		s.logRoutes(),
		s.scheduleRoutes(),
		s.operationsRoutes(),
	)
}

// errForbidden: the role does not have the permission.
var errForbidden = errors.New("not allowed for this role")

// errInput: what a form said cannot be used; the text is for the person.
var errInput = errors.New("cannot be used")

// errTooMany: more requests than hands can make.
var errTooMany = errors.New("too many requests")

// serve turns a route into a handler: who asks, may they, do it, and what went
// wrong in words.
func (s *Server) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		size := int64(maxForm)
		if rt.pattern == importPattern {
			size = maxUpload
		}
		r.Body = http.MaxBytesReader(w, r.Body, size)
		q := &request{s: s, w: w, r: r, lang: langOf(r)}
		err := s.authenticate(q)
		key := q.user.session // many people may share an address
		if key == "" {
			key = s.remote(r)
		}
		switch {
		case err == nil && !s.requests.allow(key, s.Now()):
			err = errTooMany
		case err == nil && rt.need != anybody && q.user.Name == "":
			q.toSignIn()
			return
		case err == nil && !q.user.may(rt.need):
			err = errForbidden
		case err == nil:
			err = rt.handle(q)
		}
		if err != nil {
			q.fail(err)
		}
	}
}

// maxForm is the largest form, in bytes: a bulk selection of some thousands.
const maxForm = 1 << 20

// headers sets what every answer carries.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.cfg.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// cached lets a browser keep the assets for an hour: they hold no data.
func cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		next.ServeHTTP(w, r)
	})
}
