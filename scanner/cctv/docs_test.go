package cctv

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the tables in docs/cctv.md")

// TestDocs holds docs/cctv.md to the tables in the code.
func TestDocs(t *testing.T) {
	const file = "../../docs/cctv.md"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	var table strings.Builder
	table.WriteString("| layout | recorder | mode | paths | how the recorder is told, or made to erase; notes | known from |\n|---|---|---|---|---|---|\n")
	for _, l := range layouts {
		var paths []string
		for _, p := range l.paths {
			utc := map[bool]string{true: " (UTC)"}[p.utc]
			paths = append(paths, fmt.Sprintf("%s `%s`%s", p.what, strings.ReplaceAll(p.text, "|", "\\|"), utc))
		}
		var notes []string
		for _, note := range []string{l.Tell, l.Note, l.doubt} {
			if note != "" {
				notes = append(notes, note)
			}
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s | %s |\n", l.Name, l.Title, l.Mode, strings.Join(paths, "<br>"), strings.Join(notes, "<br>"), l.Known)
	}
	text = between(t, text, "layouts", table.String())
	table.Reset()
	table.WriteString("| token | means |\n|---|---|\n")
	for _, tok := range tokens {
		fmt.Fprintf(&table, "| `{%s}` | %s |\n", tok.name, tok.means)
	}
	text = between(t, text, "tokens", table.String())
	if text == string(b) {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the code says; go test ./scanner/cctv -run TestDocs -update", file)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// between replaces what stands between two marks.
func between(t *testing.T, text, mark, with string) string {
	t.Helper()
	head, rest, ok := strings.Cut(text, "<!-- "+mark+":")
	intro, rest, ok2 := strings.Cut(rest, "-->\n")
	_, tail, ok3 := strings.Cut(rest, "<!-- end -->")
	if !ok || !ok2 || !ok3 {
		t.Fatalf("the mark %q is missing", mark)
	}
	return head + "<!-- " + mark + ":" + intro + "-->\n" + with + "<!-- end -->" + tail
}
