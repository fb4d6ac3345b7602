package config

import (
	"strings"
	"testing"
)

func TestOwners(t *testing.T) {
	const base = "sources:\n  - {name: drev, type: files, path: /srv/a}\n"
	load := func(owners string) (*Config, error) {
		return parse("slet.yaml", "/etc/slet", []byte(base+"owners:\n"+owners), func(string) (string, bool) { return "", false })
	}
	cfg, err := load("  - {user: hanne, path: \"Løn/**\"}\n  - {user: bo, mailbox: \"bo@*\"}\n  - {user: ida, source: drev}\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][4]string{
		{"drev", "", "LØN/2025/a.txt", "hanne"}, {"drev", "", "Lo\u0308n/a.txt", "ida"}, {"post", "BO@example.dk", "x", "bo"},
		{"post", "anne@example.dk", "x", ""}, {"drev", "", "Andet/a.txt", "ida"}, {"drev", "", "Løn", "hanne"},
	} {
		if got := cfg.OwnerOf(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%v: %q", c, got)
		}
	}
	for owners, key := range map[string]string{
		"  - {path: \"a/**\"}\n": "owners[0].user", "  - {user: bo}\n": "owners[0].user", "  - {user: bo, source: nix}\n": "owners[0].source", "  - {user: bo, path: \"a[\"}\n": "owners[0].path",
	} {
		if _, err := load(owners); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%q: %v, want an error about %s", owners, err, key)
		}
	}
}
