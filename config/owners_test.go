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
		if got := cfg.OwnerOf(Place{Source: c[0], Mailbox: c[1], Path: c[2]}); got != c[3] {
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

// TestOwnersByAccount: who owns a file in its storage gets it when the map says
// who that is, and a folder below home says it by its name.
func TestOwnersByAccount(t *testing.T) {
	const text = `sources:
  - {name: drev, type: files, path: /srv/a}
  - {name: andet, type: files, path: /srv/b}
owners:
  - {user: ida, source: drev, path: "Fælles/**"}
  - {home: "Afdeling */Hjem/*", source: drev}
  - {user: hanne, account: "KOMMUNE\\HaJe"}
  - {user: bo, account: "70001"}
  - {user: ole, account: "70002", path: "Sager/**"}
`
	cfg, err := parse("slet.yaml", "/etc/slet", []byte(text), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		place Place
		want  string
	}{
		{Place{Source: "drev", Path: "Afdeling 3/Hjem/haje/a/b.txt"}, "hanne"},
		{Place{Source: "drev", Path: "AFDELING 3/hjem/HAJE/b.txt", Owner: "70001"}, "hanne"},
		{Place{Source: "drev", Path: "Afdeling 3/Hjem/Søren/b.txt"}, "søren"},
		{Place{Source: "drev", Path: "Afdeling 3/Hjem/læs mig.txt"}, ""},
		{Place{Source: "andet", Path: "Afdeling 3/Hjem/haje/b.txt"}, ""},
		{Place{Source: "drev", Path: "Fælles/b.txt", Owner: "70001"}, "ida"},
		{Place{Source: "drev", Path: "b.txt", Owner: "70001"}, "bo"},
		{Place{Source: "andet", Path: "b.txt", Owner: "70001"}, "bo"},
		{Place{Source: "andet", Path: "Sager/b.txt", Owner: "70002"}, "ole"},
		{Place{Source: "andet", Path: "b.txt", Owner: "70002"}, ""},
		{Place{Source: "andet", Path: "b.txt", Owner: "0"}, ""},
		{Place{Source: "andet", Path: "b.txt"}, ""},
	} {
		if got := cfg.OwnerOf(c.place); got != c.want {
			t.Errorf("%+v: %q, want %q", c.place, got, c.want)
		}
	}
	const base = "sources:\n  - {name: drev, type: files, path: /srv/a}\nowners:\n"
	for owners, want := range map[string]string{
		"  - {user: bo, account: root}\n": "owns what others wrote", "  - {user: bo, account: \"KOMMUNE\\\\Administratorer\"}\n": "owns what others wrote", "  - {user: bo, account: \"0\"}\n": "owns what others wrote",
		"  - {user: bo, account: \"no such account\"}\n": "id -u", "  - {home: Hjem}\n": "Hjem/*", "  - {home: \"**/*\"}\n": "Hjem/*", "  - {home: \"Hjem/*\", user: bo}\n": "nothing else",
		"  - {home: \"/Hjem/*\"}\n": "Hjem/*",
	} {
		_, err := parse("slet.yaml", "/etc/slet", []byte(base+owners), func(string) (string, bool) { return "", false })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", owners, err, want)
		}
	}
}
