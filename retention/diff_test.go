package retention_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sletdk/slet/retention"
)

func TestDiff(t *testing.T) {
	const base = `version: 1
fiscal_year_end: 12-31
rules:
  - {id: A, title: Personale, match: {path: ["**/HR/**"]}, trigger: "event:fratrædelse", fallback: none, delete_after: P5Y, action: erase}
  - {id: B, title: Løn, match: {document_type: [loenseddel]}, keep_until: {trigger: "fiscal_year_end(modified)", period: P5Y}}
coverage:
  - {id: C, system: EG-Bolig, title: Husleje, deadline: 5 år, by: Økonomi}
`
	parse := func(in string) *retention.Schedule {
		s, err := retention.ParseSchedule("s.yaml", []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, tt := range []struct{ old, new, english, danish string }{
		{"P5Y, action", "P60M, action", "", ""}, // the same
		{"version: 1", "version: 2", "version is now 2; it was 1.", "versionen er nu 2; før 1."},
		{"version: 1", "version: 1\neffective_from: 2027-01-01", "effective_from is now 2027-01-01; there was none.", "ikrafttrædelsen er nu 2027-01-01; før var der ingen."},
		{"P5Y, action", "P2Y6M, action", "A: delete_after is now 2 years and 6 months; it was 5 years.", "A: slettefristen er nu 2 år og 6 måneder; før 5 år."},
		{"delete_after: P5Y, action: erase", "delete_after: P5Y, action: review", "A: action is now review; it was erase.", "A: handlingen er nu vurder; før slet."},
		{"fallback: none", "fallback: keep", "A: fallback is now keep; there was none.", "A: reserve-starttidspunktet er nu bevar, til hændelsen kendes; før var der ingen."},
		{"fallback: none", "fallback: received", "A: fallback is now received; there was none.", "A: reserve-starttidspunktet er nu modtagelsen; før var der ingen."},
		{"event:fratrædelse", "latest(event:fratrædelse, event:skade)", "A: trigger is now latest(event:fratraedelse, event:skade); it was event:fratraedelse.", "A: starttidspunktet er nu den seneste af hændelserne fratraedelse og skade; før hændelsen fratraedelse."},
		{`["**/HR/**"]`, `["**/HR/**", "b"]`, "A: match.path is now **/hr/**, b; it was **/hr/**.", "A: stien er nu **/hr/**, b; før **/hr/**."},
		{"period: P5Y}}", "period: P6Y}}", "B: keep_until is now 6 years (fiscal_year_end(modified)); it was 5 years (fiscal_year_end(modified)).", "B: minimumsfristen er nu 6 år efter udgangen af regnskabsåret for den seneste ændring; før 5 år efter udgangen af regnskabsåret for den seneste ændring."},
		{"id: B, title: Løn", "id: D, title: Lønsedler", "B is gone: Løn.\nD is new: Lønsedler.", "B er fjernet: Løn.\nD er ny: Lønsedler."},
		{"by: Økonomi", "by: Økonomi, every: P6M", "C: every is now 6 months; it was 1 year.", "C: hvor tit der kontrolleres er nu 6 måneder; før 1 år."},
		{"deadline: 5 år", "deadline: none", "C: deadline is now none; it was 5 år.", "C: fristen er nu ingen; før 5 år."},
		{"\ncoverage:\n  - {id: C, system: EG-Bolig, title: Husleje, deadline: 5 år, by: Økonomi}", "", "C is gone: EG-Bolig: Husleje.", "C er fjernet: EG-Bolig: Husleje."},
	} {
		in := strings.Replace(base, tt.old, tt.new, 1)
		if in == base {
			t.Fatalf("%q is not in the schedule", tt.old)
		}
		var en, da []string
		for _, c := range retention.Diff(parse(base), parse(in)) {
			en, da = append(en, c.English()), append(da, c.Danish())
		}
		if diff := cmp.Diff([]string{tt.english, tt.danish}, []string{strings.Join(en, "\n"), strings.Join(da, "\n")}); diff != "" {
			t.Errorf("%s -> %s (-want +got)\n%s", tt.old, tt.new, diff)
		}
	}
}

// TestDiffAndHashAgree: two schedules differ exactly when their hashes do.
func TestDiffAndHashAgree(t *testing.T) {
	same, different := 0, 0
	for i := range 3_000 {
		r := rand.New(rand.NewPCG(3, uint64(i)))
		a := randomWorld(r).schedule
		b := *a
		b.Rules = append([]retention.Rule(nil), a.Rules...)
		r.Shuffle(len(b.Rules), func(i, j int) { b.Rules[i], b.Rules[j] = b.Rules[j], b.Rules[i] })
		if r.IntN(2) == 0 {
			b.Rules[0] = randomRule(r, b.Rules[0].ID)
		}
		changes := retention.Diff(a, &b)
		if (len(changes) == 0) != (a.Hash() == b.Hash()) {
			t.Fatalf("world %d: %+v\n%+v\n%+v", i, changes, a, b)
		}
		if len(changes) == 0 {
			same++
		} else {
			different++
		}
	}
	if same < 100 || different < 100 {
		t.Errorf("%d the same, %d different: too few to mean anything", same, different)
	}
}
