package detectors

import (
	"errors"
	"strings"
	"testing"
)

func TestCustom(t *testing.T) {
	p := testParts(t, Options{Custom: append([]Custom{
		{Name: "medarbejdernr", Category: "personale", Expression: `\bMA\d{5}\b`, Literal: "MA"},
		{Name: "uden", Expression: `(?i)lbnr\. \d+`, Literal: "bnr. "},
		{Name: "to", Expression: `xab .*cd`, Literal: "ab"},
		{Name: "linje", Expression: `(?m)^Fortroligt: .*$`},
	}, ownRules...)})
	d := p.detector(t, "custom")
	for _, tc := range [][2]string{
		{"om projekt  nordlys og HEMMELIGHEDEN", "projekt  nordlys, HEMMELIGHEDEN"},
		{"Projekt Nordlyset", ""}, {"Strandgaden 4", "gaden"}, {"nr 12345678, 123456789", "12345678"},
		{"SAG-2024/17 og SAG-2024/x", "SAG-2024/17"}, {"xSAG-2024/1", "SAG-2024/1"},
		{"xab ab cd", "xab ab cd"}, {"xab cd ab", "xab cd"},
		{"nr. MA12345, MA123456", "MA12345"}, {"Lbnr. 7", "Lbnr. 7"}, {"lbnr 7", ""},
		{"x\nFortroligt: ja\ny", "Fortroligt: ja"}, {"ikke Fortroligt: ja", ""},
		{strings.Repeat("SAG-2024/1", 3), "SAG-2024/1, SAG-2024/1, SAG-2024/1"},
		{"SAG-2024/" + strings.Repeat("1", 600), "SAG-2024/" + strings.Repeat("1", reachExpression+len("SAG-")-len("SAG-2024/"))},
	} {
		if got := brief(d.Find([]byte(tc[0]))); got != tc[1] {
			t.Errorf("%.60q: %q, want %q", tc[0], got, tc[1])
		}
	}
	hits := d.Find([]byte("MA12345"))
	if len(hits) != 1 || hits[0].Category != "personale" || strings.Join(hits[0].Reasons, " ") != "custom:medarbejdernr" {
		t.Errorf("hits %+v", hits)
	}
	if hits := d.Find([]byte("hemmelig")); len(hits) != 1 || hits[0].Category != "custom" {
		t.Errorf("hits %+v", hits)
	}
}

// TestCustomErrors: a rule that cannot be used is an error that names it.
func TestCustomErrors(t *testing.T) {
	for want, rule := range map[string]Custom{
		"neither words":      {Name: "regel-7"},
		"missing closing":    {Name: "regel-7", Expression: "abc("},
		"no literal":         {Name: "regel-7", Expression: `\d+`},
		"no literal of 3":    {Name: "regel-7", Expression: `(?i)hemmelig`},
		"empty text":         {Name: "regel-7", Expression: `(abc)*`},
		"start or the end":   {Name: "regel-7", Expression: `^abcd`},
		"without an express": {Name: "regel-7", Words: []string{"x"}, Literal: "abc"},
		"too short":          {Name: "regel-7", Words: []string{"ab*"}},
		"start with a let":   {Name: "regel-7", Words: []string{"12*"}},
		"longer than":        {Name: "regel-7", Words: []string{strings.Repeat("x", 65)}},
		"the name is to be":  {Name: "regel 7", Words: []string{"abc"}},
	} {
		_, err := New(Options{Custom: []Custom{rule}})
		if !errors.Is(err, ErrCustom) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), rule.Name) {
			t.Errorf("%+v: %v, want %q", rule, err, want)
		}
	}
	if _, err := New(Options{Custom: []Custom{ownRules[0], ownRules[0]}}); !errors.Is(err, ErrCustom) {
		t.Errorf("the same name twice: %v", err)
	}
}

func FuzzCustom(f *testing.F) {
	f.Add(`SAG-\d{4}/\d+`, "", "SAG-2024/17 SAG-1")
	f.Add(`\bMA\d+\b`, "MA", "MA12 MA13x MA14")
	f.Add(`(?m)^a.*b$`, "a", "ab\naab\n")
	f.Fuzz(func(t *testing.T, expression, literal, text string) {
		if len(expression) > 40 || len(text) > 2000 {
			return
		}
		c, _, err := newCustom([]Custom{{Name: "f", Expression: expression, Literal: literal}})
		if err != nil {
			if !errors.Is(err, ErrCustom) {
				t.Fatal(err)
			}
			return
		}
		c.table = allDetectors().table
		checkReach(t, c, []byte(text), 0, len(text))
		for _, h := range c.Find([]byte(text)) {
			if !strings.Contains(h.Value, string(c.rules[0].literal)) {
				t.Fatalf("%q in %q: %q does not have the literal", expression, text, h.Value)
			}
		}
	})
}
