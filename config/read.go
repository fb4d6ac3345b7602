package config

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxErrors is how many errors of one file are told at once.
const maxErrors = 20

// reader reads the YAML tree by the shape of [Config], beside viper, because
// viper knows neither lines nor unknown keys. What it hands on are values that
// viper and mapstructure decode without guessing: texts are as written, so that
// a CVR number with a leading zero stays one.
type reader struct {
	name string
	errs []error
	// places are where settings come from, by dotted key ("sources[0].path").
	places map[string]place
}

// place is a line of the file or a variable of the environment.
type place struct {
	line int
	env  string
}

// errorf records an error at a place: file:line: key: what, or the variable
// that set the key.
func (r *reader) errorf(at place, key, format string, args ...any) {
	where := r.name
	switch {
	case at.env != "":
		where = at.env
	case at.line > 0:
		where += ":" + strconv.Itoa(at.line)
	}
	if key != "" {
		where += ": " + key
	}
	r.errs = append(r.errs, fmt.Errorf("%s: %w", where, fmt.Errorf(format, args...)))
}

// at is where a key comes from: its own place, else that of the nearest key
// that holds it.
func (r *reader) at(key string) place {
	for {
		if p, ok := r.places[key]; ok || key == "" {
			return p
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
}

// err is everything that was wrong, one line each.
func (r *reader) err() error {
	if more := len(r.errs) - maxErrors; more > 0 {
		r.errs = append(r.errs[:maxErrors:maxErrors], fmt.Errorf("%s: and %d more errors", r.name, more))
	}
	return errors.Join(r.errs...)
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// document parses data as one YAML document and returns its top node.
func (r *reader) document(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0:
		return nil, fmt.Errorf("%s: the file is empty; run \"slet init\" in an empty folder for one to start from", r.name)
	case err != nil:
		return nil, r.syntax(err)
	}
	if err := dec.Decode(&second); err == nil {
		return nil, fmt.Errorf("%s:%d: a second document begins here (---); one is expected", r.name, second.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, r.syntax(err)
	}
	return doc.Content[0], nil
}

// syntax turns the parser's error into file:line form.
func (r *reader) syntax(err error) error {
	msg := err.Error()
	m := yamlLine.FindStringSubmatch(msg)
	if m == nil {
		return fmt.Errorf("%s: not valid YAML: %w", r.name, err)
	}
	at, rest := r.name, msg[len(m[0]):]
	if line, err := strconv.Atoi(m[1]); err == nil {
		// The parser, unlike its scanner, counts lines from 0 and names the
		// one in which the thing it was reading begins.
		if strings.HasPrefix(rest, "did not find expected") {
			line++
			rest += "; look at what begins here, and at how it is indented"
		}
		at += ":" + strconv.Itoa(line)
	}
	if strings.Contains(rest, "UTF-8") {
		rest += " (save the file as UTF-8)"
	}
	return fmt.Errorf("%s: not valid YAML: %s", at, rest)
}

// read checks the whole tree against the shape of cfg.
func (r *reader) read(top *yaml.Node, cfg *Config) map[string]any {
	values, _ := r.node(top, reflect.TypeOf(*cfg), "", "").(map[string]any)
	return values
}

// node checks one node against the type that it is for and returns its value;
// nil after an error.
func (r *reader) node(n *yaml.Node, t reflect.Type, tag reflect.StructTag, key string) any {
	r.places[key] = place{line: n.Line}
	switch {
	case n.Kind == yaml.AliasNode:
		r.errorf(place{line: n.Line}, key, "aliases (*%s) are not read; write the value out", n.Value)
		return nil
	case isScalar(t):
		return r.scalar(n, t, tag, key)
	case t.Kind() == reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			r.errorf(place{line: n.Line}, key, "expected a list, found %s", what(n))
			return nil
		}
		list := []any{}
		for i, e := range n.Content {
			list = append(list, r.node(e, t.Elem(), tag, fmt.Sprintf("%s[%d]", key, i)))
		}
		return list
	}
	return r.mapping(n, t, key)
}

func (r *reader) mapping(n *yaml.Node, t reflect.Type, key string) any {
	fields := fieldsOf(t)
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.Tag.Get("mapstructure")
	}
	if n.Kind != yaml.MappingNode {
		r.errorf(place{line: n.Line}, key, "expected keys (%s), found %s", strings.Join(known, ", "), what(n))
		return nil
	}
	values, lines := map[string]any{}, map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		at := slices.Index(known, k.Value)
		switch first, again := lines[k.Value]; {
		case k.Kind != yaml.ScalarNode || at < 0:
			hint := didYouMean(k.Value, known)
			if hint == "" {
				hint = "; the keys here are " + strings.Join(known, ", ")
			}
			r.errorf(place{line: k.Line}, key, "unknown key %q%s", k.Value, hint)
			continue
		case again:
			r.errorf(place{line: k.Line}, join(key, k.Value), "is here a second time (first in line %d)", first)
			continue
		case v.ShortTag() == "!!null" && fields[at].Type.Kind() == reflect.Slice:
			r.errorf(place{line: k.Line}, join(key, k.Value), "has no entry; write one below it, or leave the key out")
			continue
		case v.ShortTag() == "!!null":
			r.errorf(place{line: k.Line}, join(key, k.Value), "has no value; leave the key out or give it one")
			continue
		}
		lines[k.Value] = k.Line
		values[k.Value] = r.node(v, fields[at].Type, fields[at].Tag, join(key, k.Value))
	}
	return values
}

func (r *reader) scalar(n *yaml.Node, t reflect.Type, tag reflect.StructTag, key string) any {
	at := place{line: n.Line}
	if n.Kind != yaml.ScalarNode || t.Kind() == reflect.String && n.ShortTag() == "!!bool" {
		r.errorf(at, key, "expected %s, found %s", expected(t, tag), what(n))
		return nil
	}
	v, err := parseScalar(n.Value, t, tag)
	if err != nil {
		r.errorf(at, key, "%w", err)
		return nil
	}
	return v
}

// environment reads the variables that override settings.
func (r *reader) environment(cfg *Config, env func(string) (string, bool)) map[string]string {
	overrides := map[string]string{}
	for _, s := range settings(reflect.TypeOf(*cfg), "") {
		text, ok := env(s.env)
		if !ok || text == "" {
			continue
		}
		r.places[s.key] = place{env: s.env}
		if _, err := parseScalar(text, s.field.Type, s.field.Tag); err != nil {
			r.errorf(place{env: s.env}, "", "%w", err)
			continue
		}
		overrides[s.key] = text
	}
	return overrides
}

// setting is one scalar outside lists.
type setting struct {
	key, env string
	field    reflect.StructField
}

// settings lists the scalars of a struct and of those within it.
func settings(t reflect.Type, key string) []setting {
	var out []setting
	for _, f := range fieldsOf(t) {
		name := join(key, f.Tag.Get("mapstructure"))
		switch {
		case isScalar(f.Type):
			env := envPrefix + "_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
			out = append(out, setting{name, env, f})
		case f.Type.Kind() == reflect.Struct:
			out = append(out, settings(f.Type, name)...)
		}
	}
	return out
}

// Environment lists the variables that override settings.
func Environment() []string {
	var names []string
	for _, s := range settings(reflect.TypeFor[Config](), "") {
		names = append(names, s.env)
	}
	return names
}

// fieldsOf are the fields that are keys in the file.
func fieldsOf(t reflect.Type) []reflect.StructField {
	return slices.DeleteFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool {
		return f.Tag.Get("mapstructure") == "-" || f.Tag.Get("mapstructure") == ""
	})
}

var (
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
	durationType = reflect.TypeFor[time.Duration]()
)

// isScalar reports whether a setting of the type is one word or number.
func isScalar(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(textType) || t.Kind() != reflect.Struct && t.Kind() != reflect.Slice
}

// parseScalar checks a text against a type and the tags oneof and range, and
// returns what mapstructure makes the field of.
func parseScalar(text string, t reflect.Type, tag reflect.StructTag) (any, error) {
	bad := func() error { return fmt.Errorf("expected %s, found %q", expected(t, tag), text) }
	switch {
	case t == durationType:
		d, err := time.ParseDuration(text)
		if err != nil || !inRange(float64(d), tag, durationBound) {
			return nil, bad()
		}
		return text, nil
	case reflect.PointerTo(t).Implements(textType):
		p := reflect.New(t)
		if err := p.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return nil, err
		}
		if t.Kind() == reflect.Int64 && !inRange(float64(p.Elem().Int()), tag, numberBound) {
			return nil, bad()
		}
		return text, nil
	}
	switch t.Kind() {
	case reflect.String:
		if strings.ContainsRune(text, 0) {
			return nil, bad()
		}
		if of := strings.Fields(tag.Get("oneof")); len(of) > 0 && !slices.Contains(of, text) {
			return nil, fmt.Errorf("unknown value %q%s; expected %s", text, didYouMean(text, of), expected(t, tag))
		}
		return text, nil
	case reflect.Bool:
		if text != "true" && text != "false" {
			return nil, bad()
		}
		return text == "true", nil
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || !inRange(f, tag, numberBound) {
			return nil, bad()
		}
		return f, nil
	default: // the integers
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !inRange(float64(i), tag, numberBound) {
			return nil, bad()
		}
		return i, nil
	}
}

// inRange checks the tag range:"low high"; either end may be missing.
func inRange(v float64, tag reflect.StructTag, bound func(string) float64) bool {
	low, high, ok := strings.Cut(tag.Get("range"), " ")
	return !ok || (low == "" || v >= bound(low)) && (high == "" || v <= bound(high))
}

// Bounds come from tags in this package; a test reads them all.

func numberBound(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN() // compares false: refuses everything
	}
	return f
}

func durationBound(s string) float64 {
	d, err := time.ParseDuration(s)
	if err != nil {
		return math.NaN()
	}
	return float64(d)
}

// expected says what a setting's value should look like.
func expected(t reflect.Type, tag reflect.StructTag) string {
	form := map[bool]string{true: "a text", false: "a whole number"}[t.Kind() == reflect.String]
	switch {
	case tag.Get("oneof") != "":
		return strings.Join(strings.Fields(tag.Get("oneof")), " or ")
	case t == durationType:
		form = "a time such as 2m or 30s"
	case t == reflect.TypeFor[Size]():
		form = sizeForm
	case t == reflect.TypeFor[Secret]():
		form = secretForm
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Float64:
		form = "a number"
	}
	switch low, high, ok := strings.Cut(tag.Get("range"), " "); {
	case ok && high != "":
		form += " from " + low + " to " + high
	case ok:
		form += ", " + low + " at least"
	}
	return form
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// what names a node's content for a person.
func what(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a group of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "the truth value " + n.Value
	}
	return fmt.Sprintf("%q", n.Value)
}
