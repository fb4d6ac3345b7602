package extract

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestFormatsPage holds docs/formats.md to the table of formats: a row for each,
// in its order, and none for what is not there.
func TestFormatsPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+|[^\n]*?`\\\\\\|`[^|]*) \\| .{1,}\\| .+ \\|$").FindAllSubmatch(page, -1) {
		rows = append(rows, string(m[1]))
	}
	for _, f := range formats() {
		want = append(want, f.name)
	}
	if !slices.Equal(rows, want) {
		t.Errorf("docs/formats.md has rows for\n%q, the table of formats is\n%q", rows, want)
	}
}
