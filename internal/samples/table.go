package samples

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Keep holds a table of a document to what was measured: it stands between
// "<!-- NAME -->" and "<!-- end -->". With update the table is rewritten, else
// another table is an error; the numbers may differ by a hundredth.
func Keep(file, name, table string, update bool) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end -->"
	head, rest, ok1 := strings.Cut(string(old), begin)
	was, tail, ok2 := strings.Cut(rest, end)
	switch {
	case !ok1 || !ok2:
		return fmt.Errorf("%s has no table %q between its marks", file, name)
	case update:
		return os.WriteFile(file, []byte(head+begin+table+end+tail), 0o644)
	case !alike(was, table):
		return fmt.Errorf("the table %q of %s is not what is measured; remake it with -update:\n%s", name, file, table)
	}
	return nil
}

// alike reports whether two tables have the same rows and, to a hundredth, the
// same numbers.
func alike(a, b string) bool {
	number := regexp.MustCompile(`\d\.\d{3}`)
	x, y := number.FindAllString(a, -1), number.FindAllString(b, -1)
	if number.ReplaceAllString(a, "#") != number.ReplaceAllString(b, "#") {
		return false
	}
	for i := range x {
		m, err1 := strconv.ParseFloat(x[i], 64)
		n, err2 := strconv.ParseFloat(y[i], 64)
		if err1 != nil || err2 != nil || m-n > 0.01 || n-m > 0.01 {
			return false
		}
	}
	return true
}
