package erase

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sletdk/slet/store"
)

// Two persons are two only if a name means one. The pages know people by their
// accounts. So once there are accounts, who decides at the command line does it
// by the account too; without any a name is taken as it is typed.

// decider is a person who decides.
type decider struct {
	store.User              // the account; where there are none, only a name
	accounts   []store.User // all there are, closed ones too
	// known is all that the person is known by, as names are compared, the
	// account's own name first.
	known []string
}

// decides finds out who a name means: the name of an account, or a full name.
// Where there are accounts, a name that none of them has, and one whose account
// is closed, are refused.
func (d Deps) decides(ctx context.Context, name string) (decider, error) {
	users, err := d.Store.Users(ctx)
	if err != nil {
		return decider{}, fmt.Errorf("reading the accounts: %w", err)
	}
	if len(users) == 0 {
		return decider{User: store.User{Name: name}, known: []string{person(name)}}, nil
	}
	for _, byName := range []func(store.User) string{
		func(u store.User) string { return u.Name },
		func(u store.User) string { return u.FullName },
	} {
		for _, u := range users {
			if u.Disabled.IsZero() && SamePerson(byName(u), name) {
				return decider{User: u, accounts: users, known: knownAs(users, u)}, nil
			}
		}
	}
	return decider{}, fmt.Errorf("%w: %q is not the name of an open account, nor its full name: slet user list shows who there is, "+
		"and slet user add NAME --role dpo adds who is missing", ErrRefused, name)
}

// Person is the name that goes into the log for who decides: the account's, where
// there are accounts, else the name as it is. The error wraps [ErrRefused] when no
// open account is meant, or the name is empty.
func Person(ctx context.Context, d Deps, name string) (string, error) {
	name = strings.TrimSpace(name)
	if person(name) == "" {
		return "", fmt.Errorf("%w: who decides this has a name", ErrRefused)
	}
	who, err := d.decides(ctx, name)
	return who.Name, err
}

// knownAs collects the names and full names of every account of a person.
func knownAs(users []store.User, u store.User) []string {
	var names []string
	add := func(name string) {
		if p := person(name); p != "" && !slices.Contains(names, p) {
			names = append(names, p)
		}
	}
	theirs := []store.User{u}
	for i := 0; i < len(theirs); i++ {
		add(theirs[i].Name)
		add(theirs[i].FullName)
		for _, other := range users {
			counted := slices.ContainsFunc(theirs, func(t store.User) bool { return t.Name == other.Name })
			if !counted && OnePerson(other, theirs[i]) {
				theirs = append(theirs, other)
			}
		}
	}
	return names
}

// OnePerson says whether two accounts are one person's: a name, full name or
// address of one is any of the other's, however they are written.
func OnePerson(a, b store.User) bool {
	for _, x := range []string{a.Name, a.FullName, a.Email} {
		for _, y := range []string{b.Name, b.FullName, b.Email} {
			if SamePerson(x, y) {
				return true
			}
		}
	}
	return false
}

// approver is who decides, if it is somebody who may approve: by the rules, and
// by the account's role.
func (d Deps) approver(ctx context.Context, name string) (decider, error) {
	name = strings.TrimSpace(name)
	if person(name) == "" {
		return decider{}, fmt.Errorf("%w: an approval needs the name of a person", ErrRefused)
	}
	if strings.HasSuffix(name, standingMark) { // nobody waits for those
		return decider{}, fmt.Errorf("%w: %q is how standing approvals sign, and no person's name", ErrRefused, name)
	}
	who, err := d.decides(ctx, name)
	if err != nil {
		return who, err
	}
	for _, name := range append([]string{name}, who.known...) {
		if err := d.Rules.mayApprove(name, d.Actor); err != nil {
			return who, err
		}
	}
	return who, who.isDPO()
}

// isDPO: precondition. Where there are accounts, only one whose role is to
// decide approves, on the pages and at the command line.
func (who decider) isDPO() error {
	if len(who.accounts) > 0 && who.Role != store.RoleDPO {
		return fmt.Errorf("%w: the account %s has the role %s, and only %s approves", ErrRefused, who.Name, who.Role, store.RoleDPO)
	}
	return nil
}

// another: precondition. The person is not the one who has approved already, by
// whatever name. A name from before there were accounts may be anybody's.
func (who decider) another(plan string, earlier store.Approval) error {
	if slices.Contains(who.known, earlier.Person) || slices.Contains(who.known, person(earlier.Name)) {
		return fmt.Errorf("%w: plan %s: %w: a second one has to be another person (accounts that share a name or an address are one person's)",
			ErrRefused, plan, store.ErrSamePerson)
	}
	ofAccount := slices.ContainsFunc(who.accounts, func(u store.User) bool { return SamePerson(u.Name, earlier.Name) })
	if len(who.accounts) > 0 && !ofAccount {
		return fmt.Errorf("%w: the approval that plan %s has, by %s, is of no account, and may be the same person's: slet plan withdraw %s --approval %q, "+
			"and have two accounts approve it", ErrRefused, plan, earlier.Name, plan, earlier.Name)
	}
	return nil
}
