package audit

// The types of entry about archive locks, the event register, persons who ask
// what is known of them, and items that stayed unknown or came back.
const (
	TypeArchiveAdded      = "archive.added"
	TypeArchiveEnded      = "archive.ended" // delivered, or declared disposable
	TypeEventsImported    = "events.imported"
	TypeEventsCancelled   = "events.cancelled"
	TypeSubjectShown      = "subject.shown"    // all about one person
	TypeRestrictedShown   = "restricted.shown" // lists with what is restricted (GDPR art. 18)
	TypeEraseResolved     = "erase.resolved"   // see erase.Resolve
	TypeReappeared        = "item.reappeared"
	TypeLogPruned         = "log.pruned" // see Log.Prune
	TypeBackup            = "state.backed_up"
	TypeCheckpointNotKept = "checkpoint.not_kept" // after an erasure: see Checkpoint
	TypeCertificate       = "certificate.written" // of a plan
)
