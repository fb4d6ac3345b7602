package web

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/store"
)

// directory is an OpenID provider. It remembers what it was asked and answers
// with a token about who; change may spoil it.
type directory struct {
	*httptest.Server
	t         *testing.T
	key       *ecdsa.PrivateKey
	who       string
	nonce     string
	challenge string
	now       func() time.Time
	change    func(claims map[string]any)
	wrongKey  bool
	exchanges int
}

func newDirectory(t *testing.T, now func() time.Time) *directory {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	d := &directory{t: t, key: key, now: now}
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": d.URL, "authorization_endpoint": d.URL + "/auth", "token_endpoint": d.URL + "/token", "jwks_uri": d.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		d.exchanges++
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if base64.RawURLEncoding.EncodeToString(sum[:]) != d.challenge || r.PostFormValue("code") != "code" {
			http.Error(w, "invalid_grant", http.StatusBadRequest)
			return
		}
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": d.token()})
	})
	d.Server = httptest.NewServer(mux)
	t.Cleanup(d.Close)
	return d
}

func (d *directory) token() string {
	key := d.key
	if d.wrongKey {
		var err error
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(d.t, err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	must(d.t, err)
	claims := map[string]any{
		"iss": d.URL, "aud": "slet", "sub": "1", "nonce": d.nonce, "preferred_username": d.who,
		"exp": d.now().Add(time.Minute).Unix(), "iat": d.now().Unix(),
	}
	if d.change != nil {
		d.change(claims)
	}
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	must(d.t, err)
	return raw
}

// TestSignInThroughTheDirectory goes the whole way, and every way that must
// not work.
func TestSignInThroughTheDirectory(t *testing.T) {
	x := newSite(t)
	d := newDirectory(t, func() time.Time { return x.clock })
	cfg := x.cfg
	cfg.OIDC = &OIDC{Issuer: d.URL, ClientID: "slet", Secret: func() (string, error) { return "s", nil }, RedirectURL: "https://slet.example/login/sso/retur"}
	var err error
	x.Server, err = New(cfg, x.Deps)
	must(t, err)
	must(t, x.Store.AddUser(t.Context(), store.User{Name: "anna", Role: RoleDPO}))
	must(t, x.Store.AddUser(t.Context(), store.User{Name: "gone", Role: RoleDPO, Disabled: x.clock}))

	// begin sends a browser to the directory and returns the state.
	begin := func(p *person) string {
		res := p.post("/login/sso", "next", "/fund")
		to, err := url.Parse(res.Header().Get("Location"))
		must(t, err)
		q := to.Query()
		if !strings.HasPrefix(to.String(), d.URL+"/auth?") || q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != cfg.OIDC.RedirectURL {
			t.Fatalf("sent to %s", to)
		}
		d.nonce, d.challenge = q.Get("nonce"), q.Get("code_challenge")
		return q.Get("state")
	}
	for _, c := range []struct {
		name string
		set  func()
		ok   bool
	}{
		{"an account", func() {}, true},
		{"no account", func() { d.who = "nobody" }, false},
		{"no name", func() { d.who = "" }, false},
		{"a closed account", func() { d.who = "gone" }, false},
		{"another's question", func() { d.change = func(c map[string]any) { c["nonce"] = "x" } }, false},
		{"another's token", func() { d.change = func(c map[string]any) { c["aud"] = "x" } }, false},
		{"another issuer", func() { d.change = func(c map[string]any) { c["iss"] = "https://evil.example" } }, false},
		{"an old token", func() { d.change = func(c map[string]any) { c["exp"] = x.clock.Add(-time.Hour).Unix() } }, false},
		{"another key", func() { d.wrongKey = true }, false},
		{"another browser's code", func() { d.challenge = "x" }, false},
	} {
		d.who, d.change, d.wrongKey = "anna", nil, false
		p := x.stranger()
		state := begin(p)
		c.set()
		res := p.get("/login/sso/retur?code=code&state=" + state)
		if in := p.get("/fund").Code == http.StatusOK; in != c.ok || c.ok != (res.Code == http.StatusOK) {
			t.Errorf("%s: %d, signed in %v", c.name, res.Code, in)
		}
		if c.ok && !strings.Contains(res.Body.String(), `0;url=/fund`) {
			t.Errorf("%s: it does not go on:\n%s", c.name, res.Body)
		}
	}
	d.who, d.change, d.wrongKey = "anna", nil, false
	before := d.exchanges
	p := x.stranger()
	begin(p)
	if res := p.get("/login/sso/retur?code=code&state=wrong"); res.Code != http.StatusUnauthorized || d.exchanges != before {
		t.Errorf("a state that is not this browser's: %d", res.Code)
	}
	if res := x.stranger().get("/login/sso/retur?code=code&state=x"); res.Code != http.StatusUnauthorized || d.exchanges != before {
		t.Errorf("without having begun: %d", res.Code)
	}
	if n := len(x.logged(audit.TypeSignIn)); n != 1 {
		t.Errorf("%d sign-ins were logged", n)
	}
}

func TestDirectoryThatIsAway(t *testing.T) {
	x := newSite(t)
	cfg := x.cfg
	cfg.OIDC = &OIDC{Issuer: "http://127.0.0.1:1", ClientID: "slet", Secret: func() (string, error) { return "s", nil }}
	s, err := New(cfg, x.Deps)
	must(t, err)
	x.Server = s
	if res := x.stranger().post("/login/sso"); res.Code != http.StatusInternalServerError || strings.Contains(res.Body.String(), "127.0.0.1") {
		t.Errorf("%d: %s", res.Code, res.Body)
	}
	if res := x.stranger().get("/login"); res.Code != http.StatusOK || !strings.Contains(res.Body.String(), "/login/sso") {
		t.Errorf("the page: %d", res.Code)
	}
}
