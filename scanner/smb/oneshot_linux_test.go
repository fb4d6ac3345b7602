package smb

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sletdk/slet/internal/testenv"
	"github.com/sletdk/slet/scanner"
)

// TestOneShotLooksTwice: what one request tells of the file before and after it
// was read must both be what was walked, and all of it must be there.
func TestOneShotLooksTwice(t *testing.T) {
	later := func(st *stat) { st.written = st.written.Add(time.Second) }
	for name, tamper := range map[string]func(*shot){
		"nothing":                 func(*shot) {},
		"another file before":     func(s *shot) { s.before.id++ },
		"another time before":     func(s *shot) { later(&s.before) },
		"another time after":      func(s *shot) { later(&s.after) },
		"longer after":            func(s *shot) { s.after.size++ },
		"changed after":           func(s *shot) { s.after.changed = s.after.changed.Add(time.Second) },
		"less than all was given": func(s *shot) { s.data = s.data[:len(s.data)-1] },
	} {
		t.Run(name, func(t *testing.T) {
			src, it := oneFile(t, testenv.SmbOptions{}, "sagsakt")
			tampering(t, src, func(s shot, err error) (shot, error) {
				if err == nil {
					tamper(&s)
				}
				return s, err
			})
			f, err := src.Open(t.Context(), it)
			if name == "nothing" {
				must(t, err)
				must(t, f.Close())
				return
			}
			if !errors.Is(err, scanner.ErrChanged) {
				t.Errorf("%v, want %v", err, scanner.ErrChanged)
			}
			if n := len(src.slots); n != 0 {
				t.Errorf("%d files are open", n)
			}
		})
	}
}

// TestOneShotIsOne: a small file costs one request, and a server that does not
// tell enough is asked one by one.
func TestOneShotIsOne(t *testing.T) {
	const text = "sagsakt"
	for name, c := range map[string]struct {
		refuse error
		want   string
	}{
		"as it comes":     {nil, "shoot"},
		"few credits":     {errOneByOne, "shoot open read close open close"},
		"a busy moment":   {errBusy, "shoot"},
		"connection lost": {errDropped, "shoot shoot shoot shoot"},
	} {
		t.Run(name, func(t *testing.T) {
			src, it := oneFile(t, testenv.SmbOptions{}, text)
			tampering(t, src, func(s shot, err error) (shot, error) {
				if c.refuse != nil {
					return shot{}, c.refuse
				}
				return s, err
			})
			var asked []string
			for _, l := range src.reading {
				hook(t, l, func(what string) { asked = append(asked, what) })
			}
			b, err := readItem(src, it)
			if got := strings.Join(asked, " "); got != c.want {
				t.Errorf("asked %s, want %s", got, c.want)
			}
			if c.refuse == nil || errors.Is(c.refuse, errOneByOne) {
				if must(t, err); string(b) != text {
					t.Errorf("%q", b)
				}
			} else if !errors.Is(err, c.refuse) {
				t.Errorf("%v, want %v", err, c.refuse)
			}
		})
	}
}

// oneFile is a source with one file in it, which is looked at before.
func oneFile(t *testing.T, o testenv.SmbOptions, text string) (*Source, scanner.Item) {
	t.Helper()
	src, it, _ := oneFileAt(t, o, text)
	return src, it
}

// oneFileAt also says in which folder of the server it lies.
func oneFileAt(t *testing.T, o testenv.SmbOptions, text string) (src *Source, it scanner.Item, folder string) {
	t.Helper()
	server := testenv.Smbd(t, o)
	root := newRoot(t, server)
	put(t, root, "mappe", "sag.txt", text)
	src = open(t, configOf(server, filepath.Base(root)))
	return src, onlyItem(t, src), filepath.Join(root, "mappe")
}

func onlyItem(t *testing.T, src *Source) scanner.Item {
	t.Helper()
	items := allItems(t, src)
	if len(items) != 1 {
		t.Fatalf("%d items", len(items))
	}
	return items[0]
}

func allItems(t *testing.T, src *Source) (items []scanner.Item) {
	t.Helper()
	parts, err := src.Partitions(t.Context())
	must(t, err)
	for _, p := range parts {
		for it, err := range src.Walk(t.Context(), p) {
			must(t, err)
			items = append(items, it)
		}
	}
	return items
}

// tampering has what single requests tell go through fn.
func tampering(t *testing.T, src *Source, fn func(shot, error) (shot, error)) {
	t.Helper()
	for _, l := range src.reading {
		dial := l.dial
		l.dial = func(ctx context.Context) (share, error) {
			sh, err := dial(ctx)
			if err != nil {
				return nil, err
			}
			return &tampered{sh, fn}, nil
		}
	}
}

type tampered struct {
	share
	fn func(shot, error) (shot, error)
}

func (x *tampered) shoot(ctx context.Context, path string, size int) (shot, error) {
	return x.fn(x.share.shoot(ctx, path, size))
}
