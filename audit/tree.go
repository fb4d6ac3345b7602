package audit

import (
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"
)

// tree is the Merkle tree of RFC 6962 over a log's lines (a leaf is a line's
// bytes, newline included), grown leaf by leaf. It keeps no more than the roots
// of its complete subtrees, the largest first: one for each bit of its size.
type tree struct {
	size  int64
	roots []tlog.Hash
}

func (t *tree) add(line []byte) {
	h := tlog.RecordHash(line)
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.roots) - 1
		h, t.roots = tlog.NodeHash(t.roots[last], h), t.roots[:last]
	}
	t.roots, t.size = append(t.roots, h), t.size+1
}

// root is the tree's root hash; of no lines, the hash of nothing.
func (t *tree) root() tlog.Hash {
	if len(t.roots) == 0 {
		return sha256.Sum256(nil)
	}
	h := t.roots[len(t.roots)-1]
	for i := len(t.roots) - 2; i >= 0; i-- {
		h = tlog.NodeHash(t.roots[i], h)
	}
	return h
}

// clone is a tree that grows by itself.
func (t *tree) clone() tree { return tree{t.size, append([]tlog.Hash(nil), t.roots...)} }
