package scannertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/scanner"
)

// What has happened to an item between the approval and the erasure, or to the
// erasure itself.

func changedIsKept(t *testing.T, st *EraseStorage) {
	need(t, st.Overwrite != nil, "change an item")
	o := newOffice(t, st)
	n := 0
	for how, change := range map[string]func(testing.TB, string, string, string){
		"overwritten": st.Overwrite, "forged": st.Forge, "longer": st.Append, "replaced": st.Replace,
	} {
		if change == nil {
			continue
		}
		n++
		name := fmt.Sprintf("sag%d.txt", n)
		st.Put(t, "mappe", name, original+" "+name)
		plan, it := o.approve(t, original+" "+name)
		change(t, "mappe", name, changed+" "+name)
		if res := o.run(t, o.eraser(t), plan); res.Result != erase.Changed {
			t.Errorf("%s: result %+v, want changed", how, res)
		}
		src := o.open(t)
		find(t, src, crawl(t, src).complete(t).items, changed+" "+name)
		if _, err := o.eraser(t).Take(t.Context(), it); !errors.Is(err, scanner.ErrChanged) {
			t.Errorf("%s: take: %v, want %v", how, err, scanner.ErrChanged)
		}
	}
}

func goneIsGone(t *testing.T, st *EraseStorage) {
	o := newOffice(t, st)
	o.pair(t)
	plan, _ := o.approve(t, original)
	st.Remove(t, "mappe", "sag.txt")
	if res := o.run(t, o.eraser(t), plan); res.Result != erase.WasGone {
		t.Errorf("result %+v, want gone", res)
	}
	o.left(t, marker(1))
}

func becamePrivateIsKept(t *testing.T, st *EraseStorage) {
	need(t, st.Rename != nil, "rename a folder")
	o := newOffice(t, st)
	o.pair(t)
	plan, it := o.approve(t, original)
	st.Rename(t, "mappe", "Privat")
	if res := o.run(t, o.eraser(t), plan); res.Result == erase.Erased {
		t.Errorf("result %+v", res)
	}
	// Nor may anybody be believed who says where it is now.
	for _, id := range []string{"Privat/sag.txt", "01 PRIVAT /sag.txt"} {
		it.ID = id
		if target, err := o.eraser(t).Take(t.Context(), it); !errors.Is(err, erase.ErrRefused) {
			t.Errorf("take below a private folder: %v, want %v", err, erase.ErrRefused)
			if err == nil {
				_ = target.Close()
			}
		}
	}
	st.Rename(t, "Privat", "mappe")
	o.left(t, original, marker(1))
}

func hardLinked(t *testing.T, st *EraseStorage) {
	need(t, st.HardLink != nil, "give an item a second name")
	o := newOffice(t, st)
	o.pair(t)
	st.HardLink(t, "mappe", "sag.txt", "samme.txt")
	plan, _ := o.approve(t, original) // takes either name
	if res := o.run(t, o.eraser(t), plan); res.Result != erase.Refused || !errors.Is(res.Err, erase.ErrRefused) {
		t.Errorf("result %+v, want refused", res)
	}
	o.left(t, original, original, marker(1))

	// Also when the second name comes after the approval.
	st.Remove(t, "mappe", "samme.txt")
	plan, _ = o.approve(t, original)
	st.HardLink(t, "mappe", "sag.txt", "samme.txt")
	if res := o.run(t, o.eraser(t), plan); res.Result == erase.Erased {
		t.Errorf("result %+v", res)
	}
	o.left(t, original, original, marker(1))
}

// allNames: when all names of a content are in the plan, they go, and the content
// with the last of them; or, where the storage does not tell how many names
// there are, none does.
func allNames(t *testing.T, st *EraseStorage) {
	need(t, st.HardLink != nil, "give an item a second name")
	o := newOffice(t, st)
	o.pair(t)
	st.HardLink(t, "mappe", "sag.txt", "samme.txt")
	items := o.scanSome(t, original, 2)
	plan := o.approveScanned(t, 2)
	res := o.run(t, o.eraser(t), plan)
	if items[0].Links == 2 {
		if res.Result != erase.Erased || res.Assurance == erase.Unlinked || slices.Contains(res.Caveats, erase.CaveatOtherNames) {
			t.Errorf("of the last name: %+v", res)
		}
		o.left(t, marker(1))
		return
	}
	if res.Result != erase.Refused {
		t.Errorf("result %+v, want refused", res)
	}
	o.left(t, original, original, marker(1))
}

func nameReused(t *testing.T, st *EraseStorage) {
	o := newOffice(t, st)
	o.pair(t)
	plan, it := o.approve(t, original)
	if res := o.run(t, o.eraser(t), plan); res.Result != erase.Erased {
		t.Fatalf("result %+v, want erased", res)
	}
	// The same name, length and even content: another item all the same.
	st.Put(t, "mappe", "sag.txt", original)
	if target, err := o.eraser(t).Take(t.Context(), it); err == nil {
		_ = target.Close()
		t.Error("took an item that has the name of an erased one")
	}
	o.left(t, original, marker(1))
}

// wrapped is an eraser in whose way something comes.
type wrapped struct {
	erase.Eraser
	erase func(context.Context, erase.Target, erase.Warrant) (erase.Receipt, error)
}

func (e *wrapped) Take(ctx context.Context, it scanner.Item) (erase.Target, error) {
	t, err := e.Eraser.Take(ctx, it)
	if err != nil {
		return nil, err
	}
	return &wrappedTarget{t, e}, nil
}

type wrappedTarget struct {
	erase.Target
	in *wrapped
}

func (t *wrappedTarget) Erase(ctx context.Context, w erase.Warrant) (erase.Receipt, error) {
	return t.in.erase(ctx, t.Target, w)
}

// errCrash stands for a process that ended, or an answer that never came.
var errCrash = errors.New("the connection was lost")

// interrupt runs the plan with an erasure that ends in errCrash after doing
// what happens; then whatever is done meanwhile; then as if after a restart.
func (o *office) interrupt(t *testing.T, plan string, happens func(erase.Target, erase.Warrant), meanwhile func()) erase.Result {
	t.Helper()
	crashing := &wrapped{Eraser: o.eraser(t), erase: func(_ context.Context, target erase.Target, w erase.Warrant) (erase.Receipt, error) {
		happens(target, w)
		return erase.Receipt{}, errCrash
	}}
	if res := o.run(t, crashing, plan); res.Result != erase.Unknown {
		t.Errorf("an erasure that nobody heard of again is %q, want unknown", res.Result)
	}
	meanwhile()
	return o.run(t, o.eraser(t), plan)
}

func nothing() {}

func interruptedBefore(t *testing.T, st *EraseStorage) {
	o := newOffice(t, st)
	o.pair(t)
	plan, _ := o.approve(t, original)
	res := o.interrupt(t, plan, func(erase.Target, erase.Warrant) {}, func() { o.left(t, original, marker(1)) })
	if res.Result != erase.Erased {
		t.Errorf("result %+v, want erased", res)
	}
	o.left(t, marker(1))
}

func interruptedHalfWay(t *testing.T, st *EraseStorage) {
	need(t, st.RenameItem != nil, "leave an erasure half done")
	o := newOffice(t, st)
	o.pair(t)
	plan, _ := o.approve(t, original)
	res := o.interrupt(t, plan, func(_ erase.Target, w erase.Warrant) {
		st.RenameItem(t, "mappe", "sag.txt", w.Tombstone())
	}, nothing)
	if res.Result != erase.Erased {
		t.Errorf("result %+v, want erased", res)
	}
	o.left(t, marker(1))
}

func doneNotTold(t *testing.T, st *EraseStorage) {
	o := newOffice(t, st)
	o.pair(t)
	plan, _ := o.approve(t, original)
	res := o.interrupt(t, plan, func(target erase.Target, w erase.Warrant) {
		if _, err := target.Erase(context.Background(), w); err != nil {
			t.Error(err)
		}
	}, func() { o.left(t, marker(1)) })
	if res.Result != erase.Erased {
		t.Errorf("result %+v, want erased", res)
	}
	o.left(t, marker(1))
}

// interruptedNameReused: while an erasure lies half done, somebody saves
// something new under the old name. That is not ours to touch.
func interruptedNameReused(t *testing.T, st *EraseStorage) {
	for what, happens := range map[string]func(erase.Target, erase.Warrant){
		"done": func(target erase.Target, w erase.Warrant) {
			if _, err := target.Erase(context.Background(), w); err != nil {
				t.Error(err)
			}
		},
		"half done": func(_ erase.Target, w erase.Warrant) {
			if st.RenameItem != nil {
				st.RenameItem(t, "mappe", "sag.txt", w.Tombstone())
			} else {
				st.Remove(t, "mappe", "sag.txt")
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			o := newOffice(t, st)
			o.pair(t)
			plan, _ := o.approve(t, original)
			res := o.interrupt(t, plan, happens, func() { st.Put(t, "mappe", "sag.txt", changed) })
			// A storage that gives the new item the number of the old one
			// cannot tell whether it was erased; "changed" keeps, which is the
			// safe side.
			if res.Result != erase.Erased && res.Result != erase.Changed {
				t.Errorf("result %+v, want erased or changed", res)
			}
			o.left(t, changed, marker(1))
			st.Remove(t, "mappe", "sag.txt")
		})
	}
}
