package report

import (
	"fmt"

	"github.com/sletdk/slet/retention"
)

// say says a Danish sentence in the language. One without a translation stays
// Danish; a test looks for those.
func (l Lang) say(danish string) string {
	if e, ok := english[danish]; ok && l == English {
		return e
	}
	return danish
}

// sayf is say for a sentence with something in it (package fmt).
func (l Lang) sayf(danish string, args ...any) string { return fmt.Sprintf(l.say(danish), args...) }

// warning says what is doubtful in a schedule.
func (l Lang) warning(w retention.Warning) string {
	if l == English {
		return w.English()
	}
	return w.Danish()
}

// english is the report's text: the Danish sentence, and the English one.
var english = map[string]string{
	"Slettekvittering":                                             "Certificate of erasure",
	"Sletteforslaget er udført.":                                   "The plan has been carried out.",
	"Sletteforslaget er ikke udført til ende.":                     "The plan has not been carried out to its end.",
	"Overskrevet":                                                  "Overwritten",
	"Forbehold, som lageret giver anledning til:":                  "Caveats of the storage:",
	"Sikkerhedskopier: hvor længe de bevares, er ikke oplyst.":     "Backups: how long they are kept is not known.",
	"Også væk fra sikkerhedskopier senest %s.":                     "Gone from the backups, too, by %s.",
	"Sletningen er ikke en rensning af et medie (NIST SP 800-88).": "The erasure is no sanitisation of a medium (NIST SP 800-88).",
	"Set igen efter sletningen:":                                   "Seen again after the erasure:",
	"Dataansvarlig":                                                "Data controller", "Databehandler": "Data processor", "Medie:": "Medium:", "ansvarlig": "owner", "Linjen før:": "The line before:",
	"%s elementer med samme indhold er der stadig": "%s items with the same content are still there",
	"dataansvarlig": "data controller", "databehandler": "data processor",
	"%s træf er af et menneske bedømt ikke at være personoplysninger og er ikke med.": "%s matches were judged by a person to be no personal data and are left out.",
	"Ens indhold": "Same content", "Et af elementerne": "One of the items", "Steder": "Places", "Kilder": "Sources", "Størrelse": "Size",
	"%s indhold ligger flere steder: %s elementer ud over ét af hvert, i alt %s. Slettes kun det ene sted, er indholdet der stadig.": "%s contents lie in several places: %s items beyond one of each, %s in all. Erased in one place only, the content is still there.",
	"Intet indhold er fundet mere end ét sted.": "No content was found in more than one place.",
	"TV-overvågning": "CCTV", "Kamera": "Camera", "Ældste": "Oldest", "Nyeste": "Newest", "Optagelser": "Recordings", "Over fristen": "Past the deadline", "Holdes": "Held",
	"Låst": "Locked", "Huller": "Gaps", "Uforklarede": "Unexplained", "Bemærk": "Note", "ukendt kamera": "unknown camera",
	"Over fristen er optagelser, som ingen tilbageholdelse bevarer. I en ring (optageren skriver selv over) sletter slet intet: tallene er bevis for, om optageren selv sletter i tide.": "Past the deadline are recordings that no hold keeps. In a ring (the recorder writes over by itself) slet erases nothing: the numbers are evidence of whether the recorder erases in time.",
	"%s i tvivl om tiden": "%s in doubt about the time", "tavst siden %s": "silent since %s", "ring": "ring",
	"optagerens liste mangler eller kunne ikke læses helt": "the recorder's list is missing or could not be read whole", "optagerens ur er usikkert": "the recorder's clock is uncertain",
	"den berørte skal underrettes senest %s": "the person concerned must be told by %s", "den berørte underrettet %s": "the person concerned was told on %s",
	"Bytes over fristen": "Bytes past the deadline", "I tvivl": "In doubt", "Underrettes senest": "To be told by", "Underrettet": "Told",
	"indhold, der ligger flere steder": "contents that lie in several places", "elementer ud over ét af hvert": "items beyond one of each", "bytes i dem": "bytes in these",
	"træf bedømt falske":       "matches judged false",
	"Hjemmel og frist":         "Basis and period",
	"Hjemmel":                  "Basis",
	"Periode":                  "Period",
	"Godkendelse og udførelse": "Approval and execution",
	"elementer":                "items",
	"Udført":                   "Carried out",
	"revisionslog, linje":      "audit log, line",
	"regnet fra":               "counted from",
	"forfalden":                "due",
	"Fund:":                    "Found:",
	"oprettet":                 "created",
	"ændret":                   "modified",
	"modtaget":                 "received",
	"optaget":                  "recorded",
	"Tilbageholdelser:":        "Holds:",
	"Bevis":                    "Proof",
	"Rod over elementerne (Merkle, RFC 6962):":           "Root over the items (Merkle, RFC 6962):",
	"Revisionslog, linje %d. Underskrevet kontrolpunkt:": "Audit log, line %d. Signed checkpoint:",
	"Nøgle:": "Key:",
	"Kontrollér kvitteringen uden net og uden installation:": "Verify the certificate without a network and without an installation:",

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

	"Tendens": "Trend", "De seneste tolv måneder": "The last twelve months", "Forfaldne": "Due", "Skal vurderes": "Needs review", "Optagelser over fristen": "Recordings past the deadline",
	"Slettet i måneden": "Erased in the month", "ikke opgjort": "not counted",
	"Som det stod ved månedens sidste opgørelse. Måneder, hvor slet run ikke kørte, er ikke opgjort.": "As it stood at the month's last count. Months in which slet run did not run are not counted.",
	"Prognose": "Forecast", "Måned": "Month", "senere": "later", "forfaldent nu": "due now", "Sletteplanens mangler": "Doubts in the schedule", "Det er tvivlsomt": "What is doubtful",
	"Uden for rækkevidde": "Out of reach", "System": "System", "Titel": "Title", "Frist": "Deadline", "Kontrolleres af": "Checked by", "Sidst kontrolleret": "Last checked",
	"Af": "By", "Næste kontrol": "Next check", "Forsinket": "Overdue",

	"Sletteforslag": "Plans", "Forslag": "Plan", "Oprettet": "Created", "Godkendt af": "Approved by", "Godkendt": "Approved",
	"Sletninger": "Erasures", "Resultat": "Result", "Metode": "Method", "Sikkerhed": "Assurance", "Forbehold": "Caveats", "Tid": "Time",
	"Tilbageholdelser": "Holds", "Id": "Id", "Grund": "Reason", "Ansvarlig": "Owner", "Genvurderes": "Review",

	// The page.
	"Fundrapport": "Findings report", "sletteplan": "schedule", "forfaldne til sletning": "due for erasure", "slettet og kontrolleret": "erased and verified", "Læst sidst": "Read last",
	"aldrig": "never", "afbrudt": "interrupted", "undersøgt helt": "examined whole", "kun delvist undersøgt": "examined in part only",
	"Optagelser fra kameraer bedømmes efter, hvornår de er optaget. Hvad billederne viser, er ikke undersøgt.": "Recordings of cameras are judged by when they were made. What the pictures show has not been examined.",
	"Set = undersøgt + sprunget over + fejlet. Et element er delvist undersøgt, når noget i det ikke kunne læses; hvert sådant sted er en mangel. Sprunget over er links, specialfiler, mails mærket privat og det, som opsætningen undtager. Mapper med navnet Privat åbnes ikke, gennemses ikke og navngives ikke; de tælles kun.": "Seen = examined + skipped + failed. An item is examined in part when something in it could not be read; every such place is a gap. Skipped are links, special files, mail marked private and what the configuration leaves out. Folders named Privat are not opened, not listed and not named; they are only counted.",
	"Det følgende er ikke erklæret rent.": "What follows is not declared clean.", "Et element med steder, der ikke kunne undersøges, slettes aldrig på grund af sit indhold.": "An item with places that could not be examined is never erased for its content.",
	"Alt, hvad kilderne rummer uden for private mapper, kunne undersøges.": "All that the sources hold outside of private folders could be examined.",
	"Der er ikke fundet personoplysninger i det, som kunne undersøges.":    "No personal data was found in what could be examined.",
	"Slettefrister": "Retention", "Forfalden i": "Due for", "0–30 dage": "0–30 days", "1–6 måneder": "1–6 months", "6–12 måneder": "6–12 months", "over 1 år": "over 1 year", "Forfalder om": "Due in", "31–90 dage": "31–90 days",
	"Forfalder de næste %d måneder": "Falls due in the next %d months",
	"Allerede forfaldne: %s (%s); senere: %s (%s). Regnet efter det, der vides i dag; hændelser, som endnu ikke er kendt, er ikke med.": "Due already: %s (%s); later: %s (%s). By what is known today; events that are not known yet are not in it.",
	"%s elementer forfalder i de næste %d måneder": "%s items fall due in the next %d months", "%s elementer": "%s items", "mio.": "m", "t.": "k",
	"Sletteplanen": "The schedule", "Det følgende skal nogen tage stilling til. Uden frist, og hvor frister strider mod hinanden, bevares elementerne så længe.": "Somebody must decide about the following. Without a period, and where periods conflict, the items are kept meanwhile.",
	"uden frist": "no period", "modstridende frister": "conflicting periods", "Systemer uden for rækkevidde": "Systems out of reach",
	"slet kan ikke se ind i disse systemer. Et menneske kontrollerer, at fristen holdes.": "slet cannot look into these systems. A person checks that the period is kept.",
	"Oplysninger": "Data", "Næste senest": "Next by", "overskredet": "overdue", "%s sikre": "%s confirmed", "%s ikke undersøgt": "%s not examined", "begrundelse": "reasons",
	"Listen er afkortet: %s elementer mere findes i CSV- og JSON-udgaven.": "The list is cut: %s more items are in the CSV and JSON versions.",
	"Intet element har træf, regel eller mangler.":                         "No item has a match, a rule or a gap.",
	"%s elementer uden træf, uden regel og uden mangler er ikke vist.":     "%s items without match, rule or gap are not shown.",
	"Sletteforslag og sletninger":                                          "Plans and erasures", "Omfang": "Size", "Der er ikke lavet sletteforslag.": "No plan has been made.", "forbehold": "caveats", "Ingen.": "None.",
	"%s linjer; kæden er ubrudt. Sidste hash:": "%s lines; the chain is unbroken. Last hash:", "Gem den et andet sted: den viser senere, om loggen er afkortet eller skrevet om.": "Keep it elsewhere: it shows later whether the log was cut or rewritten.",
	"Loggen kan ikke bekræftes:": "The log does not verify:", "Hvad rapporten lover – og ikke lover": "What the report promises, and what not",
	"Hvert element, som kilderne viste, står i præcis én af kolonnerne undersøgt, sprunget over og fejlet.":                                                                                                                                                   "Every item that the sources showed stands in exactly one of the columns examined, skipped and failed.",
	"Et træf er en oplysning, der ligner; »sikker« betyder, at flere uafhængige tegn taler for det, ikke at personen findes.":                                                                                                                                 "A match is something that looks like it; \"confirmed\" means that several independent signs speak for it, not that the person exists.",
	"Sletning er overskrivning gennem filsystemets almindelige vej, læst tilbage. Den er ikke en rensning af mediet. Øjebliksbilleder, sikkerhedskopier, journaler og reserveområder på SSD kan stadig rumme indholdet; forbeholdene står ved hvert element.": "Erasing is overwriting through the file system's ordinary way, read back. It is not a sanitisation of the medium. Snapshots, backups, journals and spare areas of SSDs may still hold the content; the caveats stand with every item.",
	"CPR-numre vises aldrig; personer kendes på nøglede koder.":                                                                                                                                                                                               "CPR numbers are never shown; persons are known by keyed codes.",

	"ordliste": "lexicon", "detektorer": "detectors", "Ordliste": "Lexicon", "Detektorer": "Detectors", "Servicekonto": "Service account",
	"Fund efter afdeling": "Findings by department", "Afdeling": "Department", "Afdelinger": "Departments", "Efter": "By", "heraf forfaldne": "of these due", "toppen af kilden": "top of the source", "øvrige": "others",
	"ejer": "owner", "mappe eller postkasse": "folder or mailbox",
	"En afdeling er den ejer, fundene er sendt til, eller, hvor ingen er nævnt, den øverste mappe eller postkassen.": "A department is the owner to whom the findings are routed or, where nobody is named, the topmost folder or the mailbox.",
	"Beslutninger siden sidste rapport": "Decisions since the last report", "Dette er den første rapport: alt er med.": "This is the first report: everything is in it.", "Siden %s.": "Since %s.",
	"Beslutning": "Decision", "Beslutninger": "Decisions", "Antal": "Number", "Siden": "Since", "Falske blandt svarene (%)": "False among the answers (%)", "Overskredne genvurderinger: %s": "Overdue reviews: %s",
	"Overskredne genvurderinger hos": "Overdue reviews of", "%s fund er besvaret; %s %% af dem med, at de ikke er personoplysninger.": "%s findings were answered; %s %% of them as no personal data.",
	"Afvigelser og hændelser": "Deviations and incidents", "Afvigelser": "Deviations", "Nærmere": "Details", "nu": "now", "og %s mere": "and %s more", "Ingen afvigelser er kendt.": "No deviation is known.",

	// The CSV's header.
	"afdeling": "department",
	"item":     "item", "kilde": "source", "sti": "path", "type": "type", "dokumenttype": "document type", "bytes": "bytes", "træf": "matches", "personer": "persons", "ikke undersøgt": "not examined",
	"afgørelse": "disposition", "regel": "rule", "starttidspunkt": "counts from", "startdato": "start date", "forfald": "due", "status": "state",
}
