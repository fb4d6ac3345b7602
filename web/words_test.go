package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// sentences are where a Danish sentence of the pages can stand.
var sentences = regexp.MustCompile(`(?:Answer|Duty|Ground)\w+: "([^"]+)"|\bt "([^"]+)"|template "none" "([^"]+)"|q\.t\("([^"]+)"\)|page\("\w+", "([^"]+)"|pageStatus\([^,]+, "\w+", "([^"]+)"|(?:Head|Text|name): "([^"]+)"|fail(?:ure)?\{"([^"]+)"|Problem(?: =|:) "([^"]+)"|\{"/[^"]*", "([^"]+)", (?:see|operate|keepBack|searchOne)|\{"([^"]+)", func`)

// TestEverySentenceHasEnglish: the pages are whole in both languages, and no
// translation is left of a sentence that is gone.
func TestEverySentenceHasEnglish(t *testing.T) {
	n := 0
	for _, part := range texts {
		n += len(part)
	}
	if n != len(english) {
		t.Errorf("%d sentences in %d places: one is translated twice", len(english), n)
	}
	used := map[string]bool{}
	look := func(name string, b []byte) {
		for _, m := range sentences.FindAllSubmatch(b, -1) {
			for _, s := range m[1:] {
				if len(s) == 0 {
					continue
				}
				used[string(s)] = true
				if english[string(s)] == "" {
					t.Errorf("%s: %q has no English", name, s)
				}
			}
		}
	}
	templates, err := fs.Glob(templateFiles, "templates/*.tmpl")
	if err != nil || len(templates) == 0 {
		t.Fatal(templates, err)
	}
	for _, name := range templates {
		b, err := templateFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		look(name, b)
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		if name == "words.go" || filepath.Ext(name) != ".go" || len(name) > 8 && name[len(name)-8:] == "_test.go" {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		look(name, b)
	}
	for danish := range english {
		if !used[danish] && names[danish] == "" {
			t.Errorf("%q is translated and nowhere used", danish)
		}
	}
}
