package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sletdk/slet/retention"
)

func sampleCertificate() Certificate {
	due := at("2026-06-02 22:48")
	return Certificate{
		Format: CertificateFormat, ID: "K-20261121-1", Key: "slet-audit-00000000+00000000+AZ==", Made: at("2026-11-21 22:00"), Program: "slet test",
		Organisation: "Demoby & Omegn", CVR: "00000000", Controller: "Demoby <Kommune>", Processor: "Drift A/S", From: at("2026-11-21 12:00"), To: at("2026-11-21 12:01"), Complete: true,
		Plan: CertificatePlan{ID: "P-20261121-1", Hash: strings.Repeat("ab", 32), Created: at("2026-11-21 10:00"), State: "executed",
			Schedule: "v1", ScheduleHash: strings.Repeat("cd", 32), Items: 3, Bytes: 4096},
		Approvals: []CertificateYes{{"Dorte DPO", at("2026-11-21 11:00")}, {"Berit <Leder>", at("2026-11-21 11:30")}},
		Runs:      []CertificateRun{{Started: at("2026-11-21 12:00"), Finished: at("2026-11-21 12:01"), Account: "slet", Host: "srv1", Program: "slet test", Line: 7}},
		Rules:     []CertificateRule{{"ANSOEG", "Ansøgninger <script>", "art. 5, stk. 1, litra e", "modified", "P6M"}},
		Results:   []Count{{Name: "erased", N: 2}, {Name: "held", N: 1}}, Bytes: 4096,
		Items: []CertificateItem{
			{Ref: "i000000000001", Source: "faelles", SourceType: "files", Kind: "file", Path: "Ansøgninger/<b>gammel</b>.docx", Size: 2048, Modified: at("2025-12-02 22:48"),
				DocumentType: "ansoegning", Categories: []Count{{"cpr", 3, 2}, {"helbred", 1, 0}}, Persons: 2, ContentMAC: strings.Repeat("ef", 32), Rule: "ANSOEG",
				Trigger: "modified", TriggerDate: at("2025-12-02 22:48"), Due: due, Reasons: []retention.Reason{{Code: retention.ReasonPassed, To: due}},
				HoldCheck: "passed", Result: "erased", Method: "overwrite+unlink", Assurance: "overwritten", Verified: VerificationOf("overwritten"), Overwritten: 2048, Owner: "hanne", Medium: MediumOf("files", "overwritten"), CopiesLeft: 2,
				Caveats: []string{"ext4 journal"}, Finished: at("2026-11-21 12:00")},
			{Ref: "i000000000002", Source: "post", SourceType: "imap", Kind: "message", Path: "anne/Ansøgninger/7", Size: 2048, Received: at("2025-12-02 22:48"), Rule: "ANSOEG", Due: due,
				HoldCheck: "passed", Result: "erased", Method: "expunge", Assurance: "expunged", Medium: MediumOf("imap", "expunged"), Verified: VerificationOf("expunged"), Finished: at("2026-11-21 12:01")},
			{Ref: "i000000000003", Source: "faelles", SourceType: "files", Kind: "file", Path: "Ansøgninger/holdt.txt", Rule: "ANSOEG", Due: due, HoldCheck: "held", Result: "held", Why: "hold H-1"},
		},
		ItemsRoot: "AAAA", BackupsGone: at("2027-02-19 12:00"), Reappeared: []CertificateReturned{{"i000000000001", true, true}},
		Audit: CertificateLog{Line: 21, Previous: strings.Repeat("12", 32), Checkpoint: "slet-audit-00000000\n21\nAAAA\n\n— slet-audit-00000000 BBBB\n"},
	}
}

func TestCertificateGolden(t *testing.T) {
	for name, lang := range map[string]Lang{"certificate.da.html": Danish, "certificate.en.html": English} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := CertificateHTML(&b, sampleCertificate(), []byte(`{"signature":"x","format":"y"}`), lang); err != nil {
				t.Fatal(err)
			}
			golden(t, name, b.Bytes())
			for _, bad := range []string{"<b>gammel", "Ansøgninger <script>", "<Leder>", "<Kommune>", "http://", "https://", "src=", "onclick"} {
				if strings.Contains(b.String(), bad) {
					t.Errorf("the page holds %q", bad)
				}
			}
			if lang == English && strings.ContainsAny(strings.Split(b.String(), `<pre>`)[0], "Ææ") {
				t.Error("the English page has Danish in it")
			}
			sealed, ok := EmbeddedCertificate(b.Bytes())
			if !ok || string(sealed) != `{"signature":"x","format":"y"}` {
				t.Errorf("embedded is %q, %v", sealed, ok)
			}
		})
	}
}

// TestCertificateCannotBreakOut: JSON that would end its element is refused.
func TestCertificateCannotBreakOut(t *testing.T) {
	if err := CertificateHTML(&bytes.Buffer{}, sampleCertificate(), []byte(`{"a":"</script>"}`), Danish); err == nil {
		t.Error("it was written")
	}
}

// TestCertificateOfUnfinishedPlan says so.
func TestCertificateOfUnfinishedPlan(t *testing.T) {
	c, b := sampleCertificate(), bytes.Buffer{}
	c.Complete, c.BackupsGone = false, c.BackupsGone.AddDate(-5000, 0, 0)
	if err := CertificateHTML(&b, c, []byte("{}"), Danish); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "ikke udført til ende") {
		t.Error("it does not say that the plan was not finished")
	}
}
