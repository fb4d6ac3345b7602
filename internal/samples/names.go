package samples

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// rareGiven and rareLast are names that people in Denmark have and that no list
// of common ones has: the lists of package detectors have none of them but the
// last three. A test holds them to that.
const (
	rareGiven = `Oluwaseun Chidinma Łukasz Şükran Małgorzata Đorđe Jiří Ayşe Kwabena Siddharth Aputsiaq Nivikka Jóannes Hákun Thorbjarne Wiebren Ignatius Aurelius Valborga Rosalinde Philomena
Eluned Siobhan Ndidi Babajide Tunde Yewande Thandiwe Sipho Kofi Abena Akua Nkechi Amadou Ousmane Fatoumata Aminu Lakshmi Venkatesh Anjali Rohan Meera Devi Harpreet Gurpreet Manpreet Ngozi Ikechukwu
Taavi Kaarel Liis Aistė Rūta Žydrūnė Gintarė Vilius Mindaugas Dovilė Agnė Kirsi Päivi Jukka Matti Aino Sólrun Heðin Barbur Eyðun Inuuteq Pavia Aviâja Kunuk Minik Ulloriaq Tukummeq Qupanuk`
	rareLast = `Oyelaran Yılmazer Wiśniewska Popović Trịnh El-Khatib Öztürkmen Nováková O'Brien Shevchuk Ogunleye Chatterjee Balasubramaniam Petersdorff Gyllenkrantz Steenhuis Mikaelyan Kvaratskhelia Tamm Kask
Kazlauskienė Petrauskas Virtanen Korhonen Lynge-Motzfeldt Petrussen-Berthelsen Qvist-Olsvig Zachariasdóttir Gaardsvold Bruunstoft Kløverholm Tangkrogh Rebæk-Lau Nyrønning Vestskov Brinkløv Aagren Dyhrkær
Hansen Sørensen Jensen`
)

// RareName returns a name of which the given name, and mostly the surname, is
// not a common Danish one.
func RareName(r *rand.Rand) string {
	name := pick(r, strings.Fields(rareGiven)...)
	switch r.IntN(8) {
	case 0:
		name += " " + pick(r, strings.Fields(rareLast)...)
	case 1:
		name += " " + pick(r, "A.", "B.", "K.")
	case 2:
		return name + " " + pick(r, "van der Berg", "de Silva", "al Rashid", "von Bülow")
	}
	return name + " " + pick(r, strings.Fields(rareLast)...)
}

// RareNames yields every rare given name with every rare surname.
func RareNames(yield func(name string) bool) {
	for _, given := range strings.Fields(rareGiven) {
		for _, last := range strings.Fields(rareLast) {
			if !yield(given + " " + last) {
				return
			}
		}
	}
}

// NamePlaces is in how many ways InPlace writes a name.
const NamePlaces = 10

// InPlace writes somebody's name with an address or a birth date, in one of
// NamePlaces ways.
func InPlace(r *rand.Rand, name string, way int) string {
	born := fmt.Sprintf("%d. %s 18%d", 1+r.IntN(28), pick(r, "januar", "marts", "oktober"), 58+r.IntN(42))
	numeric := fmt.Sprintf("%02d.%02d.18%d", 1+r.IntN(28), 1+r.IntN(12), 58+r.IntN(42))
	switch way {
	case 0:
		return fmt.Sprintf("%s\n%s\n%s\n\n%s", name, Street(r), Town(r), Words(r, 5))
	case 1:
		return fmt.Sprintf("%s %s, %s, %s %s", Words(r, 3), name, Street(r), Town(r), Words(r, 3))
	case 2:
		return fmt.Sprintf("%s, født %s", name, born)
	case 3:
		return fmt.Sprintf("%s;%s;%s\n", name, Street(r), Town(r))
	case 4:
		return fmt.Sprintf("Navn: %s\nFødselsdato: %s\n%s", name, numeric, Words(r, 4))
	case 5:
		return fmt.Sprintf("Borger: %s, f. %s. %s", name, numeric, Words(r, 4))
	case 6:
		return fmt.Sprintf("%d%s%s%s%s, 2. tv.%s%s%s", 100+r.IntN(900), cellEnd, name, cellEnd, Street(r), cellEnd, Town(r), cellEnd)
	case 7:
		return fmt.Sprintf("%s (født %s) %s", name, born, Words(r, 4))
	case 8:
		return fmt.Sprintf("%s;%d;%s;%s\n", name, 20000000+r.IntN(7e7), Street(r), Town(r))
	}
	return fmt.Sprintf("Kære %s\n%s. Vi har noteret din adresse, %s, %s.", name, Words(r, 3), Street(r), Town(r))
}

// NoPerson returns text with an address or a date beside words that are no
// person's name: organisations, places, rooms, headings.
func NoPerson(r *rand.Rand) string {
	what := pick(r, "Eksempel Kommune", "Solgårdens Plejehjem", "Tandlægerne Bredgade", "Børnehaven Mælkevejen", "Restaurant Den Gyldne Okse", "Ny Carlsberg Glyptotek",
		"Afdeling Nord", "Team Løn", "Store Sal", "Lokalplan Nord", "Nordlys Holding ApS", "Dansk Byggeri A/S", "Tømrerfirmaet Skov", "Social og Sundhed", "Børn og Unge", "Sankt Hans Torv",
		"Nørre Snede Hallen", "Jobcenter Vest", "Holm & Lund Advokater", "Beboerhuset Kilden", "Region Eksempel", "Hotel Postgaarden", "Møllers Auto", "Sundhedscenter Syd", "Den Gamle By",
		"Kontoret For Drift", "Ejerforeningen Bakken", "Bosted Skovbrynet", "Skive Bibliotek", "Levering Til Døren", "Grøn Omstilling", "Nye Boliger", "Åbent Hus", "Ældre Sagen", "Røde Kors",
		"Falck Redning", "Vores Fælles Hus", "Café Paradis", "Hvide Sande", "Blå Kors", "Danske Spil", "Coop Trading", "Kræftens Bekæmpelse", "Mødrehjælpen Aarhus", "Ørsted Salg", "Nørrebro Bycenter", "Frelsens Hær")
	switch r.IntN(5) {
	case 0:
		return fmt.Sprintf("%s\n%s\n%s\n\n%s", what, Street(r), Town(r), Words(r, 5))
	case 1:
		return fmt.Sprintf("%s %s, %s, %s %s", Words(r, 3), what, Street(r), Town(r), Words(r, 3))
	case 2:
		return fmt.Sprintf("%s;%s;%s\n", what, Street(r), Town(r))
	case 3:
		return fmt.Sprintf("Navn: %s\nDato: %d. maj 2024\n%s", what, 1+r.IntN(28), Words(r, 4))
	}
	return fmt.Sprintf("%s, oprettet %d. marts 19%02d, %s", what, 1+r.IntN(28), 10+r.IntN(80), Words(r, 5))
}
