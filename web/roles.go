package web

import (
	"slices"

	"github.com/sletdk/slet/store"
)

// permission is one thing that somebody may do. A route needs exactly one.
type permission string

const (
	anybody     permission = ""            // before sign-in too
	signedIn    permission = "signed-in"   // whoever is signed in
	seeOverview permission = "overview"    // numbers, no items
	seeFindings permission = "findings"    // items and masked evidence; an owner their own
	answer      permission = "answer"      // say what is to become of a finding
	seePlans    permission = "plans"       // proposals and their items
	approve     permission = "approve"     // make, approve and cancel proposals
	keepBack    permission = "hold"        // holds and archive locks
	seeSchedule permission = "schedule"    // the schedule, its history, what it would do
	seeEvents   permission = "events"      // the event register
	editEvents  permission = "edit-events" // import and cancel events
	seeCameras  permission = "cameras"     // the state of each camera
	searchOne   permission = "subject"     // all about one person
	seeLog      permission = "log"         // the audit log
	operate     permission = "operate"     // sources, speed, errors, users
	seeOwners   permission = "owners"      // how far the owners are; a leader those they lead
)

// The roles.
const (
	RoleDPO     = store.RoleDPO
	RoleIT      = "it"
	RoleOwner   = "owner"
	RoleLeader  = "leader"
	RoleAuditor = "auditor"
)

// roles says what each role may do. IT configures and keeps it running; it
// neither approves nor sees evidence. An owner sees and answers what was
// routed to them; the pages narrow every list to it. A leader is an owner too,
// and sees numbers, and no item, of the people they lead. An auditor reads.
var roles = map[string][]permission{
	RoleDPO:     {seeOverview, seeFindings, answer, seePlans, approve, keepBack, seeSchedule, seeEvents, editEvents, seeCameras, searchOne, seeLog, operate, seeOwners},
	RoleIT:      {seeOverview, seeSchedule, seeCameras, operate},
	RoleOwner:   {seeFindings, answer},
	RoleLeader:  {seeFindings, answer, seeOwners},
	RoleAuditor: {seeOverview, seePlans, seeSchedule, seeEvents, seeCameras, seeLog},
}

// Roles are the names of the roles, the one that may do most first.
func Roles() []string { return []string{RoleDPO, RoleIT, RoleLeader, RoleOwner, RoleAuditor} }

// MayAnswer says whether somebody of a role may answer what is routed to them.
func MayAnswer(role string) bool { return slices.Contains(roles[role], answer) }

// user is who asks; without a name nobody is signed in.
type user struct {
	store.User
	session string // id
}

// may says whether the user's role has a permission.
func (u user) may(p permission) bool {
	switch {
	case p == anybody:
		return true
	case u.Name == "":
		return false
	case p == signedIn:
		return true
	}
	return slices.Contains(roles[u.Role], p)
}

// May is may, for templates.
func (u user) May(p string) bool { return u.may(permission(p)) }

// ownOnly says that of the findings the user sees what was routed to them, and
// no other: whoever is not the DPO.
func (u user) ownOnly() bool { return u.Role != RoleDPO }

// own narrows a list to what the user may see.
func (u user) own(f store.WorkFilter) store.WorkFilter {
	if u.ownOnly() {
		f.Owner = u.Name
	}
	return f
}
