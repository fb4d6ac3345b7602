package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Pruned is a signed statement of what was taken away from the beginning of a
// log because it was older than the log is kept. It is a checkpoint of those
// lines, so that the tree over all lines can still be grown and verified.
type Pruned struct {
	Lines int64  // how many lines were taken away
	Hash  string // the last one's; the first line that is left follows it
	By    string
	Time  time.Time
	// Verified is true when the signature was checked.
	Verified bool
}

// beginning is where a log begins: before its first line, or behind what was
// pruned.
type beginning struct {
	at      position
	tree    tree
	segment int // the number of the last segment that was pruned
	pruned  *Pruned
	note    []byte
}

// PruneFile is the name of the statement of what was pruned from a log.
func PruneFile(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + "-pruned.note"
}

// beginningOf reads where a log begins. Its signature is not checked here.
func beginningOf(path string) (beginning, error) {
	b, err := os.ReadFile(PruneFile(path))
	if errors.Is(err, fs.ErrNotExist) {
		return beginning{at: start()}, nil
	}
	if err != nil {
		return beginning{}, err
	}
	from, err := parsePruned(b, "")
	if err != nil {
		return from, fmt.Errorf("%s: %w", filepath.Base(PruneFile(path)), err)
	}
	return from, nil
}

// The lines of a statement below its root hash.
const prunedHead = "slet audit pruned"

func (b beginning) lines() []string {
	roots := make([]string, len(b.tree.roots))
	for i, r := range b.tree.roots {
		roots[i] = r.String()
	}
	return []string{
		prunedHead, "hash " + b.at.hash, "roots " + strings.Join(roots, " "), "segment " + strconv.Itoa(b.segment),
		"by " + strconv.QuoteToASCII(b.pruned.By), "time " + b.pruned.Time.UTC().Format(time.RFC3339),
	}
}

func parsePruned(b []byte, verifier string) (beginning, error) {
	c, err := ParseCheckpoint(b, verifier)
	if err != nil {
		return beginning{}, err
	}
	bad := fmt.Errorf("%w: not a statement of what was pruned", ErrCheckpoint)
	values := map[string]string{}
	if len(c.more) != 6 || c.more[0] != prunedHead {
		return beginning{}, bad
	}
	for _, line := range c.more[1:] {
		name, value, _ := strings.Cut(line, " ")
		values[name] = value
	}
	from := beginning{at: position{c.Size, values["hash"]}, tree: tree{size: c.Size}, note: b}
	for r := range strings.FieldsSeq(values["roots"]) {
		h, err := parseHash(r)
		if err != nil {
			return beginning{}, err
		}
		from.tree.roots = append(from.tree.roots, h)
	}
	var errs [3]error
	p := Pruned{Lines: c.Size, Hash: values["hash"], Verified: c.Verified}
	from.segment, errs[0] = strconv.Atoi(values["segment"])
	p.By, errs[1] = strconv.Unquote(values["by"])
	p.Time, errs[2] = time.Parse(time.RFC3339, values["time"])
	if errors.Join(errs[:]...) != nil || len(p.Hash) != len(firstPrev) || c.Size < 1 || from.segment < 1 {
		return beginning{}, bad
	}
	if len(from.tree.roots) != ones(c.Size) || from.tree.root() != tlog.Hash(c.Root) {
		return beginning{}, fmt.Errorf("%w: its hashes do not make its root", ErrCheckpoint)
	}
	from.pruned = &p
	return from, nil
}

// ones is how many bits of n are set: the number of complete subtrees.
func ones(n int64) int {
	count := 0
	for ; n > 0; n &= n - 1 {
		count++
	}
	return count
}

// Prune takes away the oldest segments whose every line is older than before,
// and leaves a signed statement of them, with the name of who decided. What is
// left verifies from there on, and says so. It returns nil when there is nothing
// that old. The file that grows is never taken away.
//
// The statement is on stable storage before the first file goes; a crash between
// leaves files that no longer count and that the next Prune removes.
func (l *Log) Prune(k *Key, before time.Time, by string, now time.Time) (*Pruned, error) {
	if strings.TrimSpace(by) == "" {
		return nil, errors.New("prune the audit log: who decided it?")
	}
	p, err := l.prune(k, before, by, now)
	if err != nil {
		return nil, fmt.Errorf("prune the audit log %s: %w", l.path, err)
	}
	return p, nil
}

func (l *Log) prune(k *Key, before time.Time, by string, now time.Time) (*Pruned, error) {
	next, gone, err := l.prunable(k, before)
	if err != nil || next.pruned == nil {
		return nil, err
	}
	// The decision stands in the log before it is carried out.
	_, err = l.Append(Entry{Time: now, Type: TypeLogPruned, Actor: by, Detail: map[string]string{
		"lines": strconv.FormatInt(next.at.seq, 10), "hash": next.at.hash, "root": next.tree.root().String(),
	}})
	if err != nil {
		return nil, err
	}
	next.pruned.By, next.pruned.Time = by, now
	note, err := k.sign(Checkpoint{Size: next.tree.size, Root: next.tree.root(), more: next.lines()})
	if err != nil {
		return nil, err
	}
	if _, err := parsePruned(note, k.Verifier()); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	release, err := l.enter()
	if err != nil {
		return nil, err
	}
	defer func() { release() }()
	if err := replace(PruneFile(l.path), note); err != nil {
		return nil, kind(err)
	}
	for _, s := range gone {
		if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	next.pruned.Verified = true
	return next.pruned, syncDir(filepath.Dir(l.path))
}

// prunable verifies the log from its beginning and returns where it would
// begin, with pruned set, and which files would go.
func (l *Log) prunable(k *Key, before time.Time) (next beginning, gone []segment, err error) {
	from, err := beginningOf(l.path)
	if err != nil {
		return next, nil, err
	}
	if from.note != nil {
		if from, err = parsePruned(from.note, k.Verifier()); err != nil {
			return next, nil, err
		}
	}
	list, err := finished(l.path, 0)
	if err != nil {
		return next, nil, err
	}
	at, grown := from.at, from.tree.clone()
	for _, s := range list {
		if s.n <= from.segment { // left over from a crash
			gone = append(gone, s)
			continue
		}
		old := true
		if at, old, err = pruneSegment(s, at, &grown, before); err != nil {
			return next, nil, err
		}
		if !old {
			break
		}
		gone = append(gone, s)
		next = beginning{at: at, tree: grown.clone(), segment: s.n, pruned: &Pruned{Lines: at.seq, Hash: at.hash}}
	}
	return next, gone, nil
}

// pruneSegment verifies a segment and reports whether all of it is older.
func pruneSegment(s segment, at position, t *tree, before time.Time) (position, bool, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return at, false, err
	}
	defer f.Close()
	for line, err := range linesFrom(f, at) {
		if err != nil {
			return at, false, fmt.Errorf("%s: %w", filepath.Base(s.path), err)
		}
		if !line.rec.Time.Before(before) {
			return at, false, nil
		}
		t.add(line.raw)
		at = position{line.rec.Seq, line.rec.Hash}
	}
	return at, true, nil
}
