package imap

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-imap/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/sletdk/slet/scanner"
)

// A message's ID is
//
//	account/folder/folder/DELIMITER+UIDVALIDITY/UID
//
// with each part escaped as in a URL. The delimiter (the server's own mark
// between folders, none at all on a flat server) is part of it because without
// it the folder could not be named to the server again.

// errID: the text is not the ID of anything in this source.
var errID = errors.New("not the ID of a message in this source")

// folder is one folder of an account.
type folder struct {
	segments []string // decoded; none is the account itself
	delim    string   // one character, or "" on a flat server
	// What the server said of it when it was listed.
	selectable, childless, parent, trash bool
	// garbled: the last segment is as it came; nobody can tell what it means.
	garbled bool
}

// name is the folder as the server knows it.
func (f folder) name() string { return strings.Join(f.segments, f.delim) }

// private reports whether the folder or one that it lies in is private.
func (f folder) private() bool { return slices.ContainsFunc(f.segments, scanner.Private) }

// place is an account or a folder in it.
type place struct {
	account string
	folder  folder
}

// message is where one message is.
type message struct {
	place
	validity uint32
	uid      imap.UID
}

func (p place) partition() scanner.Partition {
	return scanner.Partition{ID: p.id(), Path: p.path()}
}

// id names the place within the source.
func (p place) id() string {
	parts := []string{url.PathEscape(p.account)}
	if len(p.folder.segments) > 0 {
		parts = append(parts, escapeAll(p.folder.segments)...)
		parts = append(parts, url.PathEscape(p.folder.delim))
	}
	return strings.Join(parts, "/")
}

func escapeAll(segments []string) []string {
	all := make([]string, len(segments))
	for i, s := range segments {
		all[i] = url.PathEscape(s)
	}
	return all
}

// path is the place for people. A slash within a name is shown as %2F, so that
// rules and holds over paths see the server's own folders.
func (p place) path() string {
	all := make([]string, 0, len(p.folder.segments)+1)
	for _, s := range append([]string{p.account}, p.folder.segments...) {
		all = append(all, legible(s))
	}
	if n := len(p.folder.segments); p.folder.garbled {
		all[n] = url.PathEscape(p.folder.segments[n-1]) // it may hold any byte
	}
	return strings.Join(all, "/")
}

// parsePlace is the inverse of id.
func parsePlace(id string) (place, error) {
	parts := strings.Split(id, "/")
	p := place{}
	var err error
	if p.account, err = url.PathUnescape(parts[0]); err != nil || p.account == "" {
		return place{}, errID
	}
	if len(parts) > 1 {
		if p.folder, err = parseFolder(parts[1:len(parts)-1], parts[len(parts)-1]); err != nil {
			return place{}, err
		}
	}
	if p.id() != id {
		return place{}, errID
	}
	return p, nil
}

func parseFolder(parts []string, delim string) (folder, error) {
	f := folder{}
	var err error
	if f.delim, err = url.PathUnescape(delim); err != nil || utf8.RuneCountInString(f.delim) > 1 || len(parts) == 0 {
		return folder{}, errID
	}
	for _, part := range parts {
		s, err := url.PathUnescape(part)
		if err != nil || s == "" || f.delim != "" && strings.Contains(s, f.delim) {
			return folder{}, errID
		}
		f.segments = append(f.segments, s)
	}
	if f.delim == "" && len(f.segments) != 1 {
		return folder{}, errID
	}
	return f, nil
}

func (m message) id() string {
	parts := append([]string{url.PathEscape(m.account)}, escapeAll(m.folder.segments)...)
	parts = append(parts, url.PathEscape(m.folder.delim+strconv.FormatUint(uint64(m.validity), 10)), strconv.FormatUint(uint64(m.uid), 10))
	return strings.Join(parts, "/")
}

func (m message) path() string { return fmt.Sprintf("%s/%d", m.place.path(), m.uid) }

// parseMessage is the inverse of message.id: it accepts nothing else, so that
// one message has one ID.
func parseMessage(id string) (message, error) {
	parts := strings.Split(id, "/")
	n := len(parts)
	if n < 4 {
		return message{}, errID
	}
	m := message{}
	var err error
	if m.account, err = url.PathUnescape(parts[0]); err != nil || m.account == "" {
		return message{}, errID
	}
	stamp, err := url.PathUnescape(parts[n-2])
	if err != nil {
		return message{}, errID
	}
	number := strings.TrimLeftFunc(stamp, func(r rune) bool { return r < '0' || r > '9' })
	if m.folder, err = parseFolder(parts[1:n-2], url.PathEscape(strings.TrimSuffix(stamp, number))); err != nil {
		return message{}, err
	}
	validity, err1 := strconv.ParseUint(number, 10, 32)
	uid, err2 := strconv.ParseUint(parts[n-1], 10, 32)
	if err1 != nil || err2 != nil || validity == 0 || uid == 0 {
		return message{}, errID
	}
	m.validity, m.uid = uint32(validity), imap.UID(uid)
	if m.id() != id {
		return message{}, errID
	}
	return m, nil
}

// legible is a name that can be shown on one line and stand in a path: whole
// letters (NFC), nothing that moves a cursor or turns the direction of writing.
func legible(name string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(name) {
		if r == '/' || unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			b.WriteString(url.PathEscape(string(r)))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
