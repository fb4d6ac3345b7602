package config

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"
)

// Owner routes findings to a user of the pages: those of a mailbox, of a
// folder, of a source, or of all three together.
type Owner struct {
	User    string `mapstructure:"user"`
	Source  string `mapstructure:"source"`
	Mailbox string `mapstructure:"mailbox"` // glob
	Path    string `mapstructure:"path"`    // glob below the source's root
}

// owners checks the routes.
func (r *reader) owners(cfg *Config) {
	for i, o := range cfg.Owners {
		key := func(name string) string { return fmt.Sprintf("owners[%d].%s", i, name) }
		if strings.TrimSpace(o.User) == "" {
			r.errorf(r.at(key("user")), key("user"), "is missing; expected the name of a user (slet user list)")
		}
		if o.Source == "" && o.Mailbox == "" && o.Path == "" {
			r.errorf(r.at(key("user")), key("user"), "%s would get everything; give source, mailbox or path", o.User)
		}
		known := false
		for _, s := range cfg.Sources {
			known = known || s.Name == o.Source
		}
		if o.Source != "" && !known {
			r.errorf(r.at(key("source")), key("source"), "no source is called %q", o.Source)
		}
		for name, g := range map[string]string{"mailbox": o.Mailbox, "path": o.Path} {
			if g != "" && !doublestar.ValidatePattern(g) {
				r.errorf(r.at(key(name)), key(name), "%q is not a valid glob; expected one such as Personale/**", g)
			}
		}
	}
}

// OwnerOf is the user to whom a finding is routed, "" for nobody. Globs are
// compared as a rule's are: without regard to case and Unicode composition.
func (c *Config) OwnerOf(source, mailbox, path string) string {
	fold := func(s string) string { return strings.ToLower(norm.NFC.String(s)) }
	fits := func(glob, s string) bool {
		if glob == "" {
			return true
		}
		ok, err := doublestar.Match(fold(glob), fold(s))
		return err == nil && ok
	}
	for _, o := range c.Owners {
		if (o.Source == "" || o.Source == source) && fits(o.Mailbox, mailbox) && fits(o.Path, path) {
			return o.User
		}
	}
	return ""
}
