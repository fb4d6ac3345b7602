package extract

import (
	"fmt"

	"github.com/sletdk/slet/scanner"
)

func isText(d *doc) bool { return false }

func readText(d *doc) error { return nil }

func readBinary(d *doc) error {
	return unreadable(scanner.Unsupported, "%w", fmt.Errorf("unknown content"))
}
