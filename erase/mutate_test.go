//go:build mutate

package erase_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mutation takes one precondition out: the function answers at once.
type mutation struct {
	file, function, answer string
	pkg                    string // whose tests have to notice; "" is ./erase
}

// mutations are all preconditions of an erasure. Who writes a new one adds it
// here; TestMutationsComplete sees to it for those that say what they are.
var mutations = []mutation{
	{"erase/check.go", "enforced", "true", ""},
	{"erase/check.go", "approved", "nil", ""},
	{"erase/check.go", "notStopped", "nil", ""},
	{"erase/check.go", "withinItems", "nil", ""},
	{"erase/check.go", "withinBytes", "nil", ""},
	{"erase/check.go", "withinPercent", "nil", ""},
	{"erase/check.go", "notExcluded", "true", ""},
	{"erase/check.go", "sameFinding", "nil", ""},
	{"erase/check.go", "notHeld", "nil", ""},
	{"erase/check.go", "stillDue", "nil", ""},
	{"erase/check.go", "notPrivate", "nil", ""},
	{"erase/check.go", "contentKnown", "nil", ""},
	{"erase/check.go", "sameContent", "nil", ""},
	{"erase/rules.go", "mayApprove", "nil", ""},
	{"erase/rules.go", "person", "name", ""},
	{"erase/rules.go", "needed", "1", ""},
	{"erase/rules.go", "waited", "nil", ""},
	{"erase/rules.go", "fresh", "nil", ""},
	{"erase/rules.go", "within", "nil", ""},
	{"erase/rules.go", "clocksAgree", "nil", ""},
	{"erase/clock.go", "witnessed", "store.ClockMark{At: d.Now()}", ""},
	{"erase/identity.go", "isDPO", "nil", ""},
	{"erase/identity.go", "another", "nil", ""},
	{"erase/identity.go", "decides", "decider{User: store.User{Name: name}, known: []string{person(name)}}, nil", ""},
	{"erase/identity.go", "knownAs", "[]string{person(u.Name)}", ""},
	{"store/approvals.go", "approvedAlone", "a, nil", ""},
	{"erase/sane.go", "agree", "nil", ""},
	{"erase/sane.go", "known", "nil", ""},
	{"erase/sane.go", "clockSane", "nil", ""},
	{"erase/approve.go", "intact", "nil", ""},
	{"erase/approve.go", "sameSchedule", "nil", ""},
	{"erase/notice.go", "ownerHeard", "nil", ""},
	{"erase/group.go", "askAgain", "group, nil", ""},
	{"erase/run.go", "mayGoOn", "nil", ""},
	{"erase/run.go", "knownUntouched", "true", ""},
	{"erase/run.go", "knownUntouched", "false", ""},
	{"erase/resume.go", "veto", "nil, nil", ""},
	{"erase/resume.go", "heldSince", `"", nil`, ""},
	{"erase/linked.go", "allNames", "nil", ""},
	{"erase/linked.go", "takeNames", "nil", ""},
	{"erase/subset.go", "rehearse", "nil, nil", ""},
	{"erase/cameras.go", "mayGrow", "nil", ""},
	{"erase/cameras.go", "wholeName", "nil", ""},
	{"erase/cameras.go", "notNewest", "nil", ""},
	{"erase/cameras.go", "together", "nil", ""},
	{"erase/cameras.go", "withinCamera", "nil", ""},
	{"erase/standing.go", "standingHolds", "nil", ""},
	{"erase/sweepclock.go", "doubtClock", "nil, nil", ""},
	{"erase/warrant.go", "For", "true", "./scanner/files"},
	{"scanner/files/eraser_linux.go", "takeable", "nil", ""},
	{"scanner/files/eraser_linux.go", "alone", "true, nil", ""},
	{"scanner/files/eraser_linux.go", "isItem", "true", "./scanner/files ./erase"},
	{"scanner/files/eraser.go", "checkTombstone", "nil", "./scanner/files"},
	{"scanner/files/eraser_destroy_linux.go", "verifyGone", "0, nil", "./scanner/files"},
	{"scanner/files/eraser_pass_linux.go", "compare", "nil", "./scanner/files"},
	{"scanner/files/eraser_sync_linux.go", "barrier", "", ""},
	{"scanner/files/eraser_sync_linux.go", "syncFolders", "", ""},
	{"scanner/files/eraser_destroy_linux.go", "tellDestroyed", "", ""},
}

// TestMutations takes the preconditions out one by one, in a copy of the tree,
// and has a test go red for each. It prints the table for docs/guarantees.md.
//
//	make mutate
func TestMutations(t *testing.T) {
	dir := t.TempDir()
	command(t, "cp", "-r", "..", dir)
	var table []string
	for _, m := range mutations {
		name := fmt.Sprintf("%s: %s %s", m.file, m.function, m.answer)
		t.Run(name, func(t *testing.T) {
			red := m.noticed(t, dir)
			if red == "" {
				t.Errorf("no test notices that it is missing")
			}
			table = append(table, fmt.Sprintf("| `%s` %s | %s |", strings.TrimSuffix(filepath.Dir(m.file), "/"), m.function, red))
		})
	}
	t.Log("\n" + strings.Join(table, "\n"))
}

// noticed is the first test that fails without the precondition.
func (m mutation) noticed(t *testing.T, dir string) string {
	path := filepath.Join(dir, m.file)
	whole, err := os.ReadFile(path)
	must(t, err)
	defer func() { must(t, os.WriteFile(path, whole, 0o644)) }()
	head := regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + m.function + `\(.*\{$`).FindIndex(whole)
	if head == nil {
		t.Fatalf("%s has no function %s", m.file, m.function)
	}
	broken := string(whole[:head[1]]) + "\n\tif true {\n\t\treturn " + m.answer + "\n\t}" + string(whole[head[1]:])
	must(t, os.WriteFile(path, []byte(broken), 0o644))
	pkgs := strings.Fields(m.pkg)
	if len(pkgs) == 0 {
		pkgs = []string{"./erase"}
	}
	args := append([]string{"test", "-failfast", "-skip", "TestKill|TestRandom|TestRawImage|TestFaults"}, pkgs...)
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return ""
	}
	red := regexp.MustCompile(`(?m)^--- FAIL: (\w+)`).FindSubmatch(out)
	if red == nil {
		t.Fatalf("the tests did not run: %v\n%s", err, out)
	}
	return string(red[1])
}

// TestMutationsComplete: every function that calls itself a precondition is in
// the list.
func TestMutationsComplete(t *testing.T) {
	names, err := filepath.Glob("*.go")
	must(t, err)
	for _, name := range names {
		b, err := os.ReadFile(name)
		must(t, err)
		for _, found := range regexp.MustCompile(`(?m)^// (\w+): precondition`).FindAllSubmatch(b, -1) {
			listed := false
			for _, m := range mutations {
				listed = listed || m.function == string(found[1])
			}
			if !listed && string(found[1]) != "sane" { // sane only calls two that are
				t.Errorf("%s: %s is not among the mutations", name, found[1])
			}
		}
	}
}
