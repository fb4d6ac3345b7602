package erase

// The caveats of receipts: what may survive an erasure, or is not known of it.
// They are sentences for people and are printed as they stand; [CaveatDanish]
// has the same in Danish, for the DPO.
const (
	// CaveatName and CaveatCopies are part of every receipt for a file.
	CaveatName   = "the file's name may survive in the file system's journal and in freed folder blocks"
	CaveatCopies = "copies elsewhere are not covered: snapshots, backups, versions saved earlier"

	CaveatMoved       = "the file system put the new data in other blocks: the old blocks were freed, not overwritten"
	CaveatNoMap       = "the file system does not tell where a file's blocks lie: they could not be compared"
	CaveatShared      = "blocks were shared with another file or a snapshot: that copy remains"
	CaveatInline      = "the content was small enough to be stored in the file system's metadata, of which copies may survive"
	CaveatEncoded     = "the file system stored the content compressed or encrypted, not in blocks of its own"
	CaveatUnwritten   = "some blocks were reserved only, or had no final place, when they were compared"
	CaveatDataJournal = "the file system's journal holds contents too (data=journal): a copy may survive there"

	CaveatCopyOnWrite = "a copy-on-write file system: old blocks are freed, not overwritten"
	CaveatOverlay     = "an overlay file system: the original may lie unchanged in a lower layer"
	CaveatMemory      = "a file system in memory: its pages may have been written to swap"
	CaveatNetwork     = "a network file system: where the server put the new data is not known"
	CaveatUserSpace   = "a file system in user space: where it put the new data is not known"
	CaveatUnknownFS   = "a kind of file system that is not known to overwrite in place"

	CaveatFlash         = "flash storage: the drive may keep old blocks where no command reaches them"
	CaveatUnknownMedium = "the kind of drive is not known: flash storage may keep old blocks out of reach"
	CaveatMapped        = "a mapped or virtual drive (LVM, RAID, loop): whether it writes in place is not known"

	CaveatSparse      = "a file with holes: only its blocks were overwritten, not what may have lain in the holes"
	CaveatEmpty       = "the file had no content"
	CaveatNewName     = "somebody gave the file another name during the erasure: an empty file remains there"
	CaveatOtherNames  = "only this name was removed: the content has other names (hard links) in the same plan, and is there until the last of them is erased"
	CaveatInterrupted = "the erasure was interrupted and finished later: it could not be compared with the blocks before it"
	// The caveats of mail: the first three are part of every receipt for a message.
	CaveatMailStore   = "the server was told to remove the message: its blocks were freed, not overwritten, and its store, journals and backups may hold it still"
	CaveatMailIndex   = "the server's index caches may keep the message's subject and addresses"
	CaveatMailCopies  = "copies in other folders and mailboxes, and with the other correspondents, are items of their own and were not touched"
	CaveatMailResumed = "the erasure was interrupted, and the message is gone: whether slet or somebody else removed it is not known"
	CaveatExchange    = "Exchange keeps removed messages among the recoverable items, for 14 days unless set otherwise (at most 30, longer under a hold): an administrator can bring it back until then"
	CaveatGmailTrash  = "Gmail may keep removed messages recoverable by an administrator for about 25 days"
	CaveatGmailLabel  = "Gmail only takes a label away, unless it is set to delete: the message may remain under All Mail or in the bin"

	// The caveats of SMB shares, of which the protocol, or the library that
	// speaks it, does not tell more.
	CaveatShareInPlace   = "that the server overwrites in place is what the configuration says: it could not be checked"
	CaveatShareMedium    = "whether the server overwrites in place is not known: NTFS, ext4 and XFS do, ReFS, ZFS and btrfs do not"
	CaveatShareSnapshots = "the share shows snapshots: the item can be read in those that were taken before"
	CaveatShareLinks     = "whether the content has other names in other folders (hard links) cannot be asked over SMB"
	CaveatShareStreams   = "alternate data streams of unknown names were removed with the file, not overwritten"
	CaveatShareStream    = "an alternate data stream could not be overwritten: it was removed with the file"
	CaveatShareCache     = "it was read back through the server's cache: what is on its disks was not seen"

	// CaveatRecorder is of recordings whose recorder keeps a list of its own.
	CaveatRecorder = "the recorder keeps a list of its recordings and was not told: it may show this one until it notices"

	CaveatGone     = "the erasure was interrupted and the item is gone: whether it had been overwritten is not known"
	CaveatNameGone = "the erasure was interrupted after the content had been destroyed, and the name is not there any more: if somebody moved it, an empty file remains"
	CaveatInUse    = "whether another program had the file open could not be asked: what it wrote meanwhile may remain or be lost"
)

// CaveatDanish is the sentence in Danish, or the sentence itself when it is not
// one of the constants.
func CaveatDanish(caveat string) string {
	if da, ok := danish()[caveat]; ok {
		return da
	}
	return caveat
}

func danish() map[string]string {
	return map[string]string{
		CaveatOtherNames:     "kun dette navn er fjernet: indholdet har andre navne (hårde links) i samme sletteforslag og findes, til det sidste af dem er slettet",
		CaveatName:           "filens navn kan findes endnu i filsystemets journal og i frigivne mappeblokke",
		CaveatCopies:         "kopier andre steder er ikke omfattet: snapshots, sikkerhedskopier, tidligere gemte versioner",
		CaveatMoved:          "filsystemet lagde de nye data i andre blokke: de gamle blev frigivet, ikke overskrevet",
		CaveatNoMap:          "filsystemet oplyser ikke, hvor en fils blokke ligger: de kunne ikke sammenlignes",
		CaveatShared:         "blokke var delt med en anden fil eller et snapshot: den kopi består",
		CaveatInline:         "indholdet var så lille, at det lå i filsystemets metadata, som der kan findes kopier af",
		CaveatEncoded:        "filsystemet gemte indholdet komprimeret eller krypteret, ikke i egne blokke",
		CaveatUnwritten:      "nogle blokke var kun reserveret eller uden endelig plads, da de blev sammenlignet",
		CaveatDataJournal:    "filsystemets journal rummer også indhold (data=journal): en kopi kan findes dér",
		CaveatCopyOnWrite:    "et copy-on-write-filsystem: gamle blokke frigives, de overskrives ikke",
		CaveatOverlay:        "et overlay-filsystem: originalen kan ligge uændret i et lag nedenunder",
		CaveatMemory:         "et filsystem i hukommelsen: sider kan være skrevet til swap",
		CaveatNetwork:        "et netværksfilsystem: hvor serveren lagde de nye data, vides ikke",
		CaveatUserSpace:      "et filsystem i brugerrummet: hvor det lagde de nye data, vides ikke",
		CaveatUnknownFS:      "en type filsystem, som ikke vides at overskrive på stedet",
		CaveatFlash:          "flashlager: drevet kan gemme gamle blokke, hvor ingen kommando når dem",
		CaveatUnknownMedium:  "drevets type kendes ikke: flashlager kan gemme gamle blokke uden for rækkevidde",
		CaveatMapped:         "et sammensat eller virtuelt drev (LVM, RAID, loop): om det skriver på stedet, vides ikke",
		CaveatSparse:         "en fil med huller: kun dens blokke blev overskrevet, ikke hvad der kan have ligget i hullerne",
		CaveatEmpty:          "filen havde intet indhold",
		CaveatNewName:        "nogen gav filen et navn mere under sletningen: dér findes en tom fil endnu",
		CaveatInterrupted:    "sletningen blev afbrudt og gjort færdig senere: den kunne ikke sammenlignes med blokkene før",
		CaveatMailStore:      "serveren blev bedt om at fjerne beskeden: dens blokke blev frigivet, ikke overskrevet, og serverens lager, journaler og sikkerhedskopier kan rumme den endnu",
		CaveatMailIndex:      "serverens indekser kan gemme beskedens emne og adresser",
		CaveatMailCopies:     "kopier i andre mapper og postkasser og hos de øvrige korrespondenter er elementer for sig og blev ikke rørt",
		CaveatMailResumed:    "sletningen blev afbrudt, og beskeden er væk: om slet eller en anden fjernede den, vides ikke",
		CaveatExchange:       "Exchange gemmer fjernede beskeder blandt de genoprettelige elementer, i 14 dage medmindre andet er indstillet (højst 30, længere under tilbageholdelse): indtil da kan en administrator hente den tilbage",
		CaveatGmailTrash:     "Gmail kan lade en administrator gendanne fjernede beskeder i omkring 25 dage",
		CaveatGmailLabel:     "Gmail fjerner kun etiketten, medmindre den er sat til at slette: beskeden kan findes endnu under Alle mails eller i papirkurven",
		CaveatShareInPlace:   "at serveren overskriver på stedet, er hvad konfigurationen siger: det kunne ikke efterprøves",
		CaveatShareMedium:    "om serveren overskriver på stedet, vides ikke: NTFS, ext4 og XFS gør det, ReFS, ZFS og btrfs gør ikke",
		CaveatShareSnapshots: "delingen viser snapshots: elementet kan læses i dem, der er taget tidligere",
		CaveatShareLinks:     "om indholdet har andre navne i andre mapper (hårde links), kan der ikke spørges om over SMB",
		CaveatShareStreams:   "alternative datastrømme med ukendte navne blev fjernet med filen, ikke overskrevet",
		CaveatShareStream:    "en alternativ datastrøm kunne ikke overskrives: den blev fjernet med filen",
		CaveatShareCache:     "det blev læst tilbage gennem serverens cache: hvad der står på dens diske, er ikke set",
		CaveatRecorder:       "optageren fører sin egen liste over optagelser og fik ikke besked: den kan vise denne, indtil den selv opdager det",
		CaveatNameGone:       "sletningen blev afbrudt, efter at indholdet var ødelagt, og navnet findes ikke mere: har nogen flyttet det, består en tom fil",
		CaveatInUse:          "om et andet program havde filen åben, kunne ikke afklares: hvad det skrev imens, kan bestå eller være gået tabt",
		CaveatGone:           "sletningen blev afbrudt, og elementet er væk: om det nåede at blive overskrevet, vides ikke",
	}
}
