package imap

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// signIn signs in as the account, or for it.
func (s *Source) signIn(client *imapclient.Client, account, secret string) error {
	host, port, _ := net.SplitHostPort(s.cfg.Address) // checked when the source was made
	switch s.cfg.Auth {
	case SASLPlain:
		identity, user := "", account
		if s.cfg.Master != "" {
			identity, user = account, s.cfg.Master
		}
		return client.Authenticate(sasl.NewPlainClient(identity, user, secret))
	case XOAUTH2:
		return client.Authenticate(xoauth2{account, secret})
	case OAuthBearer:
		n, err := strconv.Atoi(port)
		if err != nil {
			return fmt.Errorf("port %q: %w", port, err)
		}
		return client.Authenticate(sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: account, Token: secret, Host: host, Port: n}))
	default:
		user := account
		if s.cfg.Master != "" {
			user += s.cfg.MasterSeparator + s.cfg.Master
		}
		return client.Login(user, secret).Wait()
	}
}

// xoauth2 is the sign-in that Microsoft and Google have instead of
// OAUTHBEARER: https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
type xoauth2 struct{ user, token string }

func (x xoauth2) Start() (mech string, first []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the server's account of what is wrong, so that it says NO.
func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

// token gets an access token by client credentials.
func (o *OAuth) token(ctx context.Context, secret string, timeout time.Duration) (string, error) {
	cc := clientcredentials.Config{ClientID: o.ClientID, ClientSecret: secret, TokenURL: o.TokenURL, Scopes: o.Scopes}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Timeout: timeout})
	t, err := cc.Token(ctx)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return t.AccessToken, nil
}
