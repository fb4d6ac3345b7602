package retention_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sletdk/slet/retention"
)

// TestDocs: every example of docs/schedule.md is read, and every word of the
// language stands in one.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "schedule.md"))
	if err != nil {
		t.Fatal(err)
	}
	var examples strings.Builder
	n := 0
	for _, part := range strings.Split(string(text), "```yaml\n")[1:] {
		example, _, closed := strings.Cut(part, "```")
		if !closed {
			t.Fatalf("an example is not closed: %q", part)
		}
		n++
		examples.WriteString(example)
		if !strings.HasPrefix(example, "version:") {
			example = "version: 1\nfiscal_year_end: 12-31\nrules:\n" + example
		}
		if _, err := retention.ParseSchedule("example", []byte(example)); err != nil {
			t.Errorf("example %d:\n%s\n%v", n, example, err)
		}
	}
	if n < 10 {
		t.Errorf("only %d examples were found", n)
	}
	for _, word := range []string{
		"version:", "effective_from:", "fiscal_year_end:", "rules:", "coverage:", "id:", "title:", "basis:", "conflict:", "match:", "trigger:", "fallback:",
		"delete_after:", "keep_until:", "period:", "action:", "system:", "deadline:", "by:", "every:",
		"source:", "source_type:", "path:", "mailbox:", "camera:", "document_type:", "category:", "detector:", "subject:",
		"recorded", "received", "created", "modified", "event:", "latest(", "fiscal_year_end(", "fallback: none", "fallback: keep", "delete_after: none",
		"action: erase", "action: review", "action: report", "standing_approval:",
	} {
		if !strings.Contains(examples.String(), word) {
			t.Errorf("no example shows %s", word)
		}
	}
	for _, c := range retention.WarningCodes() {
		if !strings.Contains(string(text), "`"+string(c)+"`") {
			t.Errorf("the warning %s is not described", c)
		}
	}
}
