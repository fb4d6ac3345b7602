package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
)

// Lang is a language of the pages. The zero value is Danish.
type Lang string

// The languages.
const (
	Danish  Lang = "da"
	English Lang = "en"
)

// words are the words on a page for the codes in the data, in Danish and in
// English. A code that is not here is its own word.
var words = map[string][2]string{
	"keep": {"bevares", "kept"}, "due": {"forfalden", "due"}, "review": {"skal vurderes", "needs review"}, "held": {"tilbageholdt", "held"},
	"no_rule": {"ingen regel", "no rule"}, "conflict": {"modstridende frister", "conflicting periods"},

	"encrypted": {"krypteret", "encrypted"}, "corrupt": {"beskadiget", "corrupt"}, "too_large": {"for stor", "too large"}, "timeout": {"tidsgrænse", "timeout"},
	"unsupported": {"ukendt format", "unknown format"}, "denied": {"adgang nægtet", "access denied"}, "io": {"læsefejl", "read error"},

	"proposed": {"foreslået", "proposed"}, "approved": {"godkendt", "approved"}, "executing": {"i gang", "in progress"}, "executed": {"udført", "executed"},
	"dead": {"bortfaldet", "lapsed"}, "planned": {"foreslået", "proposed"}, "excluded": {"undtaget", "excluded"}, "erasing": {"sletning afbrudt", "erasure interrupted"},
	"erased": {"slettet", "erased"}, "changed": {"ændret – bevaret", "changed – kept"}, "gone": {"allerede væk", "gone already"},
	"refused": {"afvist – bevaret", "refused – kept"}, "failed": {"fejlet", "failed"}, "open": {"åben", "open"},

	"cpr": {"CPR-nummer", "CPR number"}, "erstatningscpr": {"erstatningspersonnummer", "replacement CPR number"}, "kontakt": {"kontaktoplysninger", "contact data"},
	"oekonomi": {"økonomi", "finance"}, "koeretoej": {"køretøj", "vehicle"}, "politisk": {"politisk overbevisning", "political opinion"},
	"seksuelle_forhold": {"seksuelle forhold", "sex life"}, "genetik_biometri": {"genetik og biometri", "genetic and biometric data"},
	"strafbare_forhold": {"strafbare forhold", "criminal offences"}, "sociale_forhold": {"sociale forhold", "social problems"}, "custom": {"egne ord", "own words"},

	"overwritten":          {"overskrevet på stedet og læst tilbage", "overwritten in place and read back"},
	"overwritten_unproven": {"overskrevet gennem filsystemet; stedet kan ikke bevises", "overwritten through the file system; the place cannot be proven"},
	"unlinked":             {"fjernet uden overskrivning", "removed without overwriting"}, "none": {"intet slettet", "nothing erased"},
	"expunged": {"fjernet fra postkassen; intet overskrevet", "removed from the mailbox; nothing overwritten"},
	"unknown":  {"uvist – undersøges ved næste kørsel", "not known – the next run looks"},

	"medium_in_place": {"overskriver på stedet: de samme blokke før og efter", "overwrites in place: the same blocks before and after"},
	"medium_unproven": {"kan måske overskrive på stedet; det er ikke bevist", "may overwrite in place; not proven"},
	"medium_server":   {"filserver: kun den ved, hvor dataene lå", "file server: only it knows where the data lay"},
	"medium_mail":     {"mailserver: intet kan overskrives", "mail server: nothing can be overwritten"},
	"medium_none":     {"kan ikke overskrive på stedet", "cannot overwrite in place"},

	"read_back": {"læst tilbage", "read back"}, "not_found": {"findes ikke mere", "no longer found"}, "not_listed": {"ikke længere på serverens liste", "no longer listed by the server"},
	"passed": {"ingen, set efter umiddelbart før", "none, looked just before"}, "not_asked": {"ikke nået", "not reached"},

	"decided.plan.approved": {"godkendt sletteforslag", "plan approved"}, "decided.plan.cancelled": {"annulleret sletteforslag", "plan cancelled"}, "decided.plan.withdrawn": {"godkendelse trukket tilbage", "approval withdrawn"},
	"decided.answer.keep": {"bevaret på et retsgrundlag, med ny frist", "kept on a legal ground, with a new deadline"}, "decided.answer.hold": {"holdt tilbage", "held"},
	"decided.answer.false": {"bedømt ikke at være personoplysninger", "judged to be no personal data"}, "decided.answer.private": {"privat", "private"},
	"decided.answer.journalise": {"journaliseret", "filed in a case"}, "decided.answer.owner": {"sendt til en anden", "sent to somebody else"}, "decided.answer.approve": {"godkendt til sletning", "approved for erasure"},
	"decided.hold.added": {"hold oprettet", "hold added"}, "decided.hold.released": {"hold frigivet", "hold released"}, "decided.archive.added": {"arkivspærre oprettet", "archive lock added"},
	"decided.archive.ended": {"arkivspærre ophørt", "archive lock ended"}, "decided.finding.dismissed": {"falsk positiv", "false positive"}, "decided.finding.undismissed": {"falsk positiv fortrudt", "false positive taken back"},
	"decided.events.imported": {"hændelser indlæst", "events imported"}, "decided.events.cancelled": {"hændelser annulleret", "events cancelled"}, "decided.config.enforced": {"sletning slået til", "erasing turned on"},

	"incident.erase.failed": {"sletning mislykkedes", "erasure failed"}, "incident.erase.unknown": {"uvist, om elementet er slettet", "not known whether the item is erased"},
	"incident.item.reappeared": {"slettede elementer er tilbage", "erased items are back"}, "incident.log.recovered": {"loggen var afbrudt og blev genoprettet", "the log was cut short and recovered"},
	"incident.store.accepted":  {"tilstand og log var uenige; godkendt af et menneske", "state and log disagreed; accepted by a person"},
	"incident.clock.accepted":  {"uret var ude af trit; bekræftet af et menneske", "the clock was out of step; confirmed by a person"},
	"incident.sign_in.refused": {"afviste login", "sign-ins refused"}, "incident.job.failing": {"en opgave lykkes ikke", "a job does not succeed"},
	"incident.scan.incomplete": {"gennemgang afbrudt før tid", "scan ended early"}, "incident.scan.never": {"kilden er aldrig gennemgået", "the source was never scanned"},

	"erase": {"slet", "erase"}, "report": {"rapportér", "report"},

	"file": {"fil", "file"}, "message": {"mail", "message"}, "recording": {"optagelse", "recording"},
	"files": {"mappe", "folder"}, "smb": {"SMB-share", "SMB share"}, "imap": {"mailserver", "mail server"}, "cctv": {"TV-overvågning", "CCTV"},
	"created": {"oprettet", "created"}, "modified": {"ændret senest", "last modified"}, "received": {"modtaget", "received"}, "recorded": {"optaget", "recorded"},
}

// Word is the word on a page for a code, or the code itself.
func (l Lang) Word(code any) string {
	s := fmt.Sprint(code)
	w, ok := words[s]
	switch {
	case !ok:
		return s
	case l == English:
		return w[1]
	}
	return w[0]
}

// Number writes 1234567 as 1.234.567, in English as 1,234,567.
func (l Lang) Number(v any) string {
	mark := "."
	if l == English {
		mark = ","
	}
	s := fmt.Sprint(v)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + mark + s[i:]
	}
	return s
}

// Bytes writes a size with one decimal.
func (l Lang) Bytes(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/unit, 0
	for v >= unit && i < 4 {
		v, i = v/unit, i+1
	}
	return l.decimal(fmt.Sprintf("%.1f %s", v, []string{"KiB", "MiB", "GiB", "TiB", "PiB"}[i]))
}

// Percent writes a share of a hundred with one decimal.
func (l Lang) Percent(f float64) string { return l.decimal(fmt.Sprintf("%.1f", f)) }

func (l Lang) decimal(s string) string {
	if l == English {
		return s
	}
	return strings.Replace(s, ".", ",", 1)
}

// Reason says one step of a decision in a sentence.
func (l Lang) Reason(r retention.Reason) string {
	if l == English {
		return r.English()
	}
	return r.Danish()
}

// Day is a date in Copenhagen, 31-12-2026; empty for no time.
func Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(retention.Zone()).Format("02-01-2006")
}

// Clock is a date and a time in Copenhagen; empty for no time.
func Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(retention.Zone()).Format("02-01-2006 15:04")
}
