package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sletdk/slet/retention"
)

// CertificateFormat names the layout of a certificate's JSON, docs/certificate.md.
const CertificateFormat = "slet-certificate-1"

// Certificate is the proof of one plan that was carried out: what, why, on whose
// word, by whom, how, and what can be claimed of it. It holds no personal data
// beside the names of those who approved: paths are masked, contents are keyed
// MACs, findings are numbers.
type Certificate struct {
	Format       string                `json:"format"`
	ID           string                `json:"id"`
	Key          string                `json:"key"` // the verifier key of who signed
	Made         time.Time             `json:"made"`
	Program      string                `json:"program"`
	Organisation string                `json:"organisation"`
	CVR          string                `json:"cvr,omitempty"`
	Controller   string                `json:"controller,omitempty"` // the data controller (dataansvarlig)
	Processor    string                `json:"processor,omitempty"`  // who ran slet for it (databehandler)
	From         time.Time             `json:"from,omitzero"`        // the first erasure, and the last
	To           time.Time             `json:"to,omitzero"`
	Complete     bool                  `json:"complete"` // false: the plan is not carried out to its end
	Plan         CertificatePlan       `json:"plan"`
	Approvals    []CertificateYes      `json:"approvals"`
	Runs         []CertificateRun      `json:"runs"`
	Rules        []CertificateRule     `json:"rules"`
	Results      []Count               `json:"results"` // items by result
	Bytes        int64                 `json:"bytes_overwritten"`
	Items        []CertificateItem     `json:"items"`
	ItemsRoot    string                `json:"items_root"` // Merkle root (RFC 6962) over the items' JSON
	BackupsGone  time.Time             `json:"backups_gone_by,omitzero"`
	Reappeared   []CertificateReturned `json:"reappeared"`
	Audit        CertificateLog        `json:"audit"`
	Verify       string                `json:"verify,omitempty"` // how to, offline
}

// VerifyCommand is how a certificate is verified without a network.
const VerifyCommand = "slet certificate verify FILE --key VERIFIERKEY"

// CertificatePlan is the plan that was carried out.
type CertificatePlan struct {
	ID           string    `json:"id"`
	Hash         string    `json:"hash"`
	Created      time.Time `json:"created"`
	State        string    `json:"state"`
	Schedule     string    `json:"schedule"`
	ScheduleHash string    `json:"schedule_hash"`
	Items        int       `json:"items"`
	Bytes        int64     `json:"bytes"`
}

// CertificateYes is one person's approval.
type CertificateYes struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

// CertificateRun is one time that the plan was carried out.
type CertificateRun struct {
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	Account  string    `json:"account,omitempty"`
	Host     string    `json:"host,omitempty"`
	Program  string    `json:"program,omitempty"`
	Line     int64     `json:"log_line"` // of the audit log, where it begins
}

// CertificateRule is a rule as it stood in the schedule that was approved.
type CertificateRule struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Basis   string `json:"basis"`
	Trigger string `json:"trigger"`
	Period  string `json:"period"`
}

// CertificateItem is one item and what became of it.
type CertificateItem struct {
	Ref          string             `json:"item"`
	Source       string             `json:"source"`
	SourceType   string             `json:"source_type"`
	Kind         string             `json:"kind"`
	Path         string             `json:"path"`            // masked
	Owner        string             `json:"owner,omitempty"` // to whom its finding was routed
	Size         int64              `json:"size"`
	Created      time.Time          `json:"created,omitzero"`
	Modified     time.Time          `json:"modified,omitzero"`
	Received     time.Time          `json:"received,omitzero"`
	Recorded     time.Time          `json:"recorded,omitzero"`
	DocumentType string             `json:"document_type,omitempty"`
	Categories   []Count            `json:"categories"`
	Persons      int                `json:"persons"`
	ContentMAC   string             `json:"content_mac"`
	Rule         string             `json:"rule"`
	Trigger      string             `json:"trigger,omitempty"`
	TriggerDate  time.Time          `json:"trigger_date,omitzero"`
	Due          time.Time          `json:"due"`
	Reasons      []retention.Reason `json:"reasons"`
	HoldCheck    string             `json:"hold_check"` // passed, held, or not_asked
	Result       string             `json:"result"`
	Method       string             `json:"method,omitempty"`
	Assurance    string             `json:"assurance,omitempty"`
	Medium       string             `json:"medium,omitempty"`      // what its storage can do, see MediumOf
	CopiesLeft   int                `json:"copies_left,omitempty"` // items in the inventory with the same content
	Verified     []string           `json:"verified,omitempty"`    // read_back, not_found, not_listed
	Overwritten  int64              `json:"bytes_overwritten,omitempty"`
	Caveats      []string           `json:"caveats,omitempty"`
	Why          string             `json:"why,omitempty"` // not erased; masked
	Finished     time.Time          `json:"finished,omitzero"`
}

// CertificateReturned is an erased item that has been seen again.
type CertificateReturned struct {
	Ref     string `json:"item"`
	Content bool   `json:"content"` // the content is what was erased
	Place   bool   `json:"place"`   // it lies where the erased item lay
}

// CertificateLog ties the certificate to the audit log.
type CertificateLog struct {
	Line       int64  `json:"line"`                    // the entry about this certificate
	Previous   string `json:"previous_hash,omitempty"` // of the entry before it, which the entry holds
	Checkpoint string `json:"checkpoint"`              // a signed note that covers it
}

// VerificationOf says what was looked at after an erasure with that assurance.
func VerificationOf(assurance string) []string {
	switch assurance {
	case "overwritten", "overwritten_unproven":
		return []string{"read_back", "not_found"}
	case "unlinked":
		return []string{"not_found"}
	case "expunged":
		return []string{"not_listed"}
	}
	return nil
}

// MediumOf is the class of an erased item's storage: whether it can overwrite in
// place, as far as that was seen.
func MediumOf(sourceType, assurance string) string {
	switch {
	case sourceType == "imap":
		return "medium_mail"
	case assurance == "overwritten":
		return "medium_in_place"
	case sourceType == "smb":
		return "medium_server"
	case assurance == "overwritten_unproven":
		return "medium_unproven"
	}
	return "medium_none"
}

//go:embed certificate.html.tmpl
var certificateTemplate string

// The place of the certificate's JSON within its page.
const (
	certificateOpen  = `<script type="application/json" id="slettekvittering">`
	certificateClose = `</script>`
)

// CertificateHTML writes a certificate as one self-contained page, with its
// sealed JSON in it for whoever verifies the page.
func CertificateHTML(w io.Writer, c Certificate, sealed []byte, lang Lang) error {
	if bytes.Contains(sealed, []byte("<")) {
		return errors.New("the certificate's JSON would end the page: < is not escaped")
	}
	t, err := template.New("certificate").Funcs(template.FuncMap{
		"t": lang.say, "tf": lang.sayf, "lang": func() Lang { return cmp.Or(lang, Danish) }, "word": lang.Word, "reason": lang.Reason,
		"n": lang.Number, "bytes": lang.Bytes, "day": Day, "clock": Clock, "join": strings.Join,
		"code": func(s string) string { return lang.Word(s) },
	}).Parse(certificateTemplate)
	if err != nil {
		return fmt.Errorf("parse the certificate's template: %w", err)
	}
	page := struct {
		Certificate
		Assurances []Count
		Caveats    []Count
		Embedded   template.HTML
	}{c, nil, nil, template.HTML(certificateOpen + string(sealed) + certificateClose)} // JSON without a <, see above
	page.Assurances, page.Caveats = c.claims()
	if err := t.Execute(w, page); err != nil {
		return fmt.Errorf("write the certificate: %w", err)
	}
	return nil
}

// claims counts the erased items by assurance, and by caveat.
func (c Certificate) claims() (assurances, caveats []Count) {
	for _, it := range c.Items {
		if it.Result != "erased" {
			continue
		}
		assurances = addTo(assurances, it.Assurance)
		for _, caveat := range it.Caveats {
			caveats = addTo(caveats, caveat)
		}
	}
	return assurances, caveats
}

func addTo(list []Count, name string) []Count {
	if i := slices.IndexFunc(list, func(c Count) bool { return c.Name == name }); i >= 0 {
		list[i].N++
		return list
	}
	return append(list, Count{Name: name, N: 1})
}

// EmbeddedCertificate finds the sealed JSON in a certificate's page.
func EmbeddedCertificate(page []byte) ([]byte, bool) {
	_, rest, ok := bytes.Cut(page, []byte(certificateOpen))
	sealed, _, closed := bytes.Cut(rest, []byte(certificateClose))
	return sealed, ok && closed
}
