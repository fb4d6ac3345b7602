package detectors

import "strings"

// code is a reason, as in Hit.Reasons. What follows a colon is a word of the
// lexicon, never text of a document.
type code string

// The reasons of the CPR detector.
const (
	codeMod11       code = "mod11"
	codeOfficial    code = "first-january"
	codeJanuary     code = "first-january-unlisted"
	codeNoMod11     code = "no-mod11"
	codeReplacement code = "replacement"
	codeHeader      code = "header"
	codeLabel       code = "label"
	codeContext     code = "context"
	codeOther       code = "other"
	codeNear        code = "near"
	codeHyphen      code = "hyphen"
	codeBare        code = "bare"
	codeSplit       code = "split-line"
	codeLoose       code = "loose-separator"
	codeCells       code = "two-cells"
	codeAmount      code = "amount"
	codeLostZero    code = "lost-zero"
	codeGlued       code = "glued"
	codeDigits      code = "digits-near"
	codeList        code = "list"
	codeDense       code = "dense"
	codeSeries      code = "series"
	codeEpoch       code = "epoch-range"
	codePNumber     code = "p-number-range"
)

// of returns the code with a word of the lexicon.
func (c code) of(stem string) string { return string(c) + ":" + stem }

// explanation is the sentence behind a code. A %s stands for the word after
// the colon.
type explanation struct {
	code            code
	english, danish string
}

var explanations = []explanation{
	{codeMod11, "The check digit is right (modulus 11).",
		"Kontrolcifferet passer (modulus 11)."},
	{codeOfficial, "The check digit is wrong, but the birth date is one of those for which CPR-kontoret has issued numbers without check digit.",
		"Kontrolcifferet passer ikke, men fødselsdatoen er en af dem, hvor CPR-kontoret har udstedt numre uden kontrolciffer."},
	{codeJanuary, "The check digit is wrong, but the birth date is a 1 January, for which numbers without check digit are issued.",
		"Kontrolcifferet passer ikke, men fødselsdatoen er en 1. januar, hvor der udstedes numre uden kontrolciffer."},
	{codeNoMod11, "The check digit is wrong (modulus 11).",
		"Kontrolcifferet passer ikke (modulus 11)."},
	{codeReplacement, "A replacement number: 60 is added to the day of birth.",
		"Et erstatningspersonnummer: der er lagt 60 til fødselsdagen."},
	{codeHeader, "The column's header says so (%q).",
		"Kolonnens overskrift siger det (»%s«)."},
	{codeLabel, "A label at the number says so (%q).",
		"En betegnelse ved nummeret siger det (»%s«)."},
	{codeContext, "A word before it speaks of a person (%q).",
		"Et ord før nummeret handler om en person (»%s«)."},
	{codeOther, "Its own label says that it is another kind of number (%q).",
		"Dets egen betegnelse siger, at det er en anden slags nummer (»%s«)."},
	{codeNear, "A word before it speaks of another kind of number (%q).",
		"Et ord før nummeret handler om en anden slags nummer (»%s«)."},
	{codeHyphen, "It is written with a hyphen, like a CPR number.",
		"Det er skrevet med bindestreg som et CPR-nummer."},
	{codeBare, "Ten digits without a separator.",
		"Ti cifre uden skilletegn."},
	{codeSplit, "It is divided over two lines.",
		"Det er delt over to linjer."},
	{codeLoose, "It is written with an unusual separator.",
		"Det er skrevet med et usædvanligt skilletegn."},
	{codeCells, "It is divided over two cells of a table.",
		"Det er delt over to celler i en tabel."},
	{codeAmount, "It is written like an amount.",
		"Det er skrevet som et beløb."},
	{codeLostZero, "Nine digits in a column of CPR numbers: the leading zero is lost.",
		"Ni cifre i en kolonne med CPR-numre: nullet foran er gået tabt."},
	{codeGlued, "It is written together with a word.",
		"Det er skrevet sammen med et ord."},
	{codeDigits, "Other digits are attached to it.",
		"Der hænger andre cifre sammen med det."},
	{codeList, "The numbers around it are CPR numbers.",
		"Numrene omkring det er CPR-numre."},
	{codeDense, "Most ten-digit numbers around it are not CPR numbers.",
		"De fleste ticifrede numre omkring det er ikke CPR-numre."},
	{codeSeries, "It belongs to a series of numbers that are not CPR numbers.",
		"Det hører til en række numre, der ikke er CPR-numre."},
	{codeEpoch, "It may also be a point in time (Unix seconds).",
		"Det kan også være et tidspunkt (Unix-sekunder)."},
	{codePNumber, "It may also be a P number (production unit).",
		"Det kan også være et P-nummer (produktionsenhed)."},
}

// Explain returns the sentence that a reason code stands for, in English and
// Danish; both are empty for a code that no detector gives.
func Explain(reason string) (english, danish string) {
	name, word, _ := strings.Cut(reason, ":")
	for _, list := range [][]explanation{explanations, moreExplanations} {
		for _, e := range list {
			if string(e.code) == name {
				return strings.ReplaceAll(e.english, "%q", `"`+word+`"`), strings.ReplaceAll(e.danish, "%s", word)
			}
		}
	}
	return "", ""
}
