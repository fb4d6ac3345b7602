package detectors

import "strings"

// TypedCPR reads a CPR number as a person types it, with or without what is
// between the digits, and returns the ten digits. Whether it is somebody's is
// not asked.
func TypedCPR(s string) (digits string, ok bool) {
	s = strings.NewReplacer("-", "", " ", "").Replace(s)
	for _, c := range s {
		if c < '0' || c > '9' {
			return "", false
		}
	}
	return s, len(s) == 10
}
