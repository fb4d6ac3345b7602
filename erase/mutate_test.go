//go:build mutate

package erase_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mutation takes one precondition out: the function answers at once.
type mutation struct {
	file, function, answer string
	pkg                    string // whose tests have to notice; "" is erase
	first                  string // the test that noticed last time; the others are run when it does not
}

// mutations are all preconditions of an erasure. Who writes a new one adds it
// here; TestMutationsComplete sees to it for those that say what they are.
var mutations = []mutation{
	{"erase/check.go", "enforced", "true", "", "TestInterruptedSeen"},
	{"erase/check.go", "approved", "nil", "", "TestLastMoment"},
	{"erase/check.go", "notStopped", "nil", "", "TestStopFile"},
	{"erase/check.go", "withinItems", "nil", "", "TestBrakes"},
	{"erase/check.go", "withinBytes", "nil", "", "TestBrakes"},
	{"erase/check.go", "withinPercent", "nil", "", "TestBrakes"},
	{"erase/check.go", "notExcluded", "true", "", "TestBrakeThenGoOn"},
	{"erase/check.go", "sameFinding", "nil", "", "TestKept"},
	{"erase/check.go", "notHeld", "nil", "", "TestKept"},
	{"erase/check.go", "stillDue", "nil", "", "TestKept"},
	{"erase/check.go", "notPrivate", "nil", "", "TestPrivatePlanned"},
	{"erase/check.go", "contentKnown", "nil", "", "TestContentKnown"},
	{"erase/check.go", "sameContent", "nil", "", "TestHandle"},
	{"erase/rules.go", "mayApprove", "nil", "", "TestNotApprovers"},
	{"erase/rules.go", "person", "name", "", "TestSecondApprover"},
	{"erase/rules.go", "needed", "1", "", "TestSecondApprover"},
	{"erase/rules.go", "waited", "nil", "", "TestWaits"},
	{"erase/rules.go", "fresh", "nil", "", "TestExpires"},
	{"erase/rules.go", "within", "nil", "", "TestWindow"},
	{"erase/rules.go", "clocksAgree", "nil", "", "TestServerClock"},
	{"erase/clock.go", "witnessed", "store.ClockMark{At: d.Now()}", "", "TestClockSetAhead"},
	{"erase/identity.go", "isDPO", "nil", "", "TestRolesAtTheCommandLine"},
	{"erase/identity.go", "another", "nil", "", "TestSecondApprover"},
	{"erase/identity.go", "decides", "decider{User: store.User{Name: name}, known: []string{person(name)}}, nil", "", "TestAliases"},
	{"erase/identity.go", "knownAs", "[]string{person(u.Name)}", "", "TestAliases"},
	{"store/approvals.go", "approvedAlone", "a, nil", "", "TestManySmallPlans"},
	{"erase/sane.go", "agree", "nil", "", "TestForgotten"},
	{"erase/sane.go", "known", "nil", "", "TestForgotten"},
	{"erase/sane.go", "clockSane", "nil", "", "TestNotDue"},
	{"erase/approve.go", "intact", "nil", "", "TestAltered"},
	{"erase/approve.go", "sameSchedule", "nil", "", "TestScheduleChanged"},
	{"erase/notice.go", "ownerHeard", "nil", "", "TestOwnersAreHeard"},
	{"erase/group.go", "askAgain", "group, nil", "", "TestLastMoment"},
	{"erase/run.go", "mayGoOn", "nil", "", "TestStopFile"},
	{"erase/run.go", "knownUntouched", "true", "", "TestTombstoneTaken"},
	{"erase/run.go", "knownUntouched", "false", "", "TestLastMoment"},
	{"erase/resume.go", "veto", "nil, nil", "", "TestKeptAfterCrash"},
	{"erase/resume.go", "heldSince", `"", nil`, "", "TestHeldPersonAfterCrash"},
	{"erase/linked.go", "allNames", "nil", "", "TestHardLinks"},
	{"erase/linked.go", "takeNames", "nil", "", "TestLinkedKept"},
	{"erase/subset.go", "rehearse", "items, nil, nil", "", "TestRequestAsTheRun"},
	{"erase/cameras.go", "mayGrow", "nil", "", "TestGrowingIsLeftAlone"},
	{"erase/cameras.go", "wholeName", "nil", "", "TestTemporaryNames"},
	{"erase/cameras.go", "notNewest", "nil", "", "TestRequestAsTheRun"},
	{"erase/cameras.go", "together", "nil", "", "TestRequestAsTheRun"},
	{"erase/cameras.go", "withinCamera", "nil", "", "TestPercentOfACamera"},
	{"erase/standing.go", "standingHolds", "nil", "", "TestStandingEndsDuringARun"},
	{"erase/sweepclock.go", "doubtClock", "nil, nil", "", "TestSweepDoubtsTheClock"},
	{"erase/warrant.go", "For", "true", "scanner/files", "TestNoWarrant"},
	{"scanner/files/eraser_linux.go", "takeable", "nil", "", "TestKept"},
	{"scanner/files/eraser_linux.go", "alone", "true, nil", "", "TestInUse"},
	{"scanner/files/eraser_linux.go", "isItem", "true", "scanner/files erase", "TestTombstoneOfAnother"},
	{"scanner/files/eraser.go", "checkTombstone", "nil", "scanner/files", "TestCheckTombstone"},
	{"scanner/files/eraser_destroy_linux.go", "verifyGone", "0, nil", "scanner/files", "TestVerifyGone"},
	{"scanner/files/eraser_pass_linux.go", "compareTo", "nil", "scanner/files", "TestReadBack"},
	{"scanner/files/eraser_sync_linux.go", "barrier", "", "", "TestOrder"},
	{"scanner/files/eraser_sync_linux.go", "syncFolders", "", "", "TestOrder"},
	{"scanner/files/eraser_destroy_linux.go", "tellDestroyed", "", "", "TestNotJournaled"},
	{"scanner/smb/eraser.go", "takeable", "nil", "scanner/smb", "TestEraserRefuses"},
	{"scanner/smb/eraser.go", "sameVersion", "nil", "scanner/smb", "TestEraser"},
	{"scanner/smb/eraser.go", "sameAsRead", "nil", "scanner/smb", "TestEraserRefuses"},
	{"scanner/smb/eraser.go", "checkTombstone", "nil", "scanner/smb", "TestCheckTombstone"},
	{"scanner/imap/eraser.go", "uidPlus", "nil", "scanner/imap", "TestWithoutUIDPlus"},
	{"scanner/cctv/eraser.go", "agreed", "nil", "scanner/cctv", "TestTakeRefuses"},
}

// TestMutations takes the preconditions out one by one, and has a test go red
// for each. It prints the table for docs/guarantees.md. The tests are compiled
// once, with every mutation in them; an environment variable says which is on.
//
//	make mutate
func TestMutations(t *testing.T) {
	dir := mutants(t)
	for pkg, first := range firsts() {
		if red := runTests(t, dir, pkg, -1, "-test.run=^("+strings.Join(first, "|")+")$"); red != "" {
			t.Fatalf("%s fails with every precondition in its place", red)
		}
	}
	var table []string
	for i, m := range mutations {
		t.Run(fmt.Sprintf("%s: %s %s", m.file, m.function, m.answer), func(t *testing.T) {
			red := m.test(t, dir, i, "-test.run=^"+m.first+"$")
			if red == "" {
				red = m.test(t, dir, i, "-test.skip=TestKill|TestRandom|TestRawImage|TestFaults")
			}
			if red == "" {
				t.Errorf("no test notices that it is missing")
			}
			t.Log("noticed by", red)
			table = append(table, fmt.Sprintf("| `%s` %s | %s |", path.Dir(m.file), m.function, red))
		})
	}
	t.Log("\n" + strings.Join(table, "\n"))
}

// mutants compiles the tests of the packages that have to notice, with all
// mutations in the code, and returns the folder that they lie in.
func mutants(t *testing.T) string {
	dir := t.TempDir()
	replaced := map[string]string{} // the files as the compiler gets them
	for i, m := range mutations {
		name, err := filepath.Abs(filepath.Join("..", m.file))
		must(t, err)
		from := replaced[name]
		if from == "" {
			from = name
		}
		text, err := os.ReadFile(from)
		must(t, err)
		head := regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + m.function + `\(.*\{$`).FindIndex(text)
		if head == nil {
			t.Errorf("%s has no function %s", m.file, m.function)
			continue
		}
		pkg := filepath.Dir(name)
		replaced[name] = filepath.Join(dir, strconv.Itoa(i)+".go")
		must(t, os.WriteFile(replaced[name], fmt.Appendf(nil, "%s\n\tif mutant == \"%d\" {\n\t\treturn %s\n\t}%s", text[:head[1]], i, m.answer, text[head[1]:]), 0o644))
		which := filepath.Join(dir, path.Base(path.Dir(m.file))+"_which.go")
		must(t, os.WriteFile(which, fmt.Appendf(nil, "package %s\n\nimport \"os\"\n\nvar mutant = os.Getenv(%q)\n", filepath.Base(pkg), mutantVariable), 0o644))
		replaced[filepath.Join(pkg, "mutant_which.go")] = which
	}
	if t.Failed() {
		t.FailNow()
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	must(t, err)
	list := filepath.Join(dir, "overlay.json")
	must(t, os.WriteFile(list, overlay, 0o644))
	for p := range firsts() {
		command(t, "go", "test", "-c", "-overlay", list, "-o", binary(dir, p), "../"+p)
	}
	return dir
}

// mutantVariable says by its index which mutation is on.
const mutantVariable = "SLET_MUTANT"

// packages are those whose tests have to notice, as paths in the module.
func (m mutation) packages() []string {
	if m.pkg == "" {
		return []string{"erase"}
	}
	return strings.Fields(m.pkg)
}

// binary is where the tests of a package are compiled to.
func binary(dir, pkg string) string { return filepath.Join(dir, path.Base(pkg)+".test") }

// firsts are the tests that noticed last time, by the package that may have them.
func firsts() map[string][]string {
	names := map[string][]string{}
	for _, m := range mutations {
		for _, pkg := range m.packages() {
			names[pkg] = append(names[pkg], m.first)
		}
	}
	return names
}

// test runs tests without precondition i and returns the first that fails; "" is none.
func (m mutation) test(t *testing.T, dir string, i int, which string) (red string) {
	for _, pkg := range m.packages() {
		if red = runTests(t, dir, pkg, i, which); red != "" {
			break
		}
	}
	return red
}

// runTests runs tests of a package without precondition i; -1 is with all of them.
func runTests(t *testing.T, dir, pkg string, i int, which string) (red string) {
	cmd := exec.Command(binary(dir, pkg), "-test.failfast", "-test.timeout=20m", which)
	cmd.Dir = filepath.Join("..", pkg)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", mutantVariable, i))
	out, err := cmd.CombinedOutput()
	if err == nil {
		return ""
	}
	fail := regexp.MustCompile(`(?m)^--- FAIL: (\w+)`).FindSubmatch(out)
	if fail == nil {
		t.Fatalf("the tests did not run: %v\n%s", err, out)
	}
	return string(fail[1])
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
