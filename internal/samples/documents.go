package samples

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A Document is a file with the type that it is of; Type is "" for one that is
// of none: policies, guidance, minutes, law, newsletters.
type Document struct {
	Path, Text, Type string
}

// kind is how documents of a type are made: what they are called when whoever
// saved them cared, and what stands in them. %s is a name.
type kind struct {
	name   string
	files  []string
	bodies []string
}

// TypesMade are the types of which there are documents here.
func TypesMade() []string {
	var list []string
	for _, k := range kinds {
		list = append(list, k.name)
	}
	return list
}

// Documents makes n documents of each type, a third of them with a file name
// that says nothing, and as many of no type as of all types together.
func Documents(n int) []Document {
	r := Rand(71)
	var list []Document
	for _, k := range kinds {
		for i := range n {
			person := Name(r)
			path := strings.ReplaceAll(pick(r, k.files...), "%s", person)
			if i%3 == 0 && len(k.bodies) > 0 {
				path = neutral(r)
			}
			text := ""
			if len(k.bodies) > 0 {
				text = fmt.Sprintf("%s\n%s\n%s\n", letterhead(r), strings.ReplaceAll(k.bodies[i%len(k.bodies)], "%s", person), Words(r, 40+r.IntN(200)))
			}
			list = append(list, Document{path, text, k.name})
		}
	}
	for i := range n * len(kinds) {
		list = append(list, Document{pick(r, neutral(r), neutral(r), notFiles[i%len(notFiles)]), fmt.Sprintf("%s\n%s\n%s\n", letterhead(r), notPersonal[i%len(notPersonal)], Words(r, 20+r.IntN(200))), ""})
	}
	return list
}

// neutral is a file name that says nothing.
func neutral(r *rand.Rand) string {
	return fmt.Sprintf(pick(r, "scan%04d.pdf", "Dokument%d.docx", "IMG_%d.pdf", "brev %d.docx", "Sag 2024-%d/doc.pdf", "ny mappe/kopi %d.docx"), r.IntN(9999))
}

// letterhead is what stands at the top of an office's letters.
func letterhead(r *rand.Rand) string {
	return pick(r, "", "Eksempel Kommune\nRådhuspladsen 2\n"+Town(r)+"\n", fmt.Sprintf("%s\n%s\n%s\n\nDen %d. maj 2024\n", Name(r), Street(r), Town(r), 1+r.IntN(28)), fmt.Sprintf("Dato: %02d.%02d.2023\nJ.nr. 2023-%d\n", 1+r.IntN(28), 1+r.IntN(12), r.IntN(9999)))
}

// notFiles are names of files that sound like a type, and are of none.
var notFiles = []string{"Retningslinjer for ansættelse.docx", "Vejledning - sygefravær.pdf", "Privatlivspolitik 2024.pdf", "Personalehåndbog.docx", "Slettepolitik.docx", "Referat af MED-møde.docx", "Nyhedsbrev juni.pdf", "Kursusplan.docx", "Årsrapport 2023.pdf", "Dagsorden.docx"}

// notPersonal mentions what the types are about, and is about nobody.
var notPersonal = []string{
	"Retningslinjer for rekruttering\nAnsøgninger og CV'er opbevares i seks måneder, hvorefter de slettes. Afslag på ansøgning sendes pr. mail. Referencer indhentes kun med samtykke. Slettefrist: se bilag. Spørgsmål om databeskyttelse rettes til Datatilsynet.",
	"Vejledning til ledere om sygefravær\nIndkald til en sygefraværssamtale inden fire uger. Mulighedserklæringen udfyldes i fællesskab. Lægeerklæring kan indhentes. Oplysninger om diagnose må ikke registreres. Se kommunens retningslinjer og slettefrister.",
	"Privatlivspolitik for ansatte\nVi behandler oplysninger om straffeattest, børneattest, lønseddel, pensionsbidrag, MUS-samtale, skriftlig advarsel og arbejdsskade. Se de registreredes rettigheder og klagevejledning til Datatilsynet.",
	"Slettepolitik\nAnsættelseskontrakter slettes fem år efter fratrædelse. Lønsedler er bogføringsbilag. Underretninger om børn slettes, når barnet fylder 18. Lejekontrakt, flytteopgørelse og husordensklage: fem år efter fraflytning. Slettefristerne er godkendt af direktionen.",
	"Databehandleraftale\nmellem den dataansvarlige og databehandleren. Instruks: behandlingen omfatter ansøgninger, ansættelseskontrakter, lønsedler og lægeerklæringer. Underdatabehandlere godkendes skriftligt.",
	"Referat af møde i MED-udvalget\n1. Sygefraværet er faldet. 2. Ny runde MUS i foråret. 3. Arbejdsskader: ingen. 4. Overenskomst og afspadsering drøftet. 5. Eventuelt: julefrokost.",
	"Referat af beboermøde\nFormanden orienterede om husordenen, om støj fra gården og om istandsættelse af trapperne. Klager sendes til bestyrelsen. Regnskabet blev godkendt.",
	"Bekendtgørelse om børneattester\nEfter § 2 i lov om indhentelse af børneattest skal myndigheden indhente attest fra Det Centrale Kriminalregister. Loven træder i kraft den 1. juli.",
	"Nyhedsbrev\nKære alle. Husk at indsende jeres timer inden ferien. Vi byder velkommen til to nye kolleger, og siger tak for indsatsen til Hanne, der går på pension. Foto: Kommunikation.",
	"Undervisning i journalføring\nPensum: WISC og WAIS, den psykologiske undersøgelse, samtaleteknik og etik. Eksamen er mundtlig. Undervisningen ligger tirsdage.",
	"Orientering om ny ferielov\nFeriepenge optjenes og afholdes samtidigt. Spørg lønkontoret om pension, skat og udbetaling. Reglerne gælder alle ansatte.",
	"Udbudsmateriale\nLeverandøren skal kunne håndtere faktura med EAN, moms og CVR. Betalingsfrist er 30 dage. Opgaverne omfatter rengøring på 12 adresser. Tilbud afgives elektronisk.",
	"Artikel til personalebladet\nHvornår må man klage over naboen? Beboerklagenævnet fortæller om de sjoveste sager, og om hvorfor gentagne klager sjældent hjælper.",
	"Kvalitetsstandard\nIndsatsen efter serviceloven omfatter støtte i eget hjem. Borgerens ønsker inddrages. Handleplaner laves af visitationen. Standarden er vedtaget af byrådet.",
	"Fortegnelse efter artikel 30\nFormål: personaleadministration. Kategorier: ansøgning, cv, kontrakt, løn, fravær, advarsel, attest. Modtagere: SKAT, pensionsselskaber. Slettefrist: fem år. Dataansvarlig: Eksempel Kommune.",
	"Kursusbeskrivelse: den svære samtale\nFor ledere. Vi gennemgår skriftlig advarsel, partshøring, påtænkt afsked og bortvisning, med øvelser. Pris: 4.500 kr.",
	"Vejledning til medarbejdere om arbejdsskader\nAnmeldelse af arbejdsulykke sker i EASY. Skadelidte udfylder del 1. Arbejdsmarkedets Erhvervssikring afgør sagen.",
	"Pressemeddelelse\nFærre underretninger om børn i år. Underretningspligten er kendt af flere, og barnets trivsel er i fokus, siger borgmesteren.",
	"Til alle beboere\nHusk, at husordenen gælder på altanerne. Indskud og depositum reguleres ikke i år. Aconto varme stiger med 40 kr.",
	"Tilbud på maling af facade\nVi takker for forespørgslen og tilbyder at male facaden for 48.000 kr. ekskl. moms. Arbejdet kan begynde i uge 32. Tilbuddet gælder i 30 dage.",
	"Opskrift\nKog kartoflerne i letsaltet vand. Bland sennep, eddike og olie. Servér med rugbrød.",
}

var kinds = []kind{
	{"ansoegning", []string{"Ansøgning %s.pdf", "ansoegning_%s.docx", "Motiveret ansøgning - %s.pdf", "Jobansøgning.docx"}, []string{
		"Ansøgning til stillingen som pædagog\nMed stor interesse har jeg læst jeres stillingsopslag, og jeg søger hermed stillingen. Mine kvalifikationer er ti års erfaring. Jeg ser frem til at høre fra jer.\nMed venlig hilsen %s",
		"Uopfordret ansøgning\nJeg er uddannet kontorassistent og søger job hos jer. Jeg håber, I vil invitere mig til en samtale, og ser frem til at høre fra jer.\n%s",
		"Vedr. stilling som teknisk servicemedarbejder, opslået på jeres hjemmeside\nJeg tillader mig at søge den ledige stilling. Vedlagt er mit CV.\nVenlig hilsen %s"}},
	{"cv", []string{"CV %s.pdf", "cv_%s.docx", "Curriculum Vitae.docx"}, []string{
		"Curriculum vitae\n%s\nErhvervserfaring\n2015–2023 Tømrer\nUddannelse\n2011–2015 Svend\nSprog: dansk, engelsk\nReferencer opgives gerne",
		"%s\nProfil\nErfaren projektleder.\nErhvervserfaring\n2018– Projektleder\nUddannelse\nCand.merc.\nKompetencer\nSAP, Excel\nFritid\nLøb",
		"CV – %s\nFødt 1970, gift, to børn. Kørekort B.\nNuværende stilling: lærer\nTidligere ansættelser: vikar\nUddannelse: seminariet\nSprogkundskaber: tysk"}},
	{"afslag_ansoegning", []string{"Afslag %s.docx", "afslag på stilling.pdf"}, []string{
		"Kære %s\nTak for din ansøgning til stillingen. Vi har modtaget mange kvalificerede ansøgninger og har valgt en anden kandidat.",
		"Kære %s\nVedrørende stillingen som assistent. Vi kan desværre ikke tilbyde dig stillingen; du er desværre ikke kommet i betragtning denne gang."}},
	{"reference", []string{"Reference på %s.docx", "Udtalelse %s.pdf", "Anbefaling.pdf"}, []string{
		"Indhentet reference på %s\nReferenceperson: tidligere leder. Samarbejdsevner: gode. Ville du ansætte igen? Ja.",
		"Anbefaling\n%s har været ansat hos os i fire år. Som tidligere arbejdsgiver kan jeg give de bedste anbefalinger."}},
	{"laegeerklaering", []string{"Lægeerklæring %s.pdf", "laegeerklaering.pdf", "Lægeattest %s.pdf"}, []string{
		"Lægeerklæring om uarbejdsdygtighed\nPatient: %s\nUarbejdsdygtig fra 3. maj. Forventet varighed: fire uger.\nLægens underskrift og stempel, ydernummer",
		"LÆGEERKLÆRING\nvedr. %s\nDiagnose: lumbago. Patienten er helt uarbejdsdygtig."}},
	{"mulighedserklaering", []string{"Mulighedserklæring %s.pdf"}, []string{
		"Mulighedserklæring\nDel 1 udfyldes af arbejdsgiverens og medarbejderens fælles samtale. Medarbejder: %s\nBeskrivelse af funktionsnedsættelser og påvirkede jobfunktioner. Aftalte skånehensyn: kortere dage.",
		"MULIGHEDSERKLÆRING efter sygedagpengelovens § 36 a\n%s\nAftalte skånehensyn: ingen tunge løft"}},
	{"sygefravaerssamtale", []string{"Sygefraværssamtale %s.docx", "fraværssamtale.docx", "Sygesamtale %s.docx"}, []string{
		"Referat af sygefraværssamtale med %s\nAntal sygedage det seneste år: 31. Aftale om delvis sygemelding. Næste samtale den 3. juni.",
		"Sygefraværssamtale\nMedarbejder: %s\nÅrsag til fraværet, mulighed for gradvis tilbagevenden, fastholdelsesplan aftalt."}},
	{"mus", []string{"MUS %s.docx", "mus-samtale 2024 %s.docx", "Udviklingsplan %s.docx"}, []string{
		"Referat af MUS-samtale med %s\nOpfølgning på sidste MUS. Udviklingsmål for det kommende år: kursus i ledelse.",
		"Medarbejderudviklingssamtale\nMedarbejder: %s\nTrivsel: god. Udviklingsplan: efteruddannelse."}},
	{"ansaettelseskontrakt", []string{"Ansættelseskontrakt %s.pdf", "Ansættelsesbrev %s.docx", "Kontrakt_%s.pdf"}, []string{
		"Ansættelseskontrakt\nMellem Eksempel Kommune og %s. Tiltrædelse: 1. maj. Arbejdssted: Rådhuset. Ugentlig arbejdstid: 37 timer. Opsigelsesvarsel efter funktionærloven.",
		"Ansættelsesbrev\n%s ansættes som pædagog pr. 1. august. Ansættelsesforholdet følger overenskomst mellem KL og BUPL. Arbejdssted: Børnehaven. Løn: trin 25. Opsigelsesvarsel: 3 måneder.",
		"Ansættelsesbevis for %s\nStilling: kontorassistent. Ugentlig arbejdstid: 32 timer. Overenskomst: HK."}},
	{"loenseddel", []string{"Lønseddel maj %s.pdf", "loenseddel_0524.pdf"}, []string{
		"Lønseddel\n%s\nPeriode 01.05–31.05. Grundløn 31.250,00. AM-bidrag 2.500,00. A-skat 9.100,00. ATP 99,00. Feriepenge 3.906,00. Til udbetaling 19.551,00",
		"LØNSEDDEL for %s\nBruttoløn 28.000. Pensionsbidrag 3.360. A-skat 8.000. Til udbetaling 16.640"}},
	{"opsigelse_advarsel", []string{"Opsigelse %s.docx", "Advarsel %s.pdf", "Bortvisning.docx", "Fratrædelse %s.docx"}, []string{
		"Skriftlig advarsel\nTil %s. Du tildeles hermed en skriftlig advarsel, fordi du er mødt for sent. Der har været partshøring.",
		"Skriftlig advarsel\n%s har overtrådt kommunens retningslinjer om alkohol. Du er hørt ved partshøring den 3. maj. Gentagelse kan medføre, at du bortvises. Se personalepolitikken.",
		"Opsigelse\nKære %s. Du opsiges hermed fra din stilling med fratræden den 31. august. Forud er gået påtænkt afsked og partshøring.",
		"Fratrædelsesaftale\nmellem Eksempel Kommune og %s. Parterne er enige om, at ansættelsen ophører. Medarbejderen bortvises ikke."}},
	{"boerneattest", []string{"Børneattest %s.pdf", "boerneattest.pdf"}, []string{
		"Børneattest\n%s\nI henhold til lov om indhentelse af børneattest i forbindelse med ansættelse af personale. Der er intet registreret i Det Centrale Kriminalregister.",
		"BØRNEATTEST vedrørende %s. Rigspolitiet oplyser, at der ikke er afgørelser om seksuelle forhold til børn under 15 år."}},
	{"straffeattest", []string{"Straffeattest %s.pdf"}, []string{
		"Privat straffeattest\n%s\nRigspolitiet. Ingen anførsler.",
		"Straffeattest til brug ved ansættelse\nVedrørende: %s. Kriminalregistret indeholder ingen oplysninger."}},
	{"arbejdsskade", []string{"Arbejdsskade %s.pdf", "Ulykke %s.docx"}, []string{
		"Anmeldelse af arbejdsulykke\nSkadelidte: %s. Skadesdato: 3. maj. Skadens art: brud på håndled. Sendes til Arbejdsmarkedets Erhvervssikring.",
		"Arbejdsmarkedets Erhvervssikring (AES)\nAfgørelse om arbejdsskade for %s. Skadestidspunkt: april 2023."}},
	{"tidsregistrering", []string{"Timeseddel %s uge 20.xlsx", "Tidsregistrering %s.pdf", "Kelio udtræk.xlsx"}, []string{
		"Timeregistrering\n%s\nUge 20: 37,0 timer. Flekssaldo: 4,5. Afspadsering: 2,0. Fraværskode: 21",
		"%s\nDato Komme Gå Fraværskode Flekssaldo\n1/5 08.00 16.00 – 3,5"}},
	{"underretning_barn", []string{"Underretning %s.docx", "underretning_barn.pdf"}, []string{
		"Underretning efter barnets lov § 133\nBarn: %s. Skolen har bekymring for barnet. Barnets trivsel er dalet siden jul.",
		"Kvittering for modtagelse af underretning\nVi har modtaget din underretning vedrørende %s."}},
	{"handleplan_borger", []string{"Handleplan %s.docx", "Pædagogisk plan %s.docx", "Status %s.docx"}, []string{
		"Handleplan\nBorger: %s. Botilbud efter serviceloven § 107. Indsatsmål: at mestre egen økonomi. Delmål 1: budget. Borgerens ønsker: en lejlighed.",
		"Status til visiterende kommune vedrørende %s\nDelmål 2 er nået. Indsatsmål fortsætter."}},
	{"journal_psykolog", []string{"Journal %s.docx", "Psykologisk undersøgelse %s.pdf"}, []string{
		"Psykologisk undersøgelse af %s\nUndersøgt med WISC-V. Resultater: gennemsnitlig. Autoriseret psykolog",
		"Journal\n%s\nWAIS-IV gennemført. Samtalenotat følger. Oplysningerne slettes efter slettefristen.",
		"Samtalenotat\nKlient: %s. Tredje samtale hos autoriseret psykolog. Klienten fremstår rolig."}},
	{"samtykke", []string{"Samtykke %s.pdf", "samtykkeerklæring.docx"}, []string{
		"Samtykkeerklæring\nJeg, %s, giver hermed samtykke til, at oplysninger udveksles mellem skolen og PPR. Du kan til enhver tid trække dit samtykke tilbage.",
		"Samtykke efter databeskyttelsesforordningens artikel 7\nUndertegnede %s giver hermed samtykke til indhentelse af oplysninger."}},
	{"lejekontrakt", []string{"Lejekontrakt %s.pdf", "Lejeaftale %s.pdf", "husleje_kontrakt.pdf"}, []string{
		"Lejekontrakt\nTypeformular A10. Lejer: %s. Lejemålets adresse: Storegade 3. Depositum: 18.000 kr. Aconto varme: 500 kr. Indflytningsdato: 1. maj.",
		"Lejekontrakt for almen bolig\nLejer: %s. Indskud: 32.000 kr. Lejemålet er omfattet af almenlejeloven. Husorden er vedlagt."}},
	{"fraflytning", []string{"Fraflytning %s.pdf", "Flytteopgørelse %s.pdf", "synsrapport.pdf"}, []string{
		"Synsrapport ved fraflytning\nLejer: %s. Misligholdelse: ridser i gulv. Istandsættelse: maling.",
		"Flytteopgørelse\nTil %s. Istandsættelse 4.500 kr. Misligholdelse 1.200 kr. Tilbagebetaling af indskud 26.300 kr."}},
	{"husordensklage", []string{"Klage over %s.docx", "Husorden %s.pdf", "støj.docx"}, []string{
		"Husordensklage\nKlage over nabo: %s. Støjgener hver weekend. Underskrift på to beboere.",
		"Til %s\nVi har modtaget gentagne klager over overtrædelse af husordenen. Sagen kan indbringes for beboerklagenævnet."}},
	{"restance_inkasso", []string{"Rykker %s.pdf", "Inkasso %s.pdf", "Restance %s.docx"}, []string{
		"Påkrav\nTil %s. Manglende huslejebetaling for maj. Betales restancen ikke, vil ophævelse af lejemål ske efter lejeloven.",
		"Inkasso\nVedrørende %s. Kravet er overgivet til inkasso. Der kan foretages udlæg."}},
	{"faktura_bilag", []string{"Faktura 1234.pdf", "Bilag 77.pdf", "kvittering.pdf"}, []string{
		"Faktura\nFakturanummer 20445. CVR 12345678. Konsulentydelse 10.000,00. Moms 2.500,00. Betalingsfrist 8 dage. Att. %s",
		"FAKTURA nr. 881\nTil %s. EAN 5798000000000. 3 stk. stole 4.500 kr. Moms 900 kr. Kontonummer 1234 5678901"}},
	{"billede_samtykke", []string{"Portræt %s.docx", "Foto samtykke %s.pdf"}, []string{
		"Samtykke til billeder\nJeg giver tilladelse til, at mit barn %s må fotograferes.",
		"Fototilladelse\nNavn: %s. Billederne må bruges på hjemmesiden."}},
	{"lydoptagelse", []string{"Samtale %s.m4a", "interview_%s.mp3", "Optagelse 3.wav", "Recording 12.amr"}, nil},
	{"printlog", []string{"joblog maj.csv", "papercut.csv", "printlog_2024.txt"}, []string{
		"Job name;Printer;User;Pages\nOpsigelse %s.docx;P2-KOPI;hmi;2",
		"Dokumentnavn;Antal sider;Printer\nBrev til %s.docx;1;Rum 2"}},
}
