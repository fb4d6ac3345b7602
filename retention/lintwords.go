package retention

import "fmt"

// English says the warning in a sentence.
func (w Warning) English() string {
	switch w.Code {
	case WarnNoDeadline:
		return fmt.Sprintf("%s has no deadline (%s): one must be decided.", w.Rule, w.Detail)
	case WarnConflict:
		return fmt.Sprintf("%s: what the rule is made from contradicts itself: %s.", w.Rule, w.Detail)
	case WarnContradiction:
		if w.Rule == w.Other {
			return fmt.Sprintf("%s contradicts itself%s: it must be gone before it may be gone; it is kept, as a conflict, until then.", w.Rule, some(w.Detail, " for some dates"))
		}
		return fmt.Sprintf("%s and %s contradict each other%s: %s wants gone what %s keeps longer; such items are kept, as a conflict.", w.Rule, w.Other, some(w.Detail, " for some dates"), w.Rule, w.Other)
	case WarnUnreachable:
		return fmt.Sprintf("%s never decides: %s is about everything it is about, and binds first.", w.Rule, w.Other)
	case WarnUnknownSource:
		return fmt.Sprintf("rule %s: no source is called %q.", w.Rule, w.Detail)
	case WarnUnknownType:
		return fmt.Sprintf("rule %s: no document type is called %q.", w.Rule, w.Detail)
	case WarnUnknownCategory:
		return fmt.Sprintf("rule %s: no category is called %q.", w.Rule, w.Detail)
	case WarnUnknownDetector:
		return fmt.Sprintf("rule %s: no detector is called %q.", w.Rule, w.Detail)
	case WarnNoItems:
		return fmt.Sprintf("rule %s: nothing that has been scanned lies in %s.", w.Rule, w.Detail)
	case WarnTypeWithoutRule:
		return fmt.Sprintf("%s of type %s: no rule is about them.", english.count(int(w.Count), "item", "items"), w.Detail)
	case WarnCategoryWithoutRule:
		return fmt.Sprintf("%s with %s: no rule is about them.", english.count(int(w.Count), "item", "items"), w.Detail)
	case WarnTypesUnnamed:
		return fmt.Sprintf("no rule can be about these document types: %s.", w.Detail)
	}
	return string(w.Code)
}

// Danish says the warning in a sentence.
func (w Warning) Danish() string {
	switch w.Code {
	case WarnNoDeadline:
		return fmt.Sprintf("%s har ingen slettefrist (%s): der skal fastsættes en.", w.Rule, w.Detail)
	case WarnConflict:
		return fmt.Sprintf("%s: grundlaget modsiger sig selv: %s.", w.Rule, w.Detail)
	case WarnContradiction:
		if w.Rule == w.Other {
			return fmt.Sprintf("%s modsiger sig selv%s: fristen for sletning ligger før fristen for bevaring; indtil da bevares elementet som modstridende.", w.Rule, some(w.Detail, " for nogle datoer"))
		}
		return fmt.Sprintf("%s og %s modsiger hinanden%s: %s vil have slettet, hvad %s bevarer længere; sådanne elementer bevares som modstridende.", w.Rule, w.Other, some(w.Detail, " for nogle datoer"), w.Rule, w.Other)
	case WarnUnreachable:
		return fmt.Sprintf("%s afgør aldrig noget: %s gælder for alt, som den gælder for, og kommer først.", w.Rule, w.Other)
	case WarnUnknownSource:
		return fmt.Sprintf("Regel %s: ingen kilde hedder \"%s\".", w.Rule, w.Detail)
	case WarnUnknownType:
		return fmt.Sprintf("Regel %s: ingen dokumenttype hedder \"%s\".", w.Rule, w.Detail)
	case WarnUnknownCategory:
		return fmt.Sprintf("Regel %s: ingen kategori hedder \"%s\".", w.Rule, w.Detail)
	case WarnUnknownDetector:
		return fmt.Sprintf("Regel %s: ingen detektor hedder \"%s\".", w.Rule, w.Detail)
	case WarnNoItems:
		return fmt.Sprintf("Regel %s: intet af det gennemgåede ligger i %s.", w.Rule, w.Detail)
	case WarnTypeWithoutRule:
		return fmt.Sprintf("%s af typen %s: ingen regel gælder for dem.", danish.count(int(w.Count), "element", "elementer"), w.Detail)
	case WarnCategoryWithoutRule:
		return fmt.Sprintf("%s med %s: ingen regel gælder for dem.", danish.count(int(w.Count), "element", "elementer"), w.Detail)
	case WarnTypesUnnamed:
		return fmt.Sprintf("Ingen regel kan gælde for disse dokumenttyper: %s.", w.Detail)
	}
	return string(w.Code)
}

// some is the words for a contradiction that depends on the date.
func some(detail, words string) string {
	if detail == "some" {
		return words
	}
	return ""
}
