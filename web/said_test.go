package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

// englishWords are words that no Danish sentence has.
var englishWords = regexp.MustCompile(`(?i)\b(the|is|are|was|were|its|that|which|with|cannot|give|make|from|nothing|and|not|of|refused|found)\b`)

// sources parses the files of a package, without its tests.
func sources(t *testing.T, patterns ...string) (files []*ast.File) {
	t.Helper()
	for _, p := range patterns {
		names, err := filepath.Glob(p)
		if err != nil || len(names) == 0 {
			t.Fatal(p, names, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			must(t, err)
			files = append(files, f)
		}
	}
	return files
}

// literal is a string that stands in the source, in one piece or several.
func literal(e ast.Expr) (string, bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		return s, err == nil && x.Kind == token.STRING
	case *ast.BinaryExpr:
		a, aOK := literal(x.X)
		b, bOK := literal(x.Y)
		return a + b, aOK && bOK
	}
	return "", false
}

// errorFormats are the formats of the errors that a package makes.
func errorFormats(files []*ast.File, also ...string) (list []string) {
	makers := map[string]bool{"Errorf": true, "New": true, "unusable": true, "refuse": true, "refusedState": true, "fail": true}
	for _, name := range also {
		makers[name] = true
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch fn := call.Fun.(type) {
			case *ast.Ident:
				name = fn.Name
			case *ast.SelectorExpr:
				if name = fn.Sel.Name; name == "fail" {
					if on, ok := fn.X.(*ast.Ident); ok && on.Name == "s" {
						return true // of a store: it says what was being done
					}
				}
			}
			for _, arg := range call.Args {
				if s, ok := literal(arg); ok && makers[name] {
					list = append(list, s)
					break
				}
			}
			return true
		})
	}
	return list
}

// TestEveryErrorIsSaidInDanish: whatever error the packages behind the pages can
// make, a page in Danish has no English of it.
func TestEveryErrorIsSaidInDanish(t *testing.T) {
	formats := errorFormats(sources(t, "../erase/*.go", "../retention/register.go", "../retention/case.go", "../retention/events.go", "../retention/glob.go",
		"../store/errors.go", "../store/approvals.go", "../store/plans.go", "../store/holds.go", "../store/events.go"))
	formats = append(formats, errorFormats(sources(t, "../erase/notice.go"), "Sprintf")...)
	if len(formats) < 150 {
		t.Fatalf("only %d errors were found in the source", len(formats))
	}
	samples := map[byte]string{'w': "not found", 'q': `"x"`, 'd': "7", 's': "P-1", 'v': "7", 'x': "7f"}
	for _, f := range formats {
		if f == "%w: %s" { // what it adds is a sentence of its own, of notice.go
			continue
		}
		sample := verb.ReplaceAllStringFunc(f, func(v string) string { return samples[v[len(v)-1]] })
		said, ok := danishFault(sample)
		if !ok || englishWords.MatchString(said) {
			t.Errorf("%q has no Danish in faults.go; a page would say %q", f, said)
		}
	}
	for _, f := range faults {
		if said := newFaultPattern(f).danish; englishWords.MatchString(said) {
			t.Errorf("%q is no Danish", said)
		}
	}
}

// TestEveryGapIsSaidInDanish: whatever reason package extract can have not to
// read something, the page in Danish has no English of it. What its reading
// process says to itself, and what is no more than other errors, is left out.
func TestEveryGapIsSaidInDanish(t *testing.T) {
	files, err := filepath.Glob("../extract/*.go")
	must(t, err)
	files = slices.DeleteFunc(files, func(name string) bool {
		return strings.HasPrefix(filepath.Base(name), "worker") || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "ocrcache.go")
	})
	samples := map[byte]string{'w': "needs a password", 'q': `"x"`, 'd': "7", 's': "P-1", 'v': "7", 'x': "7f", 'T': "error", 'f': "7", 'c': "x"}
	own := regexp.MustCompile(`[a-zæøå]{3}`)
	n := 0
	for _, f := range errorFormats(sources(t, files...)) {
		if !own.MatchString(verb.ReplaceAllString(f, "")) || strings.HasPrefix(f, "cache:") {
			continue
		}
		n++
		sample := verb.ReplaceAllStringFunc(f, func(v string) string { return samples[v[len(v)-1]] })
		if said, ok := danishFault(sample); !ok || englishWords.MatchString(said) {
			t.Errorf("%q has no Danish in gaps.go; a page would say %q", f, said)
		}
	}
	if n < 90 {
		t.Errorf("only %d reasons were found", n)
	}
}

// TestNestedErrors: an error within an error is said in Danish too, a person's
// number in it is masked, and what nobody has foreseen is called English.
func TestNestedErrors(t *testing.T) {
	for text, want := range map[string]string{
		"refused by a safety rule: plan P-1 is dead; make a new plan":                                       "Afvist af en sikkerhedsregel: P-1 er bortfaldet. Lav et nyt forslag.",
		"nothing was imported: a.csv:3:1: a CPR number of 7 digits; expected ten\na.csv: and 2 more errors": "Intet er indlæst: a.csv, linje 3, tegn 1: CPR-nummeret har 7 cifre. Det skal have ti.\na.csv: og 2 fejl mere",
		"refused by a safety rule: no longer due by rule R1 (now: keep)":                                    "Afvist af en sikkerhedsregel: Ikke længere forfaldent efter regel R1 (nu: bevares).",
		"path 010758-5001: not a glob; want something like Personale/**":                                    "Stien 010758-•••• er ikke et mønster. Skriv fx Personale/**.",
		"source drev: dial tcp 10.0.0.1:445: connect: connection refused":                                   "Teknisk besked på engelsk: source drev: dial tcp 10.0.0.1:445: connect: connection refused",
		"store /var/lib/slet/slet.db: hold h-1: not in a state that allows this":                            "Databasen: Det kan ikke gøres, som det står nu.",
		"": "",
	} {
		if got := sayFault(report.Danish, text); got != want {
			t.Errorf("%q\ngot  %q\nwant %q", text, got, want)
		}
	}
	if got := sayFault(report.English, "nothing was changed"); got != "nothing was changed" {
		t.Errorf("in English: %q", got)
	}
}

// TestLogIsDanish: every type of line, and every name of a detail, has a Danish
// word.
func TestLogIsDanish(t *testing.T) {
	types, details := 0, 0
	for _, f := range sources(t, "../audit/*.go") {
		for name, object := range f.Scope.Objects {
			if object.Kind != ast.Con || !strings.HasPrefix(name, "Type") {
				continue
			}
			spec := object.Decl.(*ast.ValueSpec)
			code, ok := literal(spec.Values[0])
			if types++; !ok || logWords[code] == "" {
				t.Errorf("%s (%q) has no Danish in logWords", name, code)
			}
		}
	}
	detail := func(key ast.Expr) {
		if code, ok := literal(key); ok {
			if details++; logWords[code] == "" {
				t.Errorf("the detail %q has no Danish in logWords", code)
			}
		}
	}
	for _, f := range sources(t, "../erase/*.go", "../cmd/slet/*.go", "../agent/*.go", "*.go") {
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.KeyValueExpr:
				if name, ok := x.Key.(*ast.Ident); ok && name.Name == "Detail" {
					if m, ok := x.Value.(*ast.CompositeLit); ok {
						for _, e := range m.Elts {
							detail(e.(*ast.KeyValueExpr).Key)
						}
					}
				}
			case *ast.IndexExpr:
				if m, ok := x.X.(*ast.Ident); ok && m.Name == "detail" {
					detail(x.Index)
				}
			}
			return true
		})
	}
	if types < 30 || details < 20 {
		t.Errorf("only %d types and %d details were found", types, details)
	}
}

// TestJobsAreDanish: every job of the service has a Danish name.
func TestJobsAreDanish(t *testing.T) {
	source, err := os.ReadFile("../cmd/slet/jobs.go")
	must(t, err)
	names := regexp.MustCompile(`agent\.Job\{Name: "(\w+)`).FindAllSubmatch(source, -1)
	if len(names) < 10 {
		t.Fatalf("only %d jobs were found", len(names))
	}
	for _, m := range names {
		if name := string(m[1]); jobName(report.Danish, name) == name {
			t.Errorf("the job %q has no Danish in jobNames", name)
		}
	}
	if got := jobName(report.Danish, "scan mine drev"); got != "Gennemgang: mine drev" {
		t.Errorf("a scan is called %q", got)
	}
}

var problemText = regexp.MustCompile(`(?s)<main[^>]*>(.*)</main>`)

// TestRefusalsAreDanish has forms refused in every way that a test can, and reads
// the pages.
func TestRefusalsAreDanish(t *testing.T) {
	x := newSite(t)
	refs := x.items([]string{"a.txt", "b.txt"}, nil)
	p := x.somebody("anna", RoleDPO)
	plan := p.propose()
	must(t, x.Store.AddHold(t.Context(), retention.Hold{ID: "H-1", Created: x.clock, Path: "x/**", Reason: "sag", Owner: "anna", Released: x.clock}))
	n := 0
	refused := func(path string, fields ...string) {
		t.Helper()
		res := p.post(path, fields...)
		main := problemText.FindStringSubmatch(res.Body.String())
		if res.Code != http.StatusBadRequest && res.Code != http.StatusConflict && res.Code != http.StatusNotFound || main == nil {
			t.Errorf("%s %v: %d", path, fields, res.Code)
			return
		}
		if word := englishWords.FindString(main[1]); word != "" || strings.Contains(main[1], "på engelsk") {
			t.Errorf("%s %v says %q: %s", path, fields, word, main[1])
		}
		n++
	}
	refused("/hold", "grund", "x")
	refused("/hold", "sti", "[", "grund", "x")
	refused("/hold", "sag", "1", "grund", "x")
	refused("/hold", "sti", "a", "grund", "x", "frist", "2020-01-01")
	refused("/hold", "sti", "a", "grund", "x", "grundlag", "police")
	refused("/hold", "kamera", "k", "grund", "x", "fra", "2026-11-02T10:00", "til", "2026-11-01T10:00")
	refused("/hold/H-1/frigiv", "hvorfor", "slut")
	refused("/hold/H-1/noter", "orienteret", x.clock.AddDate(1, 0, 0).Format(time.DateOnly))
	refused("/arkivspaerrer", "sti", "a/**", "grund", "x")
	refused("/arkivspaerrer/H-1/afleveret", "dato", "2026-01-01")
	refused("/haendelser/ingen/annuller", "hvorfor", "x")
	refused(plan + "/godkend")
	refused(plan+"/godkend", "set", "ja", "undtag", refs[0], "undtag", refs[1])
	if res := p.post(plan+"/annuller", "hvorfor", "fortrudt"); res.Code != http.StatusSeeOther {
		t.Fatal(res.Code)
	}
	refused(plan+"/godkend", "set", "ja")
	refused(plan+"/annuller", "hvorfor", "igen")
	for _, file := range []string{"cpr,event\nx", "navn,hændelse,dato\n", "cpr,event,date,nix\n", "sti,event,date\n**,fratraedelse,2020-01-01\n", "cpr,event,date\n12,x,2020-01-01\n"} {
		res := p.upload("/haendelser", "a.csv", file)
		main := problemText.FindStringSubmatch(res.Body.String())
		if res.Code != http.StatusBadRequest || main == nil || englishWords.MatchString(main[1]) || strings.Contains(main[1], "på engelsk") {
			t.Errorf("%q: %d %v", file, res.Code, main)
		}
	}
	if n < 15 {
		t.Errorf("only %d refusals were read", n)
	}
	must(t, x.Store.SetJob(t.Context(), store.Job{Name: "scan drev", Error: "its time window has ended", Started: x.clock, Failures: 1}))
	has(t, p.get("/drift"), "Gennemgang: drev", "Tidsvinduet er slut.")
	has(t, p.get("/log"), "Sletteforslag annulleret", "Sletteforslag lavet", "Logget ind")
}
