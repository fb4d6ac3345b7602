package retention

import "fmt"

// The sentences about archive locks and about what a person has asked for.

func (r Reason) englishArchive() string {
	switch {
	case r.Code == ReasonArchiveLock:
		return fmt.Sprintf("Archive lock %s keeps the item until its delivery to the archives is recorded.", r.Detail)
	case r.From.IsZero():
		return fmt.Sprintf("What archive lock %s keeps was delivered to the archives on %s, but it is not known how old the item is; it is kept.", r.Detail, enDay(r.To))
	}
	return fmt.Sprintf("What archive lock %s keeps was delivered to the archives on %s, but the item is newer, %s, and cannot have been among it; it is kept.", r.Detail, enDay(r.To), enTime(r.From))
}

func (r Reason) danishArchive() string {
	switch {
	case r.Code == ReasonArchiveLock:
		return fmt.Sprintf("Arkivspærren %s bevarer elementet, indtil det er registreret, at det er afleveret til arkivet.", r.Detail)
	case r.From.IsZero():
		return fmt.Sprintf("Det, som arkivspærren %s bevarer, blev afleveret til arkivet %s, men elementets alder er ikke kendt; det bevares.", r.Detail, daDay(r.To))
	}
	return fmt.Sprintf("Det, som arkivspærren %s bevarer, blev afleveret til arkivet %s, men elementet er nyere, %s, og kan ikke have været med; det bevares.", r.Detail, daDay(r.To), daTime(r.From))
}

func (r Reason) englishRequest() string {
	switch r.Code {
	case ReasonRequestOthers:
		return fmt.Sprintf("The item is about %s besides the one who asks for erasure; a person must look.", english.count(r.Count, "person", "persons"))
	case ReasonRequestNot:
		return "The person who asks for erasure was not found in the item."
	case ReasonRequestGaps:
		return fmt.Sprintf("%s could not be examined, so that nobody knows whom else the item is about; a person must look.", english.count(r.Count, "place", "places"))
	}
	return "The person asks for erasure (GDPR art. 17), is the only one that the item is about, and no rule demands that it is kept."
}

func (r Reason) danishRequest() string {
	switch r.Code {
	case ReasonRequestOthers:
		return fmt.Sprintf("Elementet handler om %s ud over den, der beder om sletning; et menneske skal vurdere det.", danish.count(r.Count, "person", "personer"))
	case ReasonRequestNot:
		return "Den, der beder om sletning, er ikke fundet i elementet."
	case ReasonRequestGaps:
		return fmt.Sprintf("%s kunne ikke undersøges, så ingen ved, hvem elementet ellers handler om; et menneske skal vurdere det.", danish.count(r.Count, "sted", "steder"))
	}
	return "Den registrerede beder om sletning (databeskyttelsesforordningens artikel 17), er den eneste, elementet handler om, og ingen regel siger, at det skal bevares."
}
