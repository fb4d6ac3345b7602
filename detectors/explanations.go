package detectors

// The reasons of the other detectors.
const (
	codeTerm          code = "term"
	codePersonNear    code = "person"
	codeSeveral       code = "several-signals"
	codeCompany       code = "more-terms"
	codeGuidance      code = "guidance"
	codeWeight        code = "weight"
	codeAddress       code = "address-form"
	codeRole          code = "role-address"
	codeCountry       code = "country-code"
	codePhoneLabel    code = "phone-label"
	codePairs         code = "digit-pairs"
	codeMod97         code = "mod97"
	codeNoMod97       code = "no-mod97"
	codeIBANLabel     code = "iban-label"
	codeLuhn          code = "luhn"
	codeCardLabel     code = "card-label"
	codeCardGroups    code = "card-groups"
	codeUnlabelled    code = "no-label"
	codeAccountLabel  code = "account-label"
	codeBank          code = "bank-registration"
	codePassportLabel code = "passport-label"
	codeForeign       code = "foreign-form"
	codeLicenceLabel  code = "licence-label"
	codePlateLabel    code = "plate-label"
	codePlateGroups   code = "plate-groups"
	codeBirthDate     code = "birth-date"
	codePostcode      code = "postal-address"
	codeStreet        code = "street"
	codeSurname       code = "surname"
	codeCustom        code = "custom"
)

// moreExplanations are the sentences behind them.
var moreExplanations = []explanation{
	{codeTerm, "A term of the lexicon (%q).", "Et udtryk fra ordlisten (»%s«)."},
	{codePersonNear, "A person is near it (%q).", "Der er en person tæt på (»%s«)."},
	{codeSeveral, "Several things near it tell of a person.", "Flere ting tæt på handler om en person."},
	{codeCompany, "Another term of the same category is near it.", "Et andet udtryk af samme kategori står tæt på."},
	{codeGuidance, "The words around it are those of policies and law.", "Ordene omkring det er dem, som politikker og lovtekst bruger."},
	{codeWeight, "It weighs %q; 4 is possible, 6 is confirmed.", "Det vejer »%s«; 4 er muligt, 6 er bekræftet."},
	{codeAddress, "It has the form of an e-mail address.", "Det har form som en e-mailadresse."},
	{codeRole, "It is an e-mail address of a function, hardly of a person.", "Det er en funktions e-mailadresse, næppe en persons."},
	{codeCountry, "It starts with a country code.", "Det begynder med en landekode."},
	{codePhoneLabel, "A word before it says that it is a telephone number.", "Et ord før det siger, at det er et telefonnummer."},
	{codePairs, "Eight digits in pairs, as Danish telephone numbers are written.", "Otte cifre to og to, som danske telefonnumre skrives."},
	{codeMod97, "The check digits of the IBAN are right.", "Kontrolcifrene i IBAN-nummeret passer."},
	{codeNoMod97, "The check digits of the IBAN are wrong.", "Kontrolcifrene i IBAN-nummeret passer ikke."},
	{codeIBANLabel, "A word before it says that it is an IBAN.", "Et ord før det siger, at det er et IBAN-nummer."},
	{codeLuhn, "An issuer of cards uses such numbers, and the check digit is right (Luhn).", "En kortudsteder bruger den slags numre, og kontrolcifferet passer (Luhn)."},
	{codeCardLabel, "A word before it says that it is a payment card.", "Et ord før det siger, at det er et betalingskort."},
	{codeCardGroups, "It is written in groups, as on a card.", "Det er skrevet i grupper som på et kort."},
	{codeUnlabelled, "No word says what kind of number it is.", "Intet ord siger, hvilken slags nummer det er."},
	{codeAccountLabel, "A word before it says that it is an account.", "Et ord før det siger, at det er en konto."},
	{codeBank, "The registration number of a bank goes with it.", "Der hører et registreringsnummer fra en bank til."},
	{codePassportLabel, "A word before it says that it is a passport.", "Et ord før det siger, at det er et pas."},
	{codeForeign, "It has the form of a foreign number.", "Det har form som et udenlandsk nummer."},
	{codeLicenceLabel, "A word before it says that it is a driving licence.", "Et ord før det siger, at det er et kørekort."},
	{codePlateLabel, "A word before it says that it is a licence plate.", "Et ord før det siger, at det er en nummerplade."},
	{codePlateGroups, "It is written like a licence plate.", "Det er skrevet som en nummerplade."},
	{codeBirthDate, "A birth date stands near the name.", "Der står en fødselsdato tæt på navnet."},
	{codePostcode, "An address with a postcode stands near the name.", "Der står en adresse med postnummer tæt på navnet."},
	{codeStreet, "A street with a house number stands near the name.", "Der står en vej med husnummer tæt på navnet."},
	{codeSurname, "The surname is a common one.", "Efternavnet er almindeligt."},
	{codeCustom, "A rule of this organisation's own (%q).", "En af organisationens egne regler (»%s«)."},
}
