package samples

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A Making is how positives of a detector are made, in the forms that letters,
// tables and forms have.
type Making struct {
	Detector string
	// Own are words of everyday numbers (OtherNumber) that are the detector's
	// own: a text with one of them is no negative.
	Own []string
	// Make returns a text and the value in it, in the detector's canonical form.
	Make func(r *rand.Rand) (text, value string)
}

// Makings are those of all detectors but cpr and lexicon.
func Makings() []Making {
	return []Making{
		{"person", nil, person},
		{"bank_account", []string{"kontonr"}, func(r *rand.Rand) (string, string) {
			bank, number := digits(r, 4, "1234567890"), digits(r, 7+r.IntN(4), "123456789")
			return fmt.Sprintf(pick(r, "Reg.nr. %s kontonr. %s", "reg. %s, konto: %s", "kontonummer %s %s", "NemKonto: %s-%s", "Kontonr\x1f%s %s\x1e", "bankoplysninger: reg.nr. %s, kontonr. %s"), bank, number), bank + "-" + number
		}},
		{"iban", []string{"IBAN"}, func(r *rand.Rand) (string, string) {
			s := danishIBAN(r)
			shown := s
			if r.IntN(2) == 0 {
				shown = foursOf(s)
			}
			return pick(r, "IBAN: ", "iban-nr. ", Words(r, 2)+" ", "") + shown + pick(r, "", ", "+Words(r, 2)), s
		}},
		{"payment_card", nil, func(r *rand.Rand) (string, string) {
			s := card(r, pick(r, "4571", "5019", "5413", "4", "2720"))
			switch r.IntN(3) {
			case 0:
				return Words(r, 3) + " " + foursOf(s) + " " + Words(r, 3), s
			case 1:
				return pick(r, "Dankort ", "Visa: ", "kortnr. ") + s, s
			}
			return Words(r, 2) + " " + s + " " + Words(r, 2), s
		}},
		{"passport", nil, func(r *rand.Rand) (string, string) {
			s := digits(r, 9, "123")
			return pick(r, "pasnr. ", "Pasnummer: ", "Pas nr. ", "passport no. ", "Pasnr\x1f") + s, s
		}},
		{"driving_licence", nil, func(r *rand.Rand) (string, string) {
			s := digits(r, 8, "123")
			return pick(r, "kørekortnr. ", "Kørekort nr.: ", "kørekort: ", "koerekortnummer ", "Kørekortnummer\x1f") + s, s
		}},
		{"phone", []string{"+45", "tlf"}, func(r *rand.Rand) (string, string) {
			s := digits(r, 8, "23456789")
			switch r.IntN(4) {
			case 0:
				return pick(r, "+45 ", "+45", "(+45) ") + pick(r, s, pairsOf(s)), "+45" + s
			case 1:
				return Words(r, 3) + " " + pairsOf(s) + " " + Words(r, 3), s
			}
			return pick(r, "tlf. ", "Tlf.: ", "mobil ", "Telefon\x1f", "telefonnummer: ") + pick(r, s, pairsOf(s), s[:4]+" "+s[4:]), s
		}},
		{"email", nil, func(r *rand.Rand) (string, string) {
			s := pick(r, "jens.hansen", "mette-s", "x.y+z", "søren", "ib") + strconv.Itoa(r.IntN(99)) + "@" + pick(r, "example.dk", "mail.example.com", "blåbær.dk")
			return pick(r, "mail: ", "<", Words(r, 2)+" ", "mailto:") + s + pick(r, ".", ">", "", " "+Words(r, 2)), s
		}},
		{"licence_plate", nil, func(r *rand.Rand) (string, string) {
			s := pick(r, "AB", "XY", "CD", "BZ") + digits(r, 5, "123456789")
			switch r.IntN(3) {
			case 0:
				return "bilen " + s[:2] + " " + s[2:4] + " " + s[4:] + " " + Words(r, 2), s
			case 1:
				return pick(r, "nummerplade ", "reg.nr. ", "registreringsnummer: ") + s, s
			}
			return pick(r, "nummerplade ", "køretøj: ") + s[:2] + " " + s[2:4] + " " + s[4:], s
		}},
	}
}

// person makes a name with an address or a birth date.
func person(r *rand.Rand) (text, value string) {
	name := Name(r)
	switch r.IntN(4) {
	case 0:
		return fmt.Sprintf("%s\n%s\n%s\n\n%s", name, Street(r), Town(r), Words(r, 5)), name
	case 1:
		return fmt.Sprintf("%s %s, %s, %s %s", Words(r, 3), name, Street(r), Town(r), Words(r, 3)), name
	case 2:
		return fmt.Sprintf("%s, født %d. %s 18%d", name, 1+r.IntN(28), pick(r, "januar", "marts", "oktober"), 58+r.IntN(42)), name
	}
	return fmt.Sprintf("%s;%s;%s\n", name, Street(r), Town(r)), name
}

// commonGiven and commonLast are among the commonest names in Denmark.
const (
	commonGiven = `Peter Jens Michael Lars Thomas Henrik Søren Christian Martin Jan Anne Kirsten Mette Hanne Anna Helle Susanne Lene Maria Marianne
Jørgen Niels Rasmus Mads Frederik Emma Ida Clara Laura Freja Oscar Viggo Aksel Noah William Birgit Inge Karen Bente Tove`
	commonLast = `Nielsen Jensen Hansen Andersen Pedersen Christensen Larsen Sørensen Rasmussen Jørgensen Petersen Madsen Kristensen Olsen Thomsen
Christiansen Poulsen Johansen Møller Mortensen Holm Lund Schmidt Kjær Bang Friis Dahl Skov Winther Østergaard`
)

// Name returns a common Danish name.
func Name(r *rand.Rand) string {
	name := pick(r, strings.Fields(commonGiven)...)
	if r.IntN(3) == 0 {
		name += " " + pick(r, strings.Fields(commonLast)...)
	}
	return name + " " + pick(r, strings.Fields(commonLast)...)
}

// Street returns a street with a house number.
func Street(r *rand.Rand) string {
	return pick(r, "Storegade", "Solsikkevej", "Ny Vestergade", "Bøgebakken", "Strandvejen", "Rosenallé", "Torvet", "Åparken") + " " + strconv.Itoa(1+r.IntN(199))
}

// Town returns a postcode with a town.
func Town(r *rand.Rand) string {
	return strconv.Itoa(1000+r.IntN(8990)) + " " + pick(r, "Aarhus C", "Odense", "København Ø", "Hvidovre", "Ærøskøbing")
}
