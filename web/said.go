package web

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/report"
)

// Errors are written in English, for the command line and the program's log. The
// pages say them in the person's language: [faults] has the Danish of each, as
// the two formats. A test reads the errors out of the packages' source, and fails
// for one that is missing.

// fault is an error's format, and its Danish. Of the Danish, $1 is what the first
// verb of the format stood for, $2 the second; #1 is that as a word of the pages
// (report.Lang.Word). What %w stood for is an error of its own, and is said in
// Danish too.
type fault struct{ english, danish string }

// faultPattern is a fault as texts are matched with it.
type faultPattern struct {
	*regexp.Regexp
	verbs  []byte // s, q, d, w, or v for one word
	danish string
}

var verb = regexp.MustCompile(`%[#.\d]*([sqdwvxTfc])`)

// newFaultPattern makes the pattern of a fault. It panics when the Danish asks for
// what the format does not have: the tables are the program's own.
func newFaultPattern(f fault) faultPattern {
	p := faultPattern{danish: f.danish}
	var expr strings.Builder
	at := 0
	for _, m := range verb.FindAllStringSubmatchIndex(f.english, -1) {
		expr.WriteString(regexp.QuoteMeta(strings.ReplaceAll(f.english[at:m[0]], "%%", "%")))
		at = m[1]
		v := f.english[m[2]]
		p.verbs = append(p.verbs, v)
		expr.WriteString(cmp.Or(map[byte]string{'d': `(-?\d+)`, 'q': `("(?:[^"\\]|\\.)*")`, 'v': `(\S+)`}[v], `(.+?)`))
	}
	expr.WriteString(regexp.QuoteMeta(strings.ReplaceAll(f.english[at:], "%%", "%")))
	p.Regexp = regexp.MustCompile(`^(?s:` + expr.String() + `)$`)
	for _, m := range holder.FindAllString(f.danish, -1) {
		if int(m[1]-'0') > len(p.verbs) {
			panic("web: " + f.danish + ": there is no " + m)
		}
	}
	return p
}

// holder is a place in a Danish format.
var holder = regexp.MustCompile(`[$#][1-9]`)

// faultPatterns are all of them, those that say most first in the table. They are
// made when a page first has an error to tell: they are no part of every start.
var faultPatterns = sync.OnceValue(func() (all []faultPattern) {
	for _, f := range slices.Concat(faults, gapFaults) {
		all = append(all, newFaultPattern(f))
	}
	return all
})

// danishFault is an error's text in Danish; false when some part of it is not
// known.
func danishFault(text string) (string, bool) {
	if lines := strings.Split(text, "\n"); len(lines) > 1 { // several errors
		for i, line := range lines {
			said, ok := danishFault(line)
			if !ok {
				return "", false
			}
			lines[i] = said
		}
		return strings.Join(lines, "\n"), true
	}
	for _, p := range faultPatterns() {
		if said, ok := p.say(text); ok {
			return said, true
		}
	}
	return "", false
}

// say is the text in Danish, if it is of the pattern.
func (p faultPattern) say(text string) (string, bool) {
	m := p.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	parts := m[1:]
	for i, v := range p.verbs {
		if v != 'w' {
			continue
		}
		said, ok := danishFault(parts[i])
		if !ok {
			return "", false
		}
		parts[i] = said
	}
	said := holder.ReplaceAllStringFunc(p.danish, func(h string) string {
		part := parts[h[1]-'1']
		if h[0] == '#' {
			return report.Danish.Word(part)
		}
		return part
	})
	return inner.Replace(said), true
}

// inner takes the full stop from a sentence that goes on.
var inner = strings.NewReplacer(".:", ":", ".;", ";", ".,", ",", ". (", " (")

// sayFault is an error as a page shows it: masked, and in the page's language. A
// technical error that nobody has foreseen stays English, and is called that.
func sayFault(lang report.Lang, text string) string {
	text = detectors.MaskText(text)
	if lang == report.English || text == "" {
		return text
	}
	said, ok := danishFault(text)
	if !ok {
		return "Teknisk besked på engelsk: " + text
	}
	return said
}

// sayWhy is a reason that the program or a person has given: what is not the
// program's stays as it was written.
func sayWhy(lang report.Lang, text string) string {
	text = detectors.MaskText(text)
	if said, ok := danishFault(text); ok && lang != report.English {
		return said
	}
	return text
}

// jobName is what a job does, in words.
func jobName(lang report.Lang, name string) string {
	kind, of, _ := strings.Cut(name, " ")
	word, ok := jobNames[kind]
	if !ok || lang == report.English {
		return name
	}
	if of == "" {
		return word
	}
	return fmt.Sprintf("%s: %s", word, of)
}

// JobName is what a job of the service does, in words, and Fault a text of an
// error, in a language: for who tells of them elsewhere than on the pages.
func JobName(lang report.Lang, name string) string { return jobName(lang, name) }

// Fault: see [JobName].
func Fault(lang report.Lang, text string) string { return sayFault(lang, text) }

// jobNames are the Danish names of the service's jobs.
var jobNames = map[string]string{
	"scan": "Gennemgang", "full": "Fuld gennemgang", "sweep": "Gennemgang af optagelser", "watch": "Overvågning af mapper",
	"refresh": "Opdatering af siderne", "propose": "Nye sletteforslag", "prune": "Oprydning i gamle oplysninger", "checkpoint": "Kontrolpunkt for loggen",
	"syslog": "Videresendelse af loggen", "notify": "Beskeder", "backup": "Sikkerhedskopi", "erase": "Sletning", "reload": "Genindlæsning af konfigurationen", "clock": "Kontrol af uret", "digest": "Mail til ejere",
}

// logWord is a type of line, a name of a detail or a detail of the audit log, in
// words.
func logWord(lang report.Lang, code string) string {
	if word, ok := logWords[code]; ok && lang != report.English {
		return word
	}
	return code
}

// logWords are the Danish words for the codes of the audit log.
var logWords = map[string]string{
	"scan.started": "Gennemgang begyndt", "scan.finished": "Gennemgang afsluttet",
	"plan.proposed": "Sletteforslag lavet", "plan.approved": "Sletteforslag godkendt", "plan.dead": "Sletteforslag bortfaldet", "plan.cancelled": "Sletteforslag annulleret", "plan.withdrawn": "Godkendelse trukket tilbage",
	"erase.started": "Sletning begyndt", "erase.intent": "Element skal slettes nu", "erase.outcome": "Resultat for et element", "erase.finished": "Sletning afsluttet", "erase.resolved": "Uafklaret element lukket",
	"hold.added": "Hold oprettet", "hold.released": "Hold frigivet", "hold.noted": "Pligt ved hold noteret",
	"finding.dismissed": "Falsk positiv", "finding.undismissed": "Falsk positiv fortrudt", "finding.answered": "Svar på fund",
	"reveal": "Værdier vist", "report.written": "Rapport skrevet", "user.added": "Bruger oprettet", "user.changed": "Bruger ændret",
	"web.signed_in": "Logget ind", "web.sign_in_refused": "Login afvist", "log.recovered": "Loggen genoprettet", "log.pruned": "Gamle linjer fjernet fra loggen",
	"config.enforced": "Sletning slået til", "store.accepted": "Tilstanden godkendt", "coverage.checked": "Manuel kontrol noteret", "clock.accepted": "Uret bekræftet", "owner.told": "Ejer har fået besked",
	"archive.added": "Arkivspærre oprettet", "archive.ended": "Arkivspærre ophørt", "events.imported": "Hændelser indlæst", "events.cancelled": "Hændelser annulleret",
	"subject.shown": "Indsigt i én person", "restricted.shown": "Begrænsede elementer vist", "item.reappeared": "Slettet element er tilbage",
	"state.backed_up": "Sikkerhedskopi taget", "certificate.written": "Slettekvittering skrevet", "checkpoint.not_kept": "Kontrolpunkt kom ikke frem",

	"account": "konto på serveren", "answer": "svar", "approver": "godkender", "camera": "kamera", "closed": "lukket", "content": "indhold", "detail": "uddybning",
	"erased": "slettet", "excluded": "undtaget", "excluded_items": "undtagne elementer", "files": "filer", "filename": "filnavn", "format": "format", "from": "fra", "ground": "grundlag",
	"hash": "kontrolværdi", "hold": "hold", "known": "kendt", "result": "resultat", "role": "rolle", "rule": "regel", "silent_since": "tavst siden", "source": "kilde",
	"standing": "stående godkendelse", "through": "til og med", "to": "til", "tombstone": "midlertidigt navn", "until": "til", "user": "bruger", "values": "værdier",
	"owner": "ejer", "by": "ved", "waiting": "venter", "leads": "leder", "batch": "fil i registret", "certificate": "slettekvittering", "checked": "kontrolleret", "delivered": "afleveret", "duplicates": "kendt i forvejen", "erased_before": "slettet tidligere",
	"event": "hændelse", "events": "hændelser", "file": "fil", "host": "server", "items": "elementer", "items_root": "elementernes kontrolværdi", "program": "program", "provision": "bestemmelse",
	"reason": "grund", "recorded_by": "noteret af", "refs": "elementer", "rows": "rækker", "rule_hash": "reglens kontrolværdi", "system": "system", "bytes": "byte", "schedule": "sletteplan",
	"waits_until": "venter til", "why": "hvorfor", "supersedes": "erstatter", "alone_before": "godkendt alene før",
	"subject": "person", "export": "udleveret kopi", "restricted": "begrænsede medtaget", "plan": "sletteforslag", "command": "kommando", "true": "ja", "false": "nej",
}
