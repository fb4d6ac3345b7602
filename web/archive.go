package web

import (
	"slices"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/retention"
)

func (s *Server) archiveRoutes() []route {
	return []route{
		{"GET /arkivspaerrer", keepBack, s.archive},
		{"POST /arkivspaerrer", keepBack, s.addArchive},
		{"POST /arkivspaerrer/{id}/afleveret", keepBack, s.endArchive},
	}
}

func (s *Server) archive(q *request) error {
	v, err := s.holdsView(q, func(h retention.Hold) bool { return h.Archive })
	if err != nil {
		return err
	}
	return q.page("archive", "Arkivspærrer", v)
}

func (s *Server) addArchive(q *request) error {
	h := retention.Hold{Archive: true, Basis: q.field("hjemmel"), DocumentType: q.field("type"), Owner: q.field("ansvarlig")}
	if h.Basis == "" {
		return inputf("%s", q.t("Skriv den bestemmelse, som kræver afleveringen."))
	}
	if h.DocumentType != "" && !slices.Contains(detectors.DocumentTypes(), h.DocumentType) {
		return inputf("type=%q", h.DocumentType)
	}
	return s.addKept(q, h, "/arkivspaerrer")
}

// endArchive records a delivery, or that a provision allows the disposal.
func (s *Server) endArchive(q *request) error {
	delivered, err := q.date("dato")
	if err != nil {
		return err
	}
	provision := q.field("kassabel")
	if delivered.IsZero() && provision == "" {
		return inputf("%s", q.t("Skriv afleveringens dato eller den bestemmelse, som tillader kassation."))
	}
	if delivered.After(s.Now()) {
		return inputf("%s", q.t("Afleveringens dato ligger fremme i tiden."))
	}
	d, err := s.Work(q.r.Context(), q.user.Name)
	if err != nil {
		return err
	}
	if err := s.despiteDisagreement(erase.EndArchiveLock(q.r.Context(), d, q.r.PathValue("id"), delivered, provision, q.user.Name)); err != nil {
		return err
	}
	return q.redirect("/arkivspaerrer")
}

var archiveText = text{
	"Arkivspærrer": "Archive locks", "Det, som skal afleveres til arkivet, bevares, indtil afleveringen er noteret, eller indtil en bestemmelse tillader kassation.": "What must be delivered to the archives is kept until the delivery is recorded, or until a provision allows its disposal.",
	"Spærrer, der gælder": "Locks in force", "Spærre": "Lock", "Bestemmelse": "Provision", "Afleveret": "Delivered", "Der er ingen arkivspærrer.": "There are no archive locks.",
	"Ny arkivspærre": "New archive lock", "Opret arkivspærre": "Add the lock", "Bestemmelse, som kræver aflevering": "Provision that demands the delivery",
	"Notér aflevering": "Record the delivery", "Afleveret den": "Delivered on", "Eller: kassabel efter": "Or: disposable under", "Det, som er nyere end afleveringen, forbliver spærret.": "What is newer than the delivery stays locked.",
	"Skriv den bestemmelse, som kræver afleveringen.":                         "Write the provision that demands the delivery.",
	"Skriv afleveringens dato eller den bestemmelse, som tillader kassation.": "Write the date of the delivery, or the provision that allows the disposal.",
	"Afleveringens dato ligger fremme i tiden.":                               "The date of the delivery is to come.", "Kassabel efter": "Disposable under",
}
