package imap

import (
	"errors"
	"os"
	"testing"

	"github.com/emersion/go-imap/v2"

	"github.com/sletdk/slet/internal/testenv"
)

// TestCheckRights: the rights are the server's to tell, where it does.
func TestCheckRights(t *testing.T) {
	for name, tc := range map[string]struct {
		acl         string
		told, erase bool
	}{
		"not told": {"", false, false},
		"owner":    {"owner lrwstipekxa", true, true},
		"reader":   {"owner lrs", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			var lines string
			if tc.acl != "" {
				file, err := os.CreateTemp("", "acl") // where the server's user can go
				must(t, err)
				t.Cleanup(func() { must(t, os.Remove(file.Name())) })
				_, err = file.WriteString("* " + tc.acl + "\n")
				must(t, errors.Join(err, file.Chmod(0o644), file.Close()))
				lines = "mail_plugins = acl\nprotocol imap {\n  mail_plugins = acl imap_acl\n}\nplugin {\n  acl = vfile:" + file.Name() + "\n}\n"
			}
			d := testenv.Dovecot(t, testenv.DovecotOptions{Lines: lines})
			src, err := New(Config{
				Name: "post", Address: d.Address, Security: Plain, Accounts: []string{"bruger01"},
				Password: func() (string, error) { return d.Password, nil },
			})
			must(t, err)
			t.Cleanup(func() { must(t, src.Close()) })
			n := 0
			must(t, src.Check(t.Context(), func(got Traits, err error) {
				n++
				if err != nil || got.RightsTold != tc.told || got.Erase != tc.erase {
					t.Errorf("%+v, %v; want told %t, erase %t", got, err, tc.told, tc.erase)
				}
			}))
			if n != 1 {
				t.Error("the account was not looked at")
			}
		})
	}
}

func TestMayExpunge(t *testing.T) {
	for rights, want := range map[string]bool{
		"": false, "lrs": false, "lrst": false, "lrse": false, "lrste": true, "lrswipcda": true, "lrswipkxtea": true,
	} {
		if got := mayExpunge(imap.RightSet(rights)); got != want {
			t.Errorf("%q: %t, want %t", rights, got, want)
		}
	}
}
