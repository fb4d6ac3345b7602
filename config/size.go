package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes, written 2GiB, 500MB or 4096.
type Size int64

const sizeForm = "a size such as 2GiB, 500MB or 4096"

// units are tried in this order: B ends all the others.
var units = []struct {
	name  string
	bytes int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	number, factor := text, int64(1)
	for _, u := range units {
		if n, ok := strings.CutSuffix(text, u.name); ok {
			number, factor = strings.TrimSpace(n), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return fmt.Errorf("%q is not a size; expected %s", text, sizeForm)
	}
	*s = Size(n * factor)
	return nil
}

// MarshalText writes the size so that it reads back as the same number.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String is the size in the largest binary unit that divides it.
func (s Size) String() string {
	best, name := int64(1), ""
	for _, u := range units[:4] {
		if s != 0 && int64(s)%u.bytes == 0 {
			best, name = u.bytes, u.name
		}
	}
	return strconv.FormatInt(int64(s)/best, 10) + name
}
