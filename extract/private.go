package extract

import (
	"fmt"
	"strings"

	"github.com/sletdk/slet/scanner"
)

// What an employee has marked private is left unread inside of documents as on
// a share: a message whose header says so (its subject, its sensitivity), and
// what lies in a folder named so in an archive or in a mailbox file. Not a word
// of it is given out; that it is there is a gap (denied), so that the item does
// not count as examined.

// errPrivate is the gap of a private message.
var errPrivate = unreadable(scanner.Denied, "marked private: left unread")

// privateEntry reports whether an archive's entry lies in a private folder.
func privateEntry(name string) bool {
	return scanner.PrivatePath(strings.ReplaceAll(name, `\`, "/"))
}

// privateEntries tells of n entries that were left unread.
func (d *doc) privateEntries(n int) {
	if n > 0 {
		d.gap("", scanner.Denied, errPrivateEntries(n))
	}
}

func errPrivateEntries(n int) error {
	return fmt.Errorf("%d entries in folders marked private: left unread", n)
}

// privateHeader reports whether a mail's header marks it private.
func privateHeader(h mimeHeader) bool {
	for _, f := range h {
		switch strings.ToLower(f.name) {
		case "subject":
			if scanner.PrivateSubject(unfold(decodeWords(f.value))) {
				return true
			}
		case "sensitivity":
			if scanner.PrivateSensitivity(unfold(f.value)) {
				return true
			}
		}
	}
	return false
}

func unfold(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(s))
}

// privateMAPI reads a message's sensitivity (PidTagSensitivity): 0 is normal, 1
// personal, 2 private, 3 confidential within the company, which is no secret
// before it.
func privateMAPI(sensitivity uint32) bool { return sensitivity == 1 || sensitivity == 2 }
