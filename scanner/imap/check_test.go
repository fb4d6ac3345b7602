package imap

import (
	"testing"

	"github.com/sletdk/slet/internal/testenv"
)

func TestCheck(t *testing.T) {
	d := testenv.Dovecot(t, testenv.DovecotOptions{Rawlog: true})
	d.Deliver(t, account, "Privat", mail("Sag", "x"), received())
	d.Deliver(t, account, "Sager/2020", mail("Sag", "x"), received())
	cfg := config(d)
	cfg.Accounts = append(cfg.Accounts, "privat@firma.dk")
	var got []Traits
	must(t, source(t, cfg).Check(t.Context(), func(tr Traits, err error) {
		must(t, err)
		tr.Took = 0
		got = append(got, tr)
	}))
	if len(got) != 1 || got[0] != (Traits{Account: account, Folders: 3, Private: 1, UIDPlus: true}) {
		t.Errorf("%+v", got)
	}
	d.Kill(t)
	if err := source(t, cfg).Check(t.Context(), func(Traits, error) {}); err == nil {
		t.Error("no server, and nothing is said")
	}
}
