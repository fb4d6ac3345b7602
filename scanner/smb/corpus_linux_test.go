package smb

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/extract"
	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/files"
)

const workerArg = "tjen-som-arbejder"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == workerArg {
		if err := extract.ServeWorker(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// results counts what is found in items, by where it is.
type results map[string]int

type collector struct {
	into results
	path string
}

func (c collector) Match(m detectors.Match) {
	c.into[c.path+"|"+m.Where+"|"+m.Detector+"|"+m.Reveal()+"|"+string(m.Confidence)]++
}
func (c collector) Gap(g scanner.Gap) { c.into[c.path+"|"+g.Where+"|gap|"+string(g.Reason)]++ }

// TestCorpusOnShare puts the labelled corpus on a share: exactly that is found
// which is found on disk, at the same places, and as much is left alone.
func TestCorpusOnShare(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", "testdata", "corpus", "files"))
	must(t, err)
	server := testenv.Smbd(t, testenv.SmbOptions{})
	copyTree(t, root, server.Path)
	engine, err := detectors.New(detectors.Options{KeepRaw: true})
	must(t, err)
	x := extract.New(extract.Options{Worker: []string{os.Args[0], workerArg}})
	t.Cleanup(func() { must(t, x.Close()) })
	look := agent.Looker{Extractor: x, Detectors: engine}

	disk, err := files.New(files.Config{Name: "disk", Root: root})
	must(t, err)
	defer disk.Close()
	want, items, skips := examine(t, &look, disk)
	got, gotItems, gotSkips := examine(t, &look, open(t, configOf(server, "")))
	if items < 20 || skips == 0 || len(want) < 20 {
		t.Fatalf("%d files, %d left alone, %d results: the corpus has lost some", items, skips, len(want))
	}
	if items != gotItems || skips != gotSkips || !maps.Equal(want, got) {
		t.Errorf("on the share: %d items, %d left alone, %d results; on disk: %d, %d, %d", gotItems, gotSkips, len(got), items, skips, len(want))
	}
	for _, pair := range [][2]results{{want, got}, {got, want}} {
		for k, n := range pair[0] {
			if pair[1][k] != n {
				t.Errorf("%s: %d times here, %d times there", detectors.MaskText(k), n, pair[1][k])
			}
		}
	}
}

// examine looks at everything in a source.
func examine(t *testing.T, look *agent.Looker, src scanner.Source) (found results, items, skips int) {
	t.Helper()
	found = results{}
	must(t, agent.Walk(t.Context(), src, agent.Visitor{
		Skip: func(*scanner.Skip) error { skips++; return nil },
		Gap:  func(g *scanner.Gap) error { found[g.Path+"|gap|"+string(g.Reason)]++; return nil },
		Item: func(it scanner.Item) error {
			items++
			if _, fail := look.Item(t.Context(), src, it, collector{found, it.Path}); fail != nil {
				found[it.Path+"|failed|"+string(fail.Reason)]++
			}
			return nil
		},
	}))
	return found, items, skips
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	must(t, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err == nil {
			put(t, to, filepath.Dir(rel), d.Name(), string(content))
		}
		return err
	}))
}
