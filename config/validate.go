package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

var (
	slug = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)
	cvr  = regexp.MustCompile(`^[0-9]{8}$`)
)

// validate checks what a type alone does not say, and makes paths absolute.
func (r *reader) validate(cfg *Config, dir string) {
	r.absolute(&cfg.StateDir, "state_dir", dir)
	r.absolute(&cfg.Schedule, "schedule", dir)
	if cfg.Erase.StopFile == "" {
		cfg.Erase.StopFile = filepath.Join(cfg.StateDir, "STOP")
	}
	r.absolute(&cfg.Erase.StopFile, "erase.stop_file", dir)
	cfg.Store.DSN.dir = dir
	r.web(&cfg.Web, dir)
	r.owners(cfg)
	r.audit(&cfg.Audit, cfg.Notify, dir)
	r.snippets(cfg.Snippets)
	if c := cfg.Organisation.CVR; c != "" && !cvr.MatchString(c) {
		r.errorf(r.at("organisation.cvr"), "organisation.cvr", "%q is not a CVR number; expected eight digits", c)
	}
	if cfg.Erase.MaxPercent == 0 {
		r.errorf(r.at("erase.max_percent"), "erase.max_percent", "0 would never erase anything; erase.mode: dry-run says that")
	}
	r.ownersNotice(cfg.Erase)
	r.window("erase.window", cfg.Erase.Window)
	r.service(cfg, dir)
	if len(cfg.Sources) == 0 {
		r.errorf(r.at("sources"), "sources", "no storage to look at; expected at least one, such as - {name: faelles, type: files, path: /srv/faelles}")
	}
	lines := map[string]int{}
	for i := range cfg.Sources {
		r.source(cfg, i, dir, lines)
	}
	for i, d := range cfg.Detect.Disabled {
		if strings.TrimSpace(d) == "" {
			key := fmt.Sprintf("detect.disabled[%d]", i)
			r.errorf(r.at(key), key, "expected a detector's name, found nothing")
		}
	}
}

// source checks one source; lines are where the names before it are.
func (r *reader) source(cfg *Config, i int, dir string, lines map[string]int) {
	s := &cfg.Sources[i]
	key := func(name string) string { return fmt.Sprintf("sources[%d].%s", i, name) }
	at := func(name string) place { return r.at(key(name)) }
	switch first, taken := lines[s.Name]; {
	case s.Name == "":
		r.errorf(at("name"), key("name"), "is missing; expected a short unique name such as faelles")
	case !slug.MatchString(s.Name):
		r.errorf(at("name"), key("name"), "%q cannot be a name; expected lower case letters a-z, digits, - and _, 32 at most", s.Name)
	case taken:
		r.errorf(at("name"), key("name"), "%q is taken by the source in line %d", s.Name, first)
	default:
		lines[s.Name] = at("name").line
	}
	switch s.Type {
	case TypeFiles:
	case TypeSMB:
		r.smb(&s.SMB, key, dir)
	case TypeIMAP:
		r.imap(&s.IMAP, key, dir)
	case TypeCCTV:
		r.cctv(s, key, dir)
	case "":
		r.errorf(at("type"), key("type"), "is missing; expected %s", sourceTypes)
		return
	default:
		r.errorf(at("type"), key("type"), "unknown type %q%s; expected %s", s.Type, didYouMean(s.Type, []string{TypeFiles, TypeSMB, TypeIMAP, TypeCCTV}), sourceTypes)
		return
	}
	r.unused(s, key)
	r.scanTimes(cfg, s, key)
	for j, g := range s.Exclude {
		gkey := fmt.Sprintf("%s[%d]", key("exclude"), j)
		switch {
		case strings.TrimSpace(g) == "" || !doublestar.ValidatePattern(g):
			r.errorf(r.at(gkey), gkey, "%q is not a valid glob; expected one such as \"**/Kopi/**\"", g)
		case strings.Contains(g, `\`) || strings.HasPrefix(g, "/"):
			r.errorf(r.at(gkey), gkey, "%q: globs begin below the source's path, with / between folders", g)
		}
	}
	if s.OnDisk() {
		r.folder(cfg, i, dir)
	}
}

// folder checks the folder of a source of files.
func (r *reader) folder(cfg *Config, i int, dir string) {
	s := &cfg.Sources[i]
	key := func(name string) string { return fmt.Sprintf("sources[%d].%s", i, name) }
	at := func(name string) place { return r.at(key(name)) }
	if s.Path == "" {
		r.errorf(at("path"), key("path"), "is missing; expected a folder")
		return
	}
	r.absolute(&s.Path, key("path"), dir)
	if within(cfg.StateDir, s.Path) {
		cfg.Warnings = append(cfg.Warnings, fmt.Sprintf("%s: state_dir %s lies inside source %s; move it elsewhere, or slet looks at its own files", r.name, cfg.StateDir, s.Name))
	}
	for _, o := range cfg.Sources[:i] {
		if !o.OnDisk() {
			continue
		}
		if within(s.Path, o.Path) || within(o.Path, s.Path) {
			cfg.Warnings = append(cfg.Warnings, fmt.Sprintf("%s: sources %s and %s overlap; what lies in both is looked at and listed twice", r.name, o.Name, s.Name))
		}
	}
}

// absolute makes a path absolute, relative to the folder of slet.yaml.
func (r *reader) absolute(path *string, key, dir string) {
	if strings.TrimSpace(*path) == "" {
		r.errorf(r.at(key), key, "expected a path, found nothing")
		return
	}
	if !filepath.IsAbs(*path) {
		*path = filepath.Join(dir, *path)
	}
	*path = filepath.Clean(*path)
}

// within reports whether path is root or below it, by their names: links are
// not resolved.
func within(path, root string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && filepath.IsLocal(rel)
}
