package retention

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// English says the reason in a sentence.
func (r Reason) English() string {
	rule := "Rule " + r.Rule
	switch r.Code {
	case ReasonHeld:
		return fmt.Sprintf("Hold %s keeps the item whatever the schedule says%s.", r.Detail, r.ifTo(" (to be looked at again by %s)", enDay(r.To)))
	case ReasonHeldOverdue:
		return fmt.Sprintf("Hold %s keeps the item whatever the schedule says; it should have been looked at again by %s, and holds until it is released.", r.Detail, enDay(r.To))
	case ReasonArchiveLock, ReasonArchiveNewer:
		return r.englishArchive()
	case ReasonNoRule:
		return fmt.Sprintf("No rule of the schedule (version %s) matches the item.", r.Detail)
	case ReasonFallback:
		return fmt.Sprintf("%s: the date of %s is not known; %s is used instead.", rule, r.Trigger, r.Detail)
	case ReasonCounts:
		if r.Day {
			return fmt.Sprintf("%s counts from %s, %s%s%s.", rule, r.Trigger, enDay(r.From), r.ifSeveral(" (the last of %d dates)"), r.ifDetail(" (event %s of the register)"))
		}
		return fmt.Sprintf("%s counts from %s, %s.", rule, r.Trigger, enTime(r.From))
	case ReasonFiscalYear:
		return fmt.Sprintf("%s: %s lies in the fiscal year that ends on %s, and the end of that day is what counts.", rule, enDay(r.From), enDay(r.To))
	case ReasonMaximum:
		if r.Day {
			return fmt.Sprintf("%s: %s + %s = %s%s; it must be gone when that day is over, %s.", rule, enDay(r.From), english.period(r.Period), enDay(lastDay(r.To)), english.notes[r.Detail], enTime(r.To))
		}
		return fmt.Sprintf("%s: %s + %s = %s%s; it must be gone by then.", rule, enTime(r.From), english.period(r.Period), enTime(r.To), english.notes[r.Detail])
	case ReasonMinimum:
		if r.Day {
			return fmt.Sprintf("%s: %s + %s = %s%s; it must be kept through that day, until %s.", rule, enDay(r.From), english.period(r.Period), enDay(lastDay(r.To)), english.notes[r.Detail], enTime(r.To))
		}
		return fmt.Sprintf("%s: %s + %s = %s%s; it must be kept until then.", rule, enTime(r.From), english.period(r.Period), enTime(r.To), english.notes[r.Detail])
	}
	return r.englishEnd(rule)
}

// englishEnd says the reasons that end a decision.
func (r Reason) englishEnd(rule string) string {
	switch r.Code {
	case ReasonUnknownEvent:
		return fmt.Sprintf("%s counts from %s, of which no date is known%s; a person must look.", rule, r.Trigger, r.ifCount(" for %d of the persons in the item"))
	case ReasonWaits:
		return fmt.Sprintf("%s counts from %s, which is not known to have happened; it is kept until it is.", rule, r.Trigger)
	case ReasonUnknownDate:
		return fmt.Sprintf("%s counts from %s, but the item has no such date; a person must look.", rule, r.Trigger)
	case ReasonImplausible:
		why := "lies in the future"
		if r.Detail == "before_1980" {
			why = "is what a clock shows that was never set"
		}
		return fmt.Sprintf("%s counts from %s, but the date %s %s; a person must look.", rule, r.Trigger, enTime(r.From), why)
	case ReasonOthers:
		return fmt.Sprintf("%s names some of the persons in the item, but %d of them are not named; a person must look.", rule, r.Count)
	case ReasonNoDeadline:
		return fmt.Sprintf("%s sets no deadline: one must be decided.", rule)
	case ReasonLongest:
		return fmt.Sprintf("Of %d minimums that of rule %s is the longest and binds: %s.", r.Count, r.Rule, enTime(r.To))
	case ReasonEarliest:
		return fmt.Sprintf("Of %d maximums that of rule %s is the earliest: %s.", r.Count, r.Rule, enTime(r.To))
	case ReasonConflict:
		return fmt.Sprintf("%s wants the item gone by %s, but rule %s keeps it until %s: the rules contradict each other, and the item is kept.", rule, enTime(r.From), r.Detail, enTime(r.To))
	case ReasonRunning:
		return fmt.Sprintf("The period of rule %s runs until %s.", r.Rule, enTime(r.To))
	case ReasonPassed:
		return fmt.Sprintf("The period of rule %s passed on %s.", r.Rule, enTime(r.To))
	case ReasonOnlyMinimum:
		return fmt.Sprintf("The item had to be kept until %s (rule %s), and no rule says when it must be gone; a person must decide.", enTime(r.To), r.Rule)
	case ReasonAction:
		return fmt.Sprintf("%s says %s: a person must look before anything is erased.", rule, r.Detail)
	case ReasonGaps:
		return fmt.Sprintf("%s could not be examined, and rule %s depends on what is in the item; a person must look.", english.count(r.Count, "place", "places"), r.Rule)
	case ReasonGapsHold:
		return fmt.Sprintf("%s could not be examined, and hold %s is about a person who may be in the item; a person must look.", english.count(r.Count, "place", "places"), r.Detail)
	case ReasonDoubt:
		return fmt.Sprintf("The dates of the item cannot be relied on (%s); a person must look.", r.Detail)
	case ReasonMargin:
		return fmt.Sprintf("The period of rule %s runs until %s; so that nothing grows older than it may between two looks, it is due from %s.", r.Rule, enTime(r.To), enTime(r.From))
	case ReasonRequest, ReasonRequestOthers, ReasonRequestNot, ReasonRequestGaps:
		return r.englishRequest()
	case ReasonNotInForce:
		return fmt.Sprintf("The schedule is in force from %s only.", enDay(r.To))
	}
	return string(r.Code)
}

// Danish says the reason in a sentence.
func (r Reason) Danish() string {
	rule := "Regel " + r.Rule
	switch r.Code {
	case ReasonHeld:
		return fmt.Sprintf("Tilbageholdelsen %s bevarer elementet, uanset hvad sletteplanen siger%s.", r.Detail, r.ifTo(" (skal vurderes igen senest %s)", daDay(r.To)))
	case ReasonHeldOverdue:
		return fmt.Sprintf("Tilbageholdelsen %s bevarer elementet, uanset hvad sletteplanen siger; den skulle have været vurderet igen senest %s og gælder, indtil den ophæves.", r.Detail, daDay(r.To))
	case ReasonArchiveLock, ReasonArchiveNewer:
		return r.danishArchive()
	case ReasonNoRule:
		return fmt.Sprintf("Ingen regel i sletteplanen (version %s) gælder for elementet.", r.Detail)
	case ReasonFallback:
		return fmt.Sprintf("%s: datoen for %s er ikke kendt; i stedet regnes der fra %s.", rule, daTrigger(r.Trigger), daTrigger(r.Detail))
	case ReasonCounts:
		if r.Day {
			return fmt.Sprintf("%s regner fra %s, %s%s%s.", rule, daTrigger(r.Trigger), daDay(r.From), r.ifSeveral(" (den seneste af %d datoer)"), r.ifDetail(" (hændelse %s i registret)"))
		}
		return fmt.Sprintf("%s regner fra %s, %s.", rule, daTrigger(r.Trigger), daTime(r.From))
	case ReasonFiscalYear:
		return fmt.Sprintf("%s: %s ligger i regnskabsåret, der slutter %s, og der regnes fra udgangen af den dag.", rule, daDay(r.From), daDay(r.To))
	case ReasonMaximum:
		if r.Day {
			return fmt.Sprintf("%s: %s + %s = %s%s; skal være slettet, når den dag er forbi, %s.", rule, daDay(r.From), danish.period(r.Period), daDay(lastDay(r.To)), danish.notes[r.Detail], daTime(r.To))
		}
		return fmt.Sprintf("%s: %s + %s = %s%s; skal være slettet senest da.", rule, daTime(r.From), danish.period(r.Period), daTime(r.To), danish.notes[r.Detail])
	case ReasonMinimum:
		if r.Day {
			return fmt.Sprintf("%s: %s + %s = %s%s; skal bevares til og med den dag og slettes tidligst %s.", rule, daDay(r.From), danish.period(r.Period), daDay(lastDay(r.To)), danish.notes[r.Detail], daTime(r.To))
		}
		return fmt.Sprintf("%s: %s + %s = %s%s; slettes tidligst da.", rule, daTime(r.From), danish.period(r.Period), daTime(r.To), danish.notes[r.Detail])
	}
	return r.danishEnd(rule)
}

// danishEnd says the reasons that end a decision.
func (r Reason) danishEnd(rule string) string {
	switch r.Code {
	case ReasonUnknownEvent:
		return fmt.Sprintf("%s regner fra %s, men der er ingen kendt dato%s; et menneske skal vurdere det.", rule, daTrigger(r.Trigger), r.ifCount(" for %d af personerne i elementet"))
	case ReasonWaits:
		return fmt.Sprintf("%s regner fra %s, der ikke vides at være sket; det bevares, indtil den er kendt.", rule, daTrigger(r.Trigger))
	case ReasonUnknownDate:
		return fmt.Sprintf("%s regner fra %s, men elementet har ingen sådan dato; et menneske skal vurdere det.", rule, daTrigger(r.Trigger))
	case ReasonImplausible:
		why := "ligger i fremtiden"
		if r.Detail == "before_1980" {
			why = "er den, som et ur viser, der aldrig er stillet"
		}
		return fmt.Sprintf("%s regner fra %s, men datoen %s %s; et menneske skal vurdere det.", rule, daTrigger(r.Trigger), daTime(r.From), why)
	case ReasonOthers:
		return fmt.Sprintf("%s nævner nogle af personerne i elementet, men %d af dem nævnes ikke; et menneske skal vurdere det.", rule, r.Count)
	case ReasonNoDeadline:
		return fmt.Sprintf("%s har ingen slettefrist: der skal fastsættes en.", rule)
	case ReasonLongest:
		return fmt.Sprintf("Af %d minimumsfrister er den i regel %s den længste, og den gælder: %s.", r.Count, r.Rule, daTime(r.To))
	case ReasonEarliest:
		return fmt.Sprintf("Af %d slettefrister er den i regel %s den tidligste: %s.", r.Count, r.Rule, daTime(r.To))
	case ReasonConflict:
		return fmt.Sprintf("%s siger slettet senest %s, men regel %s siger bevaret indtil %s: reglerne modsiger hinanden, og elementet bevares.", rule, daTime(r.From), r.Detail, daTime(r.To))
	case ReasonRunning:
		return fmt.Sprintf("Fristen i regel %s løber til %s.", r.Rule, daTime(r.To))
	case ReasonPassed:
		return fmt.Sprintf("Fristen i regel %s udløb %s.", r.Rule, daTime(r.To))
	case ReasonOnlyMinimum:
		return fmt.Sprintf("Elementet skulle bevares indtil %s (regel %s), og ingen regel siger, hvornår det skal være slettet; et menneske skal afgøre det.", daTime(r.To), r.Rule)
	case ReasonAction:
		wants := "vurderes"
		if r.Detail == string(ActionReport) {
			wants = "rapporteres"
		}
		return fmt.Sprintf("%s siger, at elementet skal %s: et menneske skal se på det, før noget slettes.", rule, wants)
	case ReasonGaps:
		return fmt.Sprintf("%s kunne ikke undersøges, og regel %s afhænger af, hvad der står i elementet; et menneske skal vurdere det.", danish.count(r.Count, "sted", "steder"), r.Rule)
	case ReasonGapsHold:
		return fmt.Sprintf("%s kunne ikke undersøges, og tilbageholdelsen %s handler om en person, der kan være i elementet; et menneske skal vurdere det.", danish.count(r.Count, "sted", "steder"), r.Detail)
	case ReasonDoubt:
		return fmt.Sprintf("Elementets datoer er ikke til at stole på (%s); et menneske skal vurdere det.", r.Detail)
	case ReasonMargin:
		return fmt.Sprintf("Fristen i regel %s løber til %s; for at intet bliver for gammelt mellem to gennemgange, skal det slettes fra %s.", r.Rule, daTime(r.To), daTime(r.From))
	case ReasonRequest, ReasonRequestOthers, ReasonRequestNot, ReasonRequestGaps:
		return r.danishRequest()
	case ReasonNotInForce:
		return fmt.Sprintf("Sletteplanen gælder først fra %s.", daDay(r.To))
	}
	return string(r.Code)
}

func (r Reason) ifTo(format, arg string) string {
	if r.To.IsZero() {
		return ""
	}
	return fmt.Sprintf(format, arg)
}

func (r Reason) ifDetail(format string) string {
	if r.Detail == "" {
		return ""
	}
	return fmt.Sprintf(format, r.Detail)
}

func (r Reason) ifSeveral(format string) string {
	if r.Count < 2 {
		return ""
	}
	return fmt.Sprintf(format, r.Count)
}

func (r Reason) ifCount(format string) string {
	if r.Count == 0 {
		return ""
	}
	return fmt.Sprintf(format, r.Count)
}

// language holds the words that sums are made of.
type language struct {
	units [4][2]string // years, months, weeks, days: one, several
	and   string
	notes map[string]string
}

var english = language{
	units: [4][2]string{{"year", "years"}, {"month", "months"}, {"week", "weeks"}, {"day", "days"}},
	and:   " and ",
	notes: map[string]string{
		NoteClipped: " (that month has no such day, its last is taken)",
		NoteGap:     " (the clock skips that hour, the next is taken)",
		NoteTwice:   " (the clock shows that hour twice, the later is taken)",
	},
}

var danish = language{
	units: [4][2]string{{"år", "år"}, {"måned", "måneder"}, {"uge", "uger"}, {"dag", "dage"}},
	and:   " og ",
	notes: map[string]string{
		NoteClipped: " (den måned har ikke den dag, den sidste regnes)",
		NoteGap:     " (uret springer den time over, den næste regnes)",
		NoteTwice:   " (uret viser den time to gange, den seneste regnes)",
	},
}

// Danish is the period in words: 1 år og 6 måneder.
func (p Period) Danish() string { return danish.period(p.String()) }

// English is the period in words: 1 year and 6 months.
func (p Period) English() string { return english.period(p.String()) }

// period says an ISO 8601 period in words.
func (l language) period(iso string) string {
	p, err := ParsePeriod(iso)
	if err != nil {
		return iso
	}
	var parts []string
	for i, n := range []int{p.Years, p.Months, p.Weeks, p.Days} {
		if n != 0 || i == 3 && len(parts) == 0 {
			parts = append(parts, l.count(n, l.units[i][0], l.units[i][1]))
		}
	}
	return strings.Join(parts, l.and)
}

func (l language) count(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + several
}

// daTrigger names a trigger in Danish.
func daTrigger(s string) string {
	t, err := ParseTrigger(s)
	if err != nil {
		return s
	}
	name := map[string]string{
		baseRecorded: "optagelsen", baseReceived: "modtagelsen", baseCreated: "oprettelsen",
		baseModified: "den seneste ændring", baseEvent: daEvents(t.Event),
	}[t.Base]
	if t.FiscalYearEnd {
		return "udgangen af regnskabsåret for " + name
	}
	return name
}

// daEvents names an event, or the last of several.
func daEvents(names string) string {
	all := strings.Split(names, eventSeparator)
	if len(all) == 1 {
		return "hændelsen " + all[0]
	}
	return "den seneste af hændelserne " + strings.Join(all[:len(all)-1], ", ") + " og " + all[len(all)-1]
}

// lastDay is the day that ends at midnight t.
func lastDay(t time.Time) time.Time { return dayOf(t).plusDays(-1).start() }

func enDay(t time.Time) string { return t.In(copenhagen).Format("2006-01-02") }
func daDay(t time.Time) string { return t.In(copenhagen).Format("02-01-2006") }

func enTime(t time.Time) string { return clock(t, "2006-01-02 15:04", "2006-01-02 15:04:05") }
func daTime(t time.Time) string {
	return clock(t, "02-01-2006 kl. 15.04", "02-01-2006 kl. 15.04.05")
}

// clock formats with seconds where there are any.
func clock(t time.Time, minutes, seconds string) string {
	t = t.In(copenhagen)
	if t.Second() != 0 {
		return t.Format(seconds)
	}
	return t.Format(minutes)
}
