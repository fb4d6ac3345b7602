// Package arch holds the layers of slet to what docs/design.md draws: which
// package may import which, how deep the imports go, and where goroutines start.
package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sletdk/slet/"

// allowed is the import table: a package, and the packages of slet that its
// code (not its tests) may import. A package that is missing here fails.
var allowed = map[string][]string{
	// Leaves: the vocabulary, and what must stay usable without the rest.
	"scanner":   nil,
	"detectors": nil,
	"audit":     nil,
	"config":    {"retention"}, // only so that a template can never fail to parse
	"retention": nil,

	"extract": {"scanner"},
	"store":   {"scanner", "detectors", "retention"},

	"erase": {"scanner", "store", "retention", "audit"},

	// An adapter knows the two ports that it implements, and nothing else.
	"scanner/files":       {"scanner", "erase"},
	"scanner/imap":        {"scanner", "erase"},
	"scanner/smb":         {"scanner", "erase"},
	"scanner/cctv":        {"scanner", "erase"}, // wraps what cmd/slet gives it
	"scanner/scannertest": {"scanner", "erase", "store", "audit", "retention"},
	// Scanning never sees erase: it has no means to destroy.
	"agent":  {"scanner", "extract", "detectors", "store"},
	"report": {"retention"},
	"web":    {"audit", "detectors", "erase", "report", "retention", "store"},

	"cmd/slet": {"agent", "audit", "config", "detectors", "erase", "extract", "internal/cctvgen", "internal/mailserver", "report", "retention", "scanner", "scanner/cctv", "scanner/files", "scanner/imap", "scanner/smb", "store", "web"},

	"internal/testenv":    nil,
	"internal/mailserver": nil,
	"internal/cctvgen":    nil,
	"internal/samples":    nil, // labelled text, for the tests of detectors and extract
	"internal/arch":       nil,
}

// maxFloors is the longest import chain that is allowed.
const maxFloors = 5

// goroutines are the packages that may start goroutines, each with the reason.
var goroutines = map[string]string{
	"agent":               "the one place for concurrency",
	"internal/testenv":    "runs servers for tests",
	"internal/mailserver": "serves the demonstration's mail while it runs",
}

func TestImportTable(t *testing.T) {
	imports := ownImports(t)
	for pkg, deps := range imports {
		allow, ok := allowed[pkg]
		if !ok {
			t.Errorf("package %s is not in the import table: say where it belongs", pkg)
		}
		for _, dep := range deps {
			if !slices.Contains(allow, dep) {
				t.Errorf("%s imports %s, which the import table does not allow", pkg, dep)
			}
		}
	}
	for pkg := range allowed {
		if _, ok := imports[pkg]; !ok {
			t.Errorf("package %s is in the import table and not in the tree", pkg)
		}
	}
}

func TestFloors(t *testing.T) {
	imports := ownImports(t)
	depth := map[string]int{}
	var floor func(pkg string) int
	floor = func(pkg string) int {
		if d, ok := depth[pkg]; ok {
			return d
		}
		d := 1
		for _, dep := range imports[pkg] {
			d = max(d, 1+floor(dep))
		}
		depth[pkg] = d
		return d
	}
	for pkg := range imports {
		if d := floor(pkg); d > maxFloors {
			t.Errorf("%s stands on floor %d; the house has %d", pkg, d, maxFloors)
		}
	}
}

// TestDrawing: the drawing and the table of docs/design.md have every package
// that a person may want to look into, and none that is gone.
func TestDrawing(t *testing.T) {
	svg := read(t, "docs", "img", "design.svg")
	page := read(t, "docs", "design.md")
	drawn := map[string]bool{}
	for _, m := range regexp.MustCompile(`<text class="n"[^>]*text-anchor="middle">([a-z/]+)</text>`).FindAllStringSubmatch(svg, -1) {
		drawn[m[1]] = true
	}
	for pkg := range allowed {
		if strings.HasPrefix(pkg, "internal/") {
			continue
		}
		if !drawn[pkg] {
			t.Errorf("docs/img/design.svg does not draw package %s", pkg)
		}
		if !strings.Contains(page, "`"+pkg+"`") {
			t.Errorf("docs/design.md does not name package %s", pkg)
		}
	}
	for name := range drawn {
		// One word may be a step; a path is a package.
		if _, known := allowed[name]; !known && strings.Contains(name, "/") {
			t.Errorf("docs/img/design.svg draws package %s, which is not in the import table", name)
		}
	}
}

func read(t *testing.T, name ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, name...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestGoroutinesStartInOnePlace(t *testing.T) {
	eachFile(t, func(pkg, path string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if _, ok := n.(*ast.GoStmt); ok && goroutines[pkg] == "" {
				t.Errorf("%s starts a goroutine; concurrency belongs in agent", path)
			}
			return true
		})
	})
}

func TestNoInit(t *testing.T) {
	eachFile(t, func(pkg, path string, file *ast.File) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function: no registration behind the reader's back", path)
			}
		}
	})
}

func TestPackageComments(t *testing.T) {
	has := map[string]bool{}
	eachFile(t, func(pkg, path string, file *ast.File) {
		has[pkg] = has[pkg] || file.Doc != nil && len(file.Doc.Text()) > 80
	})
	for pkg, ok := range has {
		if !ok {
			t.Errorf("package %s has no package comment that says what it is for", pkg)
		}
	}
}

// TestNothingGrowsTooLong: a long file or function asks what it wants to be
// split into.
func TestNothingGrowsTooLong(t *testing.T) {
	const maxFile, maxFunc = 600, 80
	eachFile(t, func(pkg, path string, file *ast.File) {
		if n := lines(file); n > maxFile {
			t.Errorf("%s has %d lines, more than %d", path, n, maxFile)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && lines(f) > maxFunc {
				t.Errorf("%s: %s has %d lines, more than %d", path, f.Name.Name, lines(f), maxFunc)
			}
		}
	})
}

// ownImports returns the imports among slet's own packages.
func ownImports(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{"internal/arch": nil}
	eachFile(t, func(pkg, path string, file *ast.File) {
		deps := imports[pkg]
		for _, imp := range file.Imports {
			p, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if own, ok := strings.CutPrefix(p, module); ok && !slices.Contains(deps, own) {
				deps = append(deps, own)
			}
		}
		imports[pkg] = deps
	})
	return imports
}

// fset knows the lines of what eachFile parses.
var fset = token.NewFileSet()

// lines is how many lines a node spans.
func lines(n ast.Node) int { return fset.Position(n.End()).Line - fset.Position(n.Pos()).Line + 1 }

// eachFile parses every file of the module that is not a test.
func eachFile(t *testing.T, do func(pkg, path string, file *ast.File)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			// What lies in third_party is other people's, and changed as little as can be.
			if path != root && (name == "testdata" || name == "third_party" || strings.HasPrefix(name, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		do(filepath.ToSlash(rel), path, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
