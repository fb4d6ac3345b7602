package config

import (
	"fmt"
	"strings"
)

// didYouMean is `, did you mean "x"?` for the known word nearest to s, and
// nothing when none is near.
func didYouMean(s string, known []string) string {
	best, bestAt := max(1, len(s)/3)+1, ""
	for _, k := range known {
		if d := distance(strings.ToLower(s), k); d < best {
			best, bestAt = d, k
		}
	}
	if bestAt == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", bestAt)
}

// distance is the number of insertions, deletions, substitutions and swaps of
// neighbours between two short words (optimal string alignment).
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
