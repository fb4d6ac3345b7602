package web

import "github.com/sletdk/slet/report"

// translate says a Danish sentence in a language. One that has no translation
// stays Danish; a test looks for those.
func translate(lang report.Lang, danish string) string {
	if lang == report.English {
		if e, ok := english[danish]; ok {
			return e
		}
	}
	if d, ok := names[danish]; ok && lang != report.English {
		return d
	}
	return danish
}

// names are the Danish words for the roles, which are codes.
var names = map[string]string{RoleDPO: "DPO", RoleIT: "it", RoleOwner: "ejer", RoleAuditor: "revisor"}

// english is the pages' text: the Danish sentence, and the English one.
var english = map[string]string{
	RoleDPO: "DPO", RoleIT: "IT", RoleOwner: "owner", RoleAuditor: "auditor",

	"Gå til indholdet": "Skip to content", "Sider": "Pages", "Log ud": "Sign out", "Log ind": "Sign in", "Navn": "Name", "Adgangskode": "Password",
	"For mange forsøg. Vent et minut, og prøv igen.": "Too many attempts. Wait a minute and try again.",
	"Navn eller adgangskode passer ikke.":            "The name or the password is not right.",

	"Noget gik galt": "Something went wrong", "Fejlen er skrevet i programmets log. Prøv igen, eller spørg driften.": "The error is in the program's log. Try again, or ask your IT department.",
	"Ingen adgang": "No access", "Din rolle giver ikke adgang til denne side.": "Your role does not give access to this page.",
	"Findes ikke": "Not found", "Det, du søger, findes ikke, eller findes ikke længere.": "What you are looking for does not exist, or not any more.",
	"Kan ikke bruges": "Cannot be used", "Afvist af en sikkerhedsregel": "Refused by a safety rule", "Til forsiden": "To the front page",

	"Overblik": "Overview", "Fund": "Findings",

	"Sletning er slået til": "Erasing is turned on", "Prøvekørsel – intet slettes": "Dry run – nothing is erased", "Tal fra": "Numbers of", "sletteplan": "schedule",
	"Venter på dig": "Waiting for you", "foreslået": "proposed", "Nøgletal": "Key figures", "elementer": "items", "Elementer": "Items", "elementer set": "items seen",
	"personer (forskellige CPR-numre)": "persons (different CPR numbers)", "steder ikke undersøgt": "places not examined",
	"forfaldne til sletning": "due for erasure", "private mapper, ikke åbnet": "private folders, not opened", "Afgørelser": "Dispositions",
	"Forfaldne, efter hvor længe siden, og det, som snart forfalder": "Due, by how long ago, and what falls due soon",
	"0–30 dage": "0–30 days", "1–6 måneder": "1–6 months", "6–12 måneder": "6–12 months", "over 1 år": "over 1 year", "om 0–30 dage": "in 0–30 days", "om 31–90 dage": "in 31–90 days",
	"Kilder": "Sources", "Kilde": "Source", "Sidst gennemgået": "Last scanned", "Set": "Seen", "Undersøgt": "Examined", "Sprunget over": "Skipped", "Fejlet": "Failed",
	"Mangler": "Gaps", "Private mapper": "Private folders", "aldrig": "never", "afbrudt": "interrupted", "Fund efter kategori": "Findings by category", "heraf sikre": "of these confirmed",
	"Der er ikke fundet personoplysninger i det, som kunne undersøges.": "No personal data was found in what could be examined.",
	"De seneste tolv måneder": "The last twelve months", "Forfaldne": "Due", "Skal vurderes": "Needs review", "Ikke undersøgt": "Not examined",
	"Der er ingen tal endnu. De kommer efter den første gennemgang (slet scan, slet run).": "There are no numbers yet. They come after the first scan (slet scan, slet run).",

	"Sti indeholder": "Path contains", "Vis": "Show", "med fund": "with findings", "med sikre fund": "with confirmed findings", "ikke undersøgt helt": "not examined whole",
	"alle elementer": "all items", "alle": "all", "Afgørelse": "Disposition", "Kategori": "Category", "Dokumenttype": "Document type", "Regel": "Rule",
	"Overskredet mindst (dage)": "Overdue by at least (days)", "Sortér": "Sort by", "forfald": "due date", "sti": "path", "Filtrér": "Filter", "mere end": "more than",
	"Element": "Item", "Personer": "Persons", "Forfald": "Due", "Flere sider": "More pages", "Første side": "First page", "Næste side": "Next page",
	"Intet element passer til filteret.": "No item fits the filter.", "mulig": "possible", "sikker": "confirmed",

	"Hvorfor": "Why", "Hele elementet": "The whole item", "Værdi (skjult)": "Value (hidden)", "Sikkerhed": "Confidence", "Derfor": "Because",
	"Intet er fundet i det, som kunne undersøges.": "Nothing was found in what could be examined.",
	"Id": "Id", "Størrelse": "Size", "Oprettet": "Created", "Ændret senest": "Last modified", "Modtaget": "Received", "Optaget": "Recorded", "Først set": "First seen",
}
