package smb

import (
	"errors"
	"fmt"
	"net"
	"strings"

	smb2 "github.com/cloudsoda/go-smb2"
	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/keytab"
)

// Kerberos is how an account proves itself by a key of its own, without a
// password: Config.Username in Realm, with the key in the file Keytab.
type Kerberos struct {
	Keytab string // path of a file
	Realm  string // "EXAMPLE.DK"
	// KDC is the domain controller, "host" or "host:port"; "" asks the DNS.
	KDC string
	// Krb5Conf is the path of a krb5.conf, used instead of KDC.
	Krb5Conf string
	// ServiceName is the server's name in Kerberos; "" is cifs/HOST.
	ServiceName string
}

func (k *Kerberos) initiator(cfg Config) (smb2.Initiator, error) {
	keys, err := keytab.Load(k.Keytab)
	if err != nil {
		return nil, fmt.Errorf("%w: keytab: %w", errSignIn, err)
	}
	conf, err := k.config()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSignIn, err)
	}
	service := k.ServiceName
	if service == "" {
		host, _, err := net.SplitHostPort(cfg.Address)
		if err != nil {
			return nil, err
		}
		service = "cifs/" + host
	}
	c := client.NewWithKeytab(cfg.Username, k.Realm, keys, conf, client.DisablePAFXFAST(true))
	return &smb2.Krb5Initiator{Client: c, TargetSPN: service}, nil
}

// config is the krb5.conf, or one made up from the rest.
func (k *Kerberos) config() (*config.Config, error) {
	if k.Krb5Conf != "" {
		conf, err := config.Load(k.Krb5Conf)
		if err != nil {
			return nil, fmt.Errorf("krb5.conf: %w", err)
		}
		return conf, nil
	}
	if k.Realm == "" || strings.ContainsAny(k.Realm+k.KDC, "\n{}=") {
		return nil, errors.New("kerberos: realm and, unless the DNS knows it, kdc are needed")
	}
	text := "[libdefaults]\n default_realm = " + k.Realm + "\n dns_lookup_kdc = true\n udp_preference_limit = 1\n"
	if k.KDC != "" {
		text += "[realms]\n " + k.Realm + " = {\n  kdc = " + k.KDC + "\n }\n"
	}
	return config.NewFromString(text)
}
