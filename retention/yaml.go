package retention

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxErrors is how many errors of one file are told at once.
const maxErrors = 20

// reader reads a YAML document strictly and collects what is wrong with it,
// one line each, as file:line: where: what.
type reader struct {
	name string
	errs []error
}

// errorf records an error at a node.
func (r *reader) errorf(n *yaml.Node, where, format string, args ...any) {
	if where != "" {
		where += ": "
	}
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s%w", r.name, n.Line, where, fmt.Errorf(format, args...)))
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
		return nil, fmt.Errorf("%s: the file is empty", r.name)
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

// field is one key of a mapping with its value.
type field struct{ key, value *yaml.Node }

// fields reads a mapping with known keys. Unknown and repeated keys are
// errors; a key without a value is as if it was not there, and an error.
func (r *reader) fields(n *yaml.Node, where string, known ...string) (map[string]field, bool) {
	if n.Kind != yaml.MappingNode {
		r.errorf(n, where, "expected keys (%s), found %s", strings.Join(known, ", "), what(n))
		return nil, false
	}
	out := make(map[string]field, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode:
			r.errorf(k, where, "expected a key, found %s", what(k))
		case !slices.Contains(known, k.Value):
			hint := didYouMean(k.Value, known)
			if hint == "" {
				hint = "; the keys here are " + strings.Join(known, ", ")
			}
			r.errorf(k, where, "unknown key %q%s", k.Value, hint)
		case out[k.Value].key != nil:
			r.errorf(k, where, "the key %q is here a second time (first in line %d)", k.Value, out[k.Value].key.Line)
		case v.ShortTag() == "!!null":
			r.errorf(k, where, "%s: has no value; leave the key out or give it one", k.Value)
			out[k.Value] = field{k, nil}
		default:
			out[k.Value] = field{k, v}
		}
	}
	return out, true
}

// text reads a scalar as it is written.
func (r *reader) text(n *yaml.Node, where, expected string) (string, bool) {
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!timestamp":
		if n.Kind == yaml.ScalarNode {
			return n.Value, true
		}
	}
	r.errorf(n, where, "expected %s, found %s", expected, what(n))
	return "", false
}

// list reads a list of texts, none empty, at least one.
func (r *reader) list(n *yaml.Node, where, expected string) []string {
	if n.Kind != yaml.SequenceNode {
		found := what(n)
		if n.Kind == yaml.ScalarNode {
			found += fmt.Sprintf("; write [%s]", n.Value)
		}
		r.errorf(n, where, "expected a list of %s, found %s", expected, found)
		return nil
	}
	if len(n.Content) == 0 {
		r.errorf(n, where, "an empty list matches nothing; leave the key out to match all")
	}
	var out []string
	for _, e := range n.Content {
		s, ok := r.text(e, where, expected)
		switch {
		case !ok:
		case strings.TrimSpace(s) == "":
			r.errorf(e, where, "expected %s, found an empty text", expected)
		default:
			out = append(out, s)
		}
	}
	return out
}

// what names a node's content for a person.
func what(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a group of keys"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias (*" + n.Value + "); write the value out"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "the truth value " + n.Value
	}
	return fmt.Sprintf("%q", n.Value)
}
