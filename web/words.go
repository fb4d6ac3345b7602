package web

import (
	"maps"

	"github.com/sletdk/slet/report"
)

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
var names = map[string]string{RoleDPO: "DPO", RoleIT: "it", RoleOwner: "ejer", RoleLeader: "leder", RoleAuditor: "revisor"}

// text is Danish sentences with their English.
type text map[string]string

// texts are the text of all pages. Every page has its own, beside its code.
var texts = []text{frameText, overviewText, findingText, scheduleText, operationsText, ssoText, planText, answerText, ownerText, holdText, archiveText, eventText, cameraText, subjectText, logText, viewText, groupText, orderText}

var english = merged(texts)

func merged(parts []text) text {
	all := text{}
	for _, p := range parts {
		maps.Copy(all, p)
	}
	return all
}

// frameText is what is on every page, or on more than one.
var frameText = text{
	RoleDPO: "DPO", RoleIT: "IT", RoleOwner: "owner", RoleLeader: "leader", RoleAuditor: "auditor",

	"Gå til indholdet": "Skip to content", "Sider": "Pages", "Log ud": "Sign out", "Log ind": "Sign in", "Navn": "Name", "Adgangskode": "Password",
	"For mange forsøg. Vent et minut, og prøv igen.": "Too many attempts. Wait a minute and try again.",
	"Navn eller adgangskode passer ikke.":            "The name or the password is not right.",

	"Noget gik galt": "Something went wrong", "Fejlen er skrevet i programmets log. Prøv igen, eller spørg driften.": "The error is in the program's log. Try again, or ask your IT department.",
	"For mange forespørgsler": "Too many requests", "Vent et øjeblik, og prøv igen.": "Wait a moment and try again.",
	"Ingen adgang": "No access", "Din rolle giver ikke adgang til denne side.": "Your role does not give access to this page.",
	"Findes ikke": "Not found", "Det, du søger, findes ikke, eller findes ikke længere.": "What you are looking for does not exist, or not any more.",
	"Kan ikke bruges": "Cannot be used", "Afvist af en sikkerhedsregel": "Refused by a safety rule", "Til forsiden": "To the front page",

	"Overblik": "Overview", "Fund": "Findings",
}
