package audit

// MerkleRoot is the root of the Merkle tree (RFC 6962) over leaves: those of a
// log are its lines, those of a certificate the JSON of its items.
func MerkleRoot(leaves [][]byte) [32]byte {
	var t tree
	for _, l := range leaves {
		t.add(l)
	}
	return t.root()
}
