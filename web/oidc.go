package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/store"
)

// OIDC is sign-in through the organisation's own directory (OpenID Connect
// Core 1.0, authorization code with PKCE). Who may sign in, and as what, is
// said here all the same: a person needs an account of the name that the claim
// gives.
type OIDC struct {
	Issuer      string
	ClientID    string
	Secret      func() (string, error)
	RedirectURL string // this host's /login/sso/retur
	// Claim is whose value is the user's name; empty is preferred_username.
	Claim string
}

// ssoLife is how long somebody may take at the directory.
const ssoLife = 10 * time.Minute

// ssoTimeout bounds every call to the directory.
const ssoTimeout = 10 * time.Second

// sso talks to the directory. It is found at the first sign-in, so that the
// pages start without it.
type sso struct {
	OIDC
	mu       sync.Mutex
	provider *oidc.Provider
}

func (s *Server) ssoRoutes() []route {
	if s.sso == nil {
		return nil
	}
	return []route{
		{"POST /login/sso", anybody, s.ssoBegin},
		{"GET /login/sso/retur", anybody, s.ssoEnd},
	}
}

// find asks the issuer for its addresses and keys.
func (o *sso) find(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider == nil {
		// The provider keeps the context for fetching keys later: it must not
		// end with this request.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), &http.Client{Timeout: ssoTimeout}), o.Issuer)
		if err != nil {
			return nil, fmt.Errorf("the sign-in directory %s: %w", o.Issuer, err)
		}
		o.provider = p
	}
	return o.provider, nil
}

func (o *sso) oauth(p *oidc.Provider) (*oauth2.Config, error) {
	secret, err := o.Secret()
	if err != nil {
		return nil, fmt.Errorf("the secret of the sign-in directory: %w", err)
	}
	return &oauth2.Config{ClientID: o.ClientID, ClientSecret: secret, Endpoint: p.Endpoint(), RedirectURL: o.RedirectURL, Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}, nil
}

// ssoBegin sends the person to the directory. State, nonce and verifier bind
// the answer to this browser.
func (s *Server) ssoBegin(q *request) error {
	p, err := s.sso.find(q.r.Context())
	if err != nil {
		return err
	}
	conf, err := s.sso.oauth(p)
	if err != nil {
		return err
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	c := s.ssoCookie(strings.Join([]string{state, nonce, verifier, localPath(q.r.PostFormValue("next"))}, "|"), int(ssoLife.Seconds()))
	http.SetCookie(q.w, c)
	return q.redirect(conf.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)))
}

// ssoCookie outlives the way to the directory and back, which is a navigation
// from another site: Lax, where the session's is Strict.
func (s *Server) ssoCookie(value string, age int) *http.Cookie {
	c := s.cookie(value, age)
	c.Name += "-sso"
	c.SameSite = http.SameSiteLaxMode
	return c
}

// errSSO: the directory's answer cannot be believed, or means nobody here.
var errSSO = errors.New("sign-in through the directory failed")

func (s *Server) ssoEnd(q *request) error {
	u, next, err := s.ssoUser(q)
	http.SetCookie(q.w, s.ssoCookie("", -1))
	if errors.Is(err, errSSO) {
		s.Logger.Warn("sign-in refused", "error", err)
		if _, err := s.Log.Append(audit.Entry{Time: s.Now(), Type: audit.TypeSignInRefused, Actor: "slet", Detail: map[string]string{"through": "sso"}}); err != nil {
			return err
		}
		return q.pageStatus(http.StatusUnauthorized, "login", "Log ind", signInView{SSO: true, Problem: "Du kunne ikke logges ind. Har du en konto her?"})
	}
	if err != nil {
		return err
	}
	if err := s.begin(q, u); err != nil {
		return err
	}
	// A redirect from here would still count as coming from the directory's
	// site, and the browser would keep the strict cookie back: a page goes on.
	return q.page("onward", "Log ind", next)
}

// ssoUser believes the directory's answer, or says why not.
func (s *Server) ssoUser(q *request) (u store.User, next string, err error) {
	c, err := q.r.Cookie(s.cookieName() + "-sso")
	if err != nil {
		return u, "", fmt.Errorf("%w: it was not begun in this browser", errSSO)
	}
	parts := strings.SplitN(c.Value, "|", 4)
	if len(parts) != 4 || q.r.FormValue("state") != parts[0] {
		return u, "", fmt.Errorf("%w: it was not begun in this browser", errSSO)
	}
	ctx, cancel := context.WithTimeout(q.r.Context(), ssoTimeout)
	defer cancel()
	p, err := s.sso.find(ctx)
	if err != nil {
		return u, "", err
	}
	conf, err := s.sso.oauth(p)
	if err != nil {
		return u, "", err
	}
	token, err := conf.Exchange(ctx, q.r.FormValue("code"), oauth2.VerifierOption(parts[2]))
	if err != nil {
		return u, "", fmt.Errorf("%w: exchange the code: %w", errSSO, err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.VerifierContext(ctx, &oidc.Config{ClientID: s.sso.ClientID, Now: s.Now}).Verify(ctx, raw)
	if err != nil {
		return u, "", fmt.Errorf("%w: the token: %w", errSSO, err)
	}
	if id.Nonce != parts[1] {
		return u, "", fmt.Errorf("%w: the token is an answer to another question", errSSO)
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return u, "", fmt.Errorf("%w: the token: %w", errSSO, err)
	}
	name, _ := claims[s.sso.claim()].(string)
	u, err = s.Store.User(ctx, name)
	if errors.Is(err, store.ErrNotFound) || err == nil && !u.Disabled.IsZero() {
		return u, "", fmt.Errorf("%w: no open account of the name in %s", errSSO, s.sso.claim())
	}
	return u, localPath(parts[3]), err
}

func (o *sso) claim() string {
	if o.Claim == "" {
		return "preferred_username"
	}
	return o.Claim
}

var ssoText = text{
	"Log ind med organisationens konto": "Sign in with your organisation's account", "Du kunne ikke logges ind. Har du en konto her?": "You could not be signed in. Do you have an account here?",
	"Du er logget ind.": "You are signed in.", "Fortsæt": "Continue", "Log ind med adgangskode": "Sign in with a password",
}
