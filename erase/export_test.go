package erase

import "github.com/sletdk/slet/store"

// Digest is the digest that a plan holds of an item.
func Digest(d Deps, it store.PlanItem) string { return d.digest(it) }
