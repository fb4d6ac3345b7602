package cctv

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrPattern: a pattern is not one.
var ErrPattern = errors.New("not a valid pattern")

// token is a word in braces of a pattern, and the expression that it stands for.
type token struct {
	name, expr string
	means      string // for docs/cctv.md
}

// tokens are what a pattern is made of, beside literal text. None matches a
// slash but {folders}.
var tokens = []token{
	{"camera", `[^/]+?`, "the camera; the same camera wherever it stands twice"},
	{"channel", `\d{1,4}`, "the camera's number at its recorder; becomes a part of its name"},
	{"date", `\d{4}[-_.]?\d{2}[-_.]?\d{2}`, "day: 20261122, 2026-11-22, 2026_11_22"},
	{"time", `\d{2}[-_.:]?\d{2}[-_.:]?\d{2}`, "time of day: 101500, 10-15-00, 10.15.00"},
	{"Y", `\d{4}`, "year"},
	{"y", `\d{2}`, "year of this century, two digits"},
	{"M", `\d{1,2}`, "month"},
	{"D", `\d{1,2}`, "day of the month"},
	{"h", `\d{1,2}`, "hour"},
	{"m", `\d{2}`, "minute"},
	{"s", `\d{2}`, "second"},
	{"ampm", `[AP]M`, "AM or PM after {h}"},
	{"half", `[AP]M`, "AM or PM, which is not needed to read the time"},
	{"epoch", `\d{10}`, "seconds since 1970"},
	{"epochms", `\d{13}`, "milliseconds since 1970"},
	{"enddate", `\d{4}[-_.]?\d{2}[-_.]?\d{2}`, "the day when it ends"},
	{"endtime", `\d{2}[-_.:]?\d{2}[-_.:]?\d{2}`, "the time when it ends"},
	{"endepoch", `\d{10}`, "when it ends, in seconds since 1970"},
	{"zone", `[-+]\d{2}[:\-]?\d{2}`, "offset from UTC: +0100"},
	{"event", `\d+`, "a number of the recorder's own, whose folder is this recording's alone"},
	{"n", `\d+`, "a number"},
	{"ddd", `\d{3}`, "a number of three digits"},
	{"hex", `[0-9A-Fa-f]+`, "a hexadecimal number"},
	{"*", `[^/]*?`, "anything but a slash"},
	{"folders", `(?:[^/]+/)*?`, "any number of folders, each with its slash"},
	{"video", `(?:` + strings.Join(videoTypes, "|") + `)`, "a video file's extension"},
	{"image", `(?:` + strings.Join(imageTypes, "|") + `)`, "a picture's extension"},
	{"media", `(?:` + strings.Join(slices.Concat(videoTypes, imageTypes), "|") + `)`, "either"},
}

var (
	videoTypes = []string{"mp4", "m4v", "mov", "mkv", "webm", "avi", "dav", "bvr", "ts", "h264", "h265", "264", "265", "mpg", "mpeg", "flv", "wmv", "asf", "3gp", "mjpeg", "ubv", "swf", "ave"}
	imageTypes = []string{"jpg", "jpeg", "png", "webp", "gif", "bmp"}
)

// pattern is a compiled pattern: how paths of one kind of file are made.
type pattern struct {
	text string
	re   *regexp.Regexp
	// group is the token that each group of re stands for.
	group []string
	dated bool           // it says the day
	zone  *time.Location // when not the camera's
}

// maxPattern bounds the length of a pattern of the user's own.
const maxPattern = 500

// compile makes a pattern of a text: literal text, tokens in braces, and parts
// in [brackets] that may be missing. A backslash makes the next character
// literal. Upper and lower case are the same.
func compile(text string) (*pattern, error) {
	p := &pattern{text: text, group: []string{""}}
	if text == "" || len(text) > maxPattern {
		return nil, fmt.Errorf("%w: expected 1 to %d characters", ErrPattern, maxPattern)
	}
	var b strings.Builder
	b.WriteString(`(?is)^`)
	depth := 0
	for rest := text; rest != ""; {
		c := rest[0]
		switch {
		case c == '{':
			name, after, ok := strings.Cut(rest[1:], "}")
			i := slices.IndexFunc(tokens, func(t token) bool { return t.name == name })
			if !ok || i < 0 {
				return nil, fmt.Errorf("%w: %q: no token {%s}; there are %s", ErrPattern, text, name, tokenNames())
			}
			p.group = append(p.group, name)
			b.WriteString(`(` + tokens[i].expr + `)`)
			rest = after
			continue
		case c == '[':
			depth++
			b.WriteString(`(?:`)
		case c == ']' && depth == 0:
			return nil, fmt.Errorf("%w: %q: a ] without its [; write \\] for the character", ErrPattern, text)
		case c == ']':
			depth--
			b.WriteString(`)?`)
		case c == '\\' && len(rest) > 1:
			rest = rest[1:]
			fallthrough
		default:
			r := []rune(rest)[0]
			b.WriteString(regexp.QuoteMeta(string(r)))
			rest = rest[max(1, len(string(r))):]
			continue
		}
		rest = rest[1:]
	}
	if depth > 0 {
		return nil, fmt.Errorf("%w: %q: a [ without its ]", ErrPattern, text)
	}
	b.WriteString(`$`)
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrPattern, text, err)
	}
	p.re = re
	p.dated = p.has("date") || p.has("epoch") || p.has("epochms") || (p.has("Y") || p.has("y")) && p.has("M") && p.has("D")
	return p, nil
}

// CheckPattern says what is wrong with a pattern of the user's own: it must be
// one, and say a day at least.
func CheckPattern(text string) error {
	p, err := compile(text)
	if err != nil {
		return err
	}
	if !p.dated {
		return fmt.Errorf("%w: %q: it does not say the day; use {date}, {epoch}, or {Y}, {M} and {D}", ErrPattern, text)
	}
	return nil
}

func (p *pattern) has(name string) bool { return slices.Contains(p.group, name) }

func tokenNames() string {
	var names []string
	for _, t := range tokens {
		names = append(names, "{"+t.name+"}")
	}
	return strings.Join(names, " ")
}

// reading is what a pattern read from a path.
type reading struct {
	// camera is "" when the path does not name one.
	camera string
	begin  clock
	end    clock
	// whole is false when only the day is known.
	whole bool
	// folders is how many of the path's folders, from the last one up, are
	// named by time: they go when they are empty.
	folders int
	zone    *time.Location // of the pattern, or of the offset in the path
}

// read reads a path; ok is false when it is not made by this pattern, or says
// a time that cannot be (31 February).
func (p *pattern) read(path string) (r reading, ok bool) {
	at := p.re.FindStringSubmatchIndex(path)
	if at == nil {
		return r, false
	}
	r.zone = p.zone
	var above, channel string
	first := len(path) // where the first token of time stands
	f := fields{}
	for i := 1; i < len(p.group); i++ {
		from, to := at[2*i], at[2*i+1]
		if from < 0 {
			continue
		}
		name, text := p.group[i], path[from:to]
		switch name {
		case "camera":
			if r.camera != "" && !strings.EqualFold(r.camera, text) {
				return r, false
			}
			r.camera = text
			continue
		case "folders":
			above = text
			continue
		case "channel":
			channel = text
			continue
		case "event", "date", "Y", "y", "M", "D", "h", "epoch":
			first = min(first, from)
		}
		if !f.set(name, text) {
			return r, false
		}
	}
	r.camera = cameraName(r.camera, above, channel)
	if first < len(path) {
		r.folders = strings.Count(path[first:], "/")
	}
	if !p.dated {
		return r, true
	}
	if f.offset != nil {
		r.zone = f.offset
	}
	r.begin, r.end, r.whole, ok = f.clocks()
	return r, ok
}

// cameraName is what is known of a camera: its name, else that of the folder
// above, and its channel there.
func cameraName(name, above, channel string) string {
	if name == "" {
		above = strings.TrimSuffix(above, "/")
		name = above[strings.LastIndexByte(above, '/')+1:]
	}
	switch {
	case channel == "":
		return name
	case name == "":
		return channel
	}
	return name + "/" + channel
}

// fields are what the tokens of one path say.
type fields struct {
	y, mo, d, h, mi, s     int
	hasTime, hasMinute     bool
	endDate, endTime       [3]int
	hasEndDate, hasEndTime bool
	epoch, endEpoch        time.Time
	pm, am                 bool
	offset                 *time.Location
}

// set takes one token; false when its value cannot be.
func (f *fields) set(name, text string) bool {
	n, _ := strconv.ParseInt(text, 10, 64) // 0 for tokens that are no number
	switch name {
	case "date":
		v := triple(text)
		f.y, f.mo, f.d = v[0], v[1], v[2]
	case "time":
		v := triple("00" + text)
		f.h, f.mi, f.s, f.hasTime = v[0], v[1], v[2], true
		f.hasMinute = true
	case "Y":
		f.y = int(n)
	case "y":
		f.y = 2000 + int(n)
	case "M":
		f.mo = int(n)
	case "D":
		f.d = int(n)
	case "h":
		f.h, f.hasTime = int(n), true
	case "m":
		f.mi, f.hasMinute = int(n), true
	case "s":
		f.s = int(n)
	case "ampm":
		f.pm, f.am = strings.EqualFold(text, "PM"), strings.EqualFold(text, "AM")
	case "epoch":
		f.epoch = time.Unix(n, 0).UTC()
	case "epochms":
		f.epoch = time.UnixMilli(n).UTC()
	case "enddate":
		f.endDate, f.hasEndDate = triple(text), true
	case "endtime":
		f.endTime, f.hasEndTime = triple("00"+text), true
	case "endepoch":
		f.endEpoch = time.Unix(n, 0).UTC()
	case "zone":
		digits := keepDigits(text)
		hours, _ := strconv.Atoi(digits[:2])
		minutes, _ := strconv.Atoi(digits[2:])
		if hours > 14 || minutes > 59 {
			return false
		}
		seconds := hours*3600 + minutes*60
		if text[0] == '-' {
			seconds = -seconds
		}
		f.offset = time.FixedZone(text, seconds)
	}
	return true
}

// clocks makes the two clock readings of what was set. Only the day is known
// when there is no hour.
func (f *fields) clocks() (begin, end clock, whole, ok bool) {
	if !f.epoch.IsZero() {
		return clock{at: f.epoch}, clock{at: f.endEpoch}, true, f.endEpoch.IsZero() || !f.endEpoch.Before(f.epoch)
	}
	h := f.h
	switch {
	case (f.pm || f.am) && (h < 1 || h > 12):
		return begin, end, false, false
	case f.pm && h < 12:
		h += 12
	case f.am && h == 12:
		h = 0
	}
	mi, s := f.mi, f.s
	if f.hasTime && !f.hasMinute {
		mi, s = 59, 59 // it began within that hour: doubt is for keeping
	}
	begin = clock{f.y, f.mo, f.d, h, mi, s, time.Time{}}
	if f.hasEndTime {
		day := [3]int{f.y, f.mo, f.d}
		if f.hasEndDate {
			day = f.endDate
		}
		end = clock{day[0], day[1], day[2], f.endTime[0], f.endTime[1], f.endTime[2], time.Time{}}
		if !end.valid() {
			return begin, end, false, false
		}
	}
	return begin, end, f.hasTime, begin.valid()
}

// triple reads four digits and twice two, with or without anything between them.
func triple(text string) [3]int {
	d := keepDigits(text)
	y, _ := strconv.Atoi(d[:4])
	m, _ := strconv.Atoi(d[4:6])
	s, _ := strconv.Atoi(d[6:8])
	return [3]int{y, m, s}
}

func keepDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
