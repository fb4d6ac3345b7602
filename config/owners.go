package config

import (
	"fmt"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"
)

// Owner routes findings to a user of the pages: those of a source, of a
// mailbox, of a folder, of an account that owns files, or of all of them
// together. One with Home routes each folder to the user that its name says.
type Owner struct {
	User    string `mapstructure:"user"`
	Source  string `mapstructure:"source"`
	Mailbox string `mapstructure:"mailbox"` // glob
	Path    string `mapstructure:"path"`    // glob below the source's root
	// Account is the user's name elsewhere: the owner of local files (a name or
	// a number of this machine), or the name of a folder below Home. It may be
	// written with its domain, KOMMUNE\hanne.
	Account string `mapstructure:"account"`
	// Home is the folder that holds everybody's folders, with /* for these:
	// Hjem/*. What lies in one is routed to the user whose account it is called
	// by, or who is called so.
	Home string `mapstructure:"home"`

	// UID is the number of Account on this machine; "" when it has none.
	UID string `mapstructure:"-"`
}

// Place is what is known of an item for routing it.
type Place struct {
	Source, Mailbox, Path string
	// Owner is the account that owns the item in its storage; see
	// scanner.Item.Owner.
	Owner string
}

// admins own what others wrote: their files are nobody's.
var admins = []string{"0", "root", "administrator", "administrators", "administratorer", "system", "domain admins"}

// owners checks the routes.
func (r *reader) owners(cfg *Config) {
	homes := slices.ContainsFunc(cfg.Owners, func(o Owner) bool { return o.Home != "" })
	for i := range cfg.Owners {
		o := &cfg.Owners[i]
		key := func(name string) string { return fmt.Sprintf("owners[%d].%s", i, name) }
		switch {
		case o.Home != "" && (o.User != "" || o.Account != "" || o.Path != "" || o.Mailbox != ""):
			r.errorf(r.at(key("home")), key("home"), "names the users itself; give source beside it, and nothing else")
		case o.Home != "":
			r.home(*o, key("home"))
		case strings.TrimSpace(o.User) == "":
			r.errorf(r.at(key("user")), key("user"), "is missing; expected the name of a user (slet user list)")
		case o.Source == "" && o.Mailbox == "" && o.Path == "" && o.Account == "":
			r.errorf(r.at(key("user")), key("user"), "%s would get everything; give source, mailbox, path or account", o.User)
		}
		if o.Account != "" {
			r.account(o, key("account"), homes)
		}
		if o.Source != "" && !slices.ContainsFunc(cfg.Sources, func(s Source) bool { return s.Name == o.Source }) {
			r.errorf(r.at(key("source")), key("source"), "no source is called %q", o.Source)
		}
		for name, g := range map[string]string{"mailbox": o.Mailbox, "path": o.Path} {
			if g != "" && !doublestar.ValidatePattern(g) {
				r.errorf(r.at(key(name)), key(name), "%q is not a valid glob; expected one such as Personale/**", g)
			}
		}
	}
}

// home checks the folder of everybody's folders.
func (r *reader) home(o Owner, key string) {
	segments := strings.Split(o.Home, "/")
	if segments[len(segments)-1] != "*" || slices.Contains(segments, "**") || slices.Contains(segments, "") || !doublestar.ValidatePattern(o.Home) {
		r.errorf(r.at(key), key, "%q; expected a folder with /* for the folders in it, such as Hjem/*", o.Home)
	}
}

// account looks an account up. One that is not of this machine can still be the
// name of a folder.
func (r *reader) account(o *Owner, key string, homes bool) {
	if slices.Contains(admins, bare(o.Account)) {
		r.errorf(r.at(key), key, "%s owns what others wrote; give the person's own account, or route the folder by path", o.Account)
		return
	}
	if _, err := strconv.ParseUint(o.Account, 10, 32); err == nil {
		o.UID = o.Account
	} else if u, err := user.Lookup(o.Account); err == nil {
		o.UID = u.Uid
	} else if !homes {
		r.errorf(r.at(key), key, "%q is no account of this machine; give its number (id -u), or say with home where its folder lies", o.Account)
	}
}

// bare is an account's name without its domain, in one case.
func bare(account string) string {
	account = folded(account)
	account = account[strings.LastIndexByte(account, '\\')+1:]
	name, _, _ := strings.Cut(account, "@")
	return name
}

// folded is a text as globs are compared with it: without regard to case and
// Unicode composition.
func folded(s string) string { return strings.ToLower(norm.NFC.String(s)) }

// OwnerOf is the user to whom a finding is routed, "" for nobody: the first
// route that fits. Globs are compared as a rule's are.
func (c *Config) OwnerOf(p Place) string {
	fits := func(glob, s string) bool {
		if glob == "" {
			return true
		}
		ok, err := doublestar.Match(folded(glob), folded(s))
		return err == nil && ok
	}
	for _, o := range c.Owners {
		switch {
		case o.Source != "" && o.Source != p.Source:
		case o.Home != "":
			if folder, ok := o.folder(p.Path, fits); ok {
				return c.called(folder)
			}
		case fits(o.Mailbox, p.Mailbox) && fits(o.Path, p.Path) && (o.Account == "" || o.UID != "" && o.UID == p.Owner):
			return o.User
		}
	}
	return ""
}

// folder is the name of the folder below Home in which a path lies; ok is false
// for what does not lie in one.
func (o Owner) folder(path string, fits func(glob, s string) bool) (name string, ok bool) {
	depth := strings.Count(o.Home, "/") + 1
	segments := strings.Split(path, "/")
	if len(segments) <= depth || !fits(o.Home, strings.Join(segments[:depth], "/")) {
		return "", false
	}
	return segments[depth-1], true
}

// called is the user whose account has a folder's name, or else the user of
// that name, in lower case.
func (c *Config) called(folder string) string {
	for _, o := range c.Owners {
		if o.Account != "" && bare(o.Account) == bare(folder) {
			return o.User
		}
	}
	return folded(folder)
}
