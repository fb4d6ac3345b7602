package scannertest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/sletdk/slet/scanner"
)

// PrivateFolders are names of folders that no source may open, list or name,
// and OpenFolders names that look alike and must be examined.
func PrivateFolders() []string {
	return []string{
		"Privat", "privat", "PRIVAT", "Privat ", "Privat\u00a0", "Privat.", "Ｐｒｉｖａｔ", "01 Privat", "Privat (2)", "Privat - Kopi",
		"Privat - må ikke åbnes", norm.NFD.String("Privat - må ikke åbnes!"), "_privat", "Personligt", "Private", "Mit private",
	}
}

// OpenFolders look like private folders and are not.
func OpenFolders() []string {
	return []string{
		"Privatøkonomi", "PRIVATØKONOMI", norm.NFD.String("Privatåben"), "privatadresse", "Privatskole", "privatperson", "privatlivspolitik",
		"Privatisering", "Privatkunde", "Private leverandører",
	}
}

// secret is in the name of everything that lies in a private folder, and in its
// content.
const secret = "hemmeligt"

// fillPrivate puts private folders, topmost and further down, and returns the
// texts of what must be walked. Spellings that the storage takes for one and
// the same name are told apart by where they lie.
func fillPrivate(t testing.TB, st *Storage) (folders, want []string) {
	t.Helper()
	put := func(folder, name string) {
		text := marker(len(want))
		st.Put(t, folder, name, text)
		want = append(want, text)
	}
	for i, name := range PrivateFolders() {
		for _, parent := range []string{fmt.Sprintf("afdeling%02d", i), fmt.Sprintf("afdeling%02d/dybt/nede", i)} {
			folder := parent + "/" + name
			st.Put(t, folder, secret+".txt", secret+" indhold")
			st.Put(t, folder+"/"+secret+"/mere", secret+".txt", secret+" indhold")
			put(parent, "nabo.txt")
			folders = append(folders, folder)
		}
	}
	st.Put(t, "Privat", secret+".txt", secret+" indhold")
	folders = append(folders, "Privat")
	for i, name := range OpenFolders() {
		put(fmt.Sprintf("aaben%02d/%s", i, name), "a.txt")
		put(fmt.Sprintf("aaben%02d/%s/b", i, name), "Privat.txt")
	}
	return folders, want
}

func private(t *testing.T, st *Storage) {
	folders, want := fillPrivate(t, st)
	src := st.open(t)
	r := crawl(t, src).complete(t)
	sameTexts(t, src, r.items, want)
	if said := r.text(); strings.Contains(said, secret) {
		t.Errorf("the walk names what lies in a private folder:\n%s", said)
	}
	counted := 0
	for _, s := range r.skips {
		if s.Why != scanner.SkipPrivate {
			t.Errorf("unexpected: %+v", *s)
			continue
		}
		counted++
		if s.Name != "" || scanner.PrivatePath(s.Parent+"/") {
			t.Errorf("a private folder is named: %+v", *s)
		}
		if !s.Folder {
			t.Errorf("a private folder is not counted as one: %+v", *s)
		}
	}
	if counted != len(folders) {
		t.Errorf("%d private folders counted, want %d", counted, len(folders))
	}
	// Nor when somebody asks for it.
	for it, err := range src.Walk(t.Context(), scanner.Partition{ID: "Privat", Path: "Privat"}) {
		if err == nil {
			t.Errorf("walked a private folder that was asked for: %+v", it)
		}
	}
	for _, p := range r.partitions {
		if scanner.PrivatePath(p.Path + "/") {
			t.Errorf("partition %q is private", p.Path)
		}
	}
}

func privateWatched(t *testing.T, st *Storage) {
	need(t, st.Watch != nil, "see from its own side what is opened")
	folders, _ := fillPrivate(t, st)
	src := st.open(t)
	look := func() {
		for _, it := range crawl(t, src).complete(t).items {
			if _, err := read(src, it); err != nil {
				t.Error(err)
			}
		}
	}
	var open []string
	for i, name := range OpenFolders() {
		open = append(open, fmt.Sprintf("aaben%02d/%s", i, name))
	}
	if seen := st.Watch(t, open, look); len(seen) == 0 {
		t.Fatal("the storage has not even seen the folders that are not private being opened: it shows nothing")
	}
	if seen := st.Watch(t, folders, look); len(seen) != 0 {
		t.Errorf("private folders were touched:\n%s", strings.Join(seen, "\n"))
	}
}

func becamePrivate(t *testing.T, st *Storage) {
	need(t, st.Rename != nil, "rename a folder")
	src, it := one(t, st)
	st.Rename(t, "mappe", "Privat")
	opensAs(t, src, it, scanner.ErrGone)
	// Neither may an item be believed that says it lies in a private folder.
	it.ID = strings.Replace(it.ID, "mappe", "Privat", 1)
	f, err := src.Open(t.Context(), it)
	if err == nil {
		_ = f.Close()
	}
	if !errors.Is(err, scanner.ErrPrivate) {
		t.Errorf("open below a private folder: %v, want %v", err, scanner.ErrPrivate)
	}
}
