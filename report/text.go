package report

// say says a Danish sentence in the language. One without a translation stays
// Danish; a test looks for those.
func (l Lang) say(danish string) string {
	if e, ok := english[danish]; ok && l == English {
		return e
	}
	return danish
}

// english is the report's text: the Danish sentence, and the English one.
var english = map[string]string{
	"Overblik": "Overview", "Hvad": "What", "Værdi": "Value", "Organisation": "Organisation", "CVR": "CVR", "Dannet": "Generated", "Program": "Program",
	"Sletteplan": "Schedule", "Tilstand": "Mode", "Sletning er slået til": "Erasing is turned on", "Prøvekørsel – intet slettes": "Dry run – nothing is erased",
	"elementer set": "items seen", "undersøgt": "examined", "sprunget over": "skipped", "kunne ikke åbnes": "could not be opened", "steder ikke undersøgt": "places not examined",
	"private mapper, ikke åbnet": "private folders, not opened", "personer (forskellige CPR-numre)": "persons (different CPR numbers)",
	"Forfalden i 0–30 dage": "Due for 0–30 days", "Forfalden i 1–6 måneder": "Due for 1–6 months", "Forfalden i 6–12 måneder": "Due for 6–12 months", "Forfalden i over 1 år": "Due for over 1 year",
	"Forfalder om 0–30 dage": "Due in 0–30 days", "Forfalder om 31–90 dage": "Due in 31–90 days",
	"Revisionslog": "Audit log", "Linjer i revisionsloggen": "Lines in the audit log", "Sidste hash": "Last hash", "kæden er ubrudt": "the chain is unbroken",

	"Dækning": "Coverage", "Kilde": "Source", "Type": "Type", "Sted": "Place", "Sidst gennemgået": "Last scanned", "Fuldført": "Complete", "ja": "yes", "nej": "no",
	"Set": "Seen", "Undersøgt": "Examined", "heraf delvist": "of these in part", "Sprunget over": "Skipped", "Fejlet": "Failed", "Mangler": "Gaps", "Private mapper": "Private folders",
	"Læst sidst (bytes)": "Read last (bytes)",

	"Ikke undersøgt": "Not examined", "Sti": "Path", "Årsag": "Reason", "Besked": "Message", "og %s mere, som er talt med i dækningen": "and %s more, which the coverage counts",

	"Fund": "Findings", "Kategori": "Category", "Elementer": "Items", "heraf sikre": "of these confirmed",

	"Element": "Item", "Dokumenttype": "Document type", "Bytes": "Bytes", "Træf": "Matches", "Personer": "Persons", "Afgørelse": "Disposition", "Regel": "Rule",
	"Regnes fra": "Counts from", "Startdato": "Start date", "Forfald": "Due", "Status": "State", "Begrundelse": "Reasons",
	"Arket er fuldt; resten findes i CSV og JSON.": "The sheet is full; the rest is in CSV and JSON.",

	"Prognose": "Forecast", "Måned": "Month", "senere": "later", "forfaldent nu": "due now", "Sletteplanens mangler": "Doubts in the schedule", "Det er tvivlsomt": "What is doubtful",
	"Uden for rækkevidde": "Out of reach", "System": "System", "Titel": "Title", "Frist": "Deadline", "Kontrolleres af": "Checked by", "Sidst kontrolleret": "Last checked",
	"Af": "By", "Næste kontrol": "Next check", "Forsinket": "Overdue",

	"Sletteforslag": "Plans", "Forslag": "Plan", "Oprettet": "Created", "Godkendt af": "Approved by", "Godkendt": "Approved",
	"Sletninger": "Erasures", "Resultat": "Result", "Metode": "Method", "Sikkerhed": "Assurance", "Forbehold": "Caveats", "Tid": "Time",
	"Tilbageholdelser": "Holds", "Id": "Id", "Grund": "Reason", "Ansvarlig": "Owner", "Genvurderes": "Review",
}
