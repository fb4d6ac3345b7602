package cctv

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Mode says what may be done with the files of a recorder behind its back.
type Mode string

// The modes, freest first. A configuration can only move towards the last.
const (
	// ModeFree: files may be erased.
	ModeFree Mode = "A"
	// ModeTell: files may be erased, and then the recorder must be told.
	ModeTell Mode = "B"
	// ModeVerify: files are never touched; the recorder's own erasing is
	// verified, and what it left is reported.
	ModeVerify Mode = "C"
)

// what kind of file a path is.
type what string

const (
	video     what = "recording"
	picture   what = "picture"
	companion what = "companion" // belongs to a recording: index, thumbnail, description
	export    what = "export"    // a copy that a person made, and no retention of the recorder's removes
	list      what = "list"      // says what lies in the files of a ring ([scanner.Indexer])
)

// rule is one kind of path in a layout.
type rule struct {
	what what
	text string // of the pattern
	utc  bool   // the clock in it runs on UTC whatever the camera's zone
	// sign: a single path like this is enough to know the layout by.
	sign bool
	// bare: such a file has no ending that says what it is.
	bare bool
	re   *pattern // text, compiled
}

// Layout is how one kind of recorder lays out its files. The table below is
// all that slet knows of recorders; docs/cctv.md is made from it.
type Layout struct {
	Name  string
	Title string
	Mode  Mode
	// Tell is how the recorder is told that files are gone (ModeTell), or how
	// it is made to erase them itself (ModeVerify).
	Tell string
	Note string
	// Known is what the layout is known from.
	Known string
	paths []rule
	// doubt: why no time that is read here can be relied on.
	doubt string
}

// dahuaName is the name of a file that a Dahua camera sends: begin, end, and
// flags in brackets (R schedule, M motion, A alarm).
const dahuaName = `{time}-{endtime}\[{*}\][\[{*}\]][\[{*}\]].`

// layouts is the table. Where two explain the same paths the first one wins.
//
//nolint:lll // a table
var layouts = []Layout{
	{
		Name: "frigate", Title: "Frigate", Mode: ModeTell,
		Known: "its documentation and source (record/maintainer.py)",
		Tell:  "POST /api/media/sync (media_types recordings); Frigate's own erasing cannot see exports, nor cameras that were renamed or removed",
		paths: []rule{
			{what: video, text: `{folders}recordings/{date}/{h}/{camera}/{m}.{s}.mp4`, utc: true, sign: true},
			{what: video, text: `{date}/{h}/{camera}/{m}.{s}.mp4`, utc: true},
			{what: video, text: `{folders}recordings/{Y}-{M}/{D}/{h}/{camera}/{m}.{s}.mp4`, utc: true, sign: true}, // before 0.12
			{what: export, text: `{folders}exports/{camera}_{date}_{time}-{enddate}_{endtime}[_{*}].mp4`},
			{what: picture, text: `{folders}clips/previews/{camera}/{epoch}[.{n}]-{endepoch}[.{n}].{media}`},
			{what: picture, text: `{folders}clips/review/thumb-{camera}-{epoch}.{n}-{*}.{image}`},
			{what: picture, text: `{folders}clips/thumbs/{camera}/{epoch}.{n}-{*}.{image}`},
			{what: picture, text: `{folders}clips/{camera}-{epoch}.{n}-{*}.{media}`},
		},
	},
	{
		Name: "zoneminder", Title: "ZoneMinder", Mode: ModeTell,
		Known: "its source (zm_event.cpp)",
		Tell:  "DELETE /zm/api/events/EVENT.json, or zmaudit.pl, which drops events without files",
		paths: []rule{
			{what: video, text: `{folders}{camera}/{y}/{M}/{D}/{h}/{m}/{s}/{n}-video.{video}`, sign: true},
			{what: picture, text: `{folders}{camera}/{y}/{M}/{D}/{h}/{m}/{s}/{n}-{*}.{image}`},
			{what: companion, text: `{folders}{camera}/{y}/{M}/{D}/{h}/{m}/{s}/{*}`},
			{what: video, text: `{folders}{camera}/{date}/{event}/{n}-video.{video}`, sign: true},
			{what: picture, text: `{folders}{camera}/{date}/{event}/{n}-{*}.{image}`},
			{what: companion, text: `{folders}{camera}/{date}/{event}/{*}`},
			{what: video, text: `{folders}{camera}/{event}/{n}-video.{video}`, sign: true},
			{what: picture, text: `{folders}{camera}/{event}/{n}-capture.{image}`},
		},
	},
	{
		Name: "axis", Title: "Axis, edge storage on a share", Mode: ModeTell,
		Known: "public recordings (vi3o), Axis' VAPIX documentation; that the camera's clean-up finds missing files: from memory",
		Tell:  "the camera's VAPIX record/remove.cgi, or its own clean-up, which finds the missing files",
		paths: []rule{
			{what: video, text: `{folders}{camera}/{date}/{h}/{date}_{time}_{*}/{date}_{h}/{date}_{time}_{*}.mkv`, sign: true},
			{what: companion, text: `{folders}{camera}/{date}/{h}/{date}_{time}_{*}/{date}_{h}/{date}_{time}_{*}.xml`},
			{what: companion, text: `{folders}{camera}/{date}/{h}/{date}_{time}_{*}/recording.xml`, sign: true},
		},
	},
	{
		Name: "hikvision-nas", Title: "Hikvision camera on a NAS (datadir)", Mode: ModeVerify,
		Known: "the programs libHikvision (davehope, bkbilly); not held against a camera's",
		Tell:  "set the overwriting or expiry of recordings in the camera or recorder: the files are a ring that it writes over",
		Note:  "what lies in the ring, and since when, is read from its list, index00.bin",
		doubt: "a ring of files that are filled in advance: one file holds many days, and none of its dates says which",
		paths: []rule{
			{what: video, text: `{folders}[{camera}/]datadir{n}/hiv{n}.mp4`, sign: true},
			{what: picture, text: `{folders}[{camera}/]datadir{n}/hiv{n}.pic`, sign: true},
			{what: list, text: `{folders}[{camera}/]datadir{n}/index00[p].bin`, sign: true},
			{what: companion, text: `{folders}[{camera}/]datadir{n}/index{n}[p].bin`, sign: true},
			{what: companion, text: `{folders}[{camera}/]info.bin`},
		},
	},
	{
		Name: "unifi", Title: "UniFi Protect", Mode: ModeVerify,
		Known: "public programs that convert its files",
		Tell:  "set the retention in UniFi Protect: the files are a ring that it writes over, known to its database",
		paths: []rule{
			{what: video, text: `{folders}{Y}/{M}/{D}/{camera}_{n}_rotating_{epochms}.ubv`, sign: true},
			{what: video, text: `{folders}{Y}/{M}/{D}/{camera}_{n}_timelapse_{epochms}.ubv`, sign: true},
		},
	},
	{
		Name: "milestone", Title: "Milestone XProtect", Mode: ModeVerify,
		Known: "Milestone's documentation",
		Tell:  "set the retention time of the storage in the Management Client; evidence locks and investigations have their own",
		Note:  "the time in a folder's name is that of its newest picture",
		paths: []rule{
			{what: video, text: `{folders}{camera} (Edge) - {date}T{time}[{zone}]/{*}`, sign: true},
			{what: video, text: `{folders}{camera} (SMTP) - {date}T{time}[{zone}]/{*}`, sign: true},
			{what: video, text: `{folders}{camera}({*}) - {date}T{time}[{zone}]/{*}`, sign: true},
		},
	},
	{
		Name: "synology", Title: "Synology Surveillance Station", Mode: ModeVerify,
		Known: "from memory; its days and size: Synology's documentation",
		Tell:  "set days and size for each camera in Surveillance Station; locked recordings are exempt from it. For an archive copy use the layout ftp",
		paths: []rule{
			{what: video, text: `{folders}{camera}/{date}{half}/{camera}-{date}-{time}-{epoch}.{video}`, sign: true},
			{what: video, text: `{folders}{camera}/{date}{half}/{*}-{date}-{time}.{video}`, sign: true},
		},
	},
	{
		Name: "moonfire", Title: "Moonfire NVR", Mode: ModeVerify, Known: "its design/schema.md",
		Tell:  "set retain_bytes for each stream in Moonfire NVR: its files are known to its database only",
		doubt: "only Moonfire NVR's database says when it was recorded",
		paths: []rule{{what: video, text: `{folders}{camera}/{hex}`, sign: true, bare: true}, {what: video, text: `{hex}`, sign: true, bare: true}},
	},
	{
		Name: "mobotix", Title: "MOBOTIX camera on a file server", Mode: ModeVerify,
		Known: "MOBOTIX's online help; its support: neither files nor folders may be deleted or added",
		Tell:  "set the size and the age of the file server's ring in the camera (Storage on External File Server)",
		doubt: "a ring of events that the camera writes over: no name says when",
		paths: []rule{
			{what: video, text: `{folders}{camera}/{ddd}/{ddd}/{*}`, sign: true, bare: true},
			{what: companion, text: `{folders}{camera}/{ddd}/{*}`, bare: true},
		},
	},
	{
		Name: "dahua-dvr", Title: "Dahua recorder's own disk", Mode: ModeVerify, Known: "paths that recorders answer with over HTTP",
		Tell: "set the overwriting or expiry of recordings in the recorder: it knows its files by a database",
		paths: []rule{
			{what: video, text: `{folders}{date}/{channel}/dav/{h}/{n}/{n}/{n}/{time}-{endtime}\[{*}\][\[{*}\]][\[{*}\]].{video}`, sign: true},
			{what: companion, text: `{folders}{date}/{channel}/dav/{h}/{n}/{n}/{n}/{time}-{endtime}\[{*}\][\[{*}\]][\[{*}\]].idx`, sign: true},
		},
	},
	{
		Name: "qnap", Title: "QNAP QVR and Surveillance Station", Mode: ModeVerify,
		Known: "from memory: nothing public was found",
		Tell:  "set days and size for each channel in QVR: it knows its files by a database. For an archive copy use the layout ftp",
		paths: []rule{
			{what: video, text: `{folders}Recordings/{camera}/{date}/{folders}{*}{date}[_][-]{time}{*}.{video}`, sign: true},
			{what: video, text: `{folders}Recordings/{camera}/{date}/{folders}{*}.{video}`, sign: true},
		},
	},
	{
		Name: "avigilon", Title: "Avigilon Control Center", Mode: ModeVerify,
		Known: "from memory: nothing public was found",
		Tell:  "set the retention in Avigilon Control Center: its volumes are its own. Exports elsewhere are files like any other",
		doubt: "a volume of Avigilon's own: no name in it says when",
		paths: []rule{{what: video, text: `{folders}AvigilonData/{folders}{*}`, sign: true, bare: true}},
	},
	{
		Name: "shinobi", Title: "Shinobi", Mode: ModeTell,
		Known: "its documentation and source (cron.js)",
		Tell:  "nothing to do when deleteNoVideo is on in Shinobi's cron (its default): rows without a file are dropped",
		paths: []rule{
			{what: video, text: `{folders}{camera}/{date}T{time}.{video}`, sign: true},
			{what: picture, text: `{folders}{camera}_timelapse/{date}/{date}T{time}.{image}`, sign: true},
		},
	},
	{
		Name: "blueiris", Title: "Blue Iris", Mode: ModeTell,
		Known: "its help and public wikis",
		Tell:  "Repair/regenerate the database in Blue Iris (Status, Clip storage)",
		Note:  "protected and flagged clips are kept for ever by Blue Iris, and look like others",
		paths: []rule{
			{what: video, text: `{folders}{camera}.{date}_{time}[.{*}].{video}`, sign: true},
			{what: picture, text: `{folders}{camera}.{date}_{time}[.{*}].{image}`},
			{what: companion, text: `{folders}{camera}.{date}_{time}[.{*}].dat`},
		},
	},
	{
		Name: "dahua", Title: "Dahua, Amcrest, Intelbras (FTP folder or SD card)", Mode: ModeFree,
		Known: "public test files of cameras and recorders",
		Note:  "a disk out of a DVR is not this: its files are known to a database; set mode C for one",
		paths: []rule{
			{what: video, text: `{folders}{date}/{channel}/dav/{h}/` + dahuaName + `{video}`, sign: true},
			{what: companion, text: `{folders}{date}/{channel}/dav/{h}/` + dahuaName + `idx`, sign: true},
			{what: picture, text: `{folders}{date}/{channel}/jpg/{h}/{m}/{s}\[{*}\][\[{*}\]][\[{*}\]].{image}`, sign: true},
			{what: picture, text: `{folders}{date}/{channel}/jpg/{h}/{m}.{s}\[{*}\][\[{*}\]][\[{*}\]].{image}`, sign: true},
			{what: video, text: `{folders}ch{channel}_{*}_{date}{time}_{enddate}{endtime}.{video}`},
			{what: companion, text: `{folders}ch{channel}_{*}_{date}{time}_{enddate}{endtime}.idx`},
		},
	},
	{
		Name: "motioneye", Title: "motionEye", Mode: ModeFree,
		Known: "its source (mediafiles.py)",
		paths: []rule{
			{what: video, text: `{folders}{camera}/{date}/{time}.{video}`},
			{what: companion, text: `{folders}{camera}/{date}/{time}.{video}.thumb`, sign: true},
			{what: picture, text: `{folders}{camera}/{date}/{time}[-{n}].{image}`},
			{what: companion, text: `{folders}{camera}/{date}/{time}[-{n}].{image}.thumb`},
			{what: video, text: `{date}/{time}.{video}`},
			{what: companion, text: `{date}/{time}.{video}.thumb`},
			{what: picture, text: `{date}/{time}[-{n}].{image}`},
		},
	},
	{
		Name: "motion", Title: "Motion", Mode: ModeFree,
		Known: "its configuration as delivered",
		paths: []rule{
			{what: video, text: `{folders}{camera}_{n}-{n}-{date}{time}.{video}`},
			{what: video, text: `{folders}{n}-{n}-{date}{time}.{video}`},
			{what: video, text: `{folders}{camera}_{n}-{date}{time}.{video}`},
			{what: video, text: `{folders}{n}-{date}{time}.{video}`},
			{what: picture, text: `{folders}{camera}_{n}-{date}{time}-{*}.{image}`},
			{what: picture, text: `{folders}{n}-{date}{time}-{*}.{image}`},
			{what: video, text: `{folders}{date}-timelapse.{video}`},
		},
	},
	{
		Name: "reolink", Title: "Reolink (FTP folder or SD card)", Mode: ModeFree,
		Known: "public test files, reolink_aio",
		paths: []rule{
			{what: video, text: `{folders}{Y}/{M}/{D}/{camera}_{n}_{date}{time}.{video}`},
			{what: picture, text: `{folders}{Y}/{M}/{D}/{camera}_{n}_{date}{time}.{image}`},
			{what: video, text: `{folders}{camera}/Rec/{date}/Rec{*}_{date}{time}_{enddate}{endtime}.{video}`, sign: true},
			{what: video, text: `{folders}Rec/{date}/Rec{*}_{date}{time}_{enddate}{endtime}.{video}`, sign: true},
			{what: video, text: `{folders}{camera}/{date}/Rec{*}_{date}_{time}_{endtime}[_{*}].{video}`, sign: true},
			{what: video, text: `{folders}{camera}_{n}_{date}{time}.{video}`},
			{what: picture, text: `{folders}{camera}_{n}_{date}{time}.{image}`},
			{what: video, text: `{folders}RLC{camera}_{date}_{time}.{video}`},
			{what: video, text: `{folders}RLC_{date}_{time}.{media}`},
		},
	},
	{
		Name: "hikvision", Title: "Hikvision, exported files or FTP folder", Mode: ModeFree,
		Known: "from memory",
		paths: []rule{
			{what: video, text: `{folders}ch{channel}_{date}{time}[_{enddate}{endtime}].{video}`, sign: true},
			{what: picture, text: `{folders}ch{channel}_{date}{time}.{image}`},
			{what: video, text: `{folders}{camera}/{channel}/record/{date}{time}[_{*}].{video}`, sign: true},
			{what: video, text: `{folders}{camera}/{channel}/record/{date}/{*}{date}{time}[_{*}].{video}`, sign: true},
			{what: picture, text: `{folders}{camera}_{channel}_{date}{time}{*}.{image}`},
		},
	},
	{
		Name: "tapo", Title: "Tapo, as Home Assistant fetches it", Mode: ModeFree,
		Known: "HomeAssistant-Tapo-Control #509",
		paths: []rule{
			{what: video, text: `{folders}{camera}/{epoch}-{endepoch}.{video}`, sign: true},
			{what: video, text: `{epoch}-{endepoch}.{video}`, sign: true},
		},
	},
	{
		Name: "ftp", Title: "other cameras and exports (FTP folder)", Mode: ModeFree,
		Known: "yi-hack-Allwinner-v2 #826, yi-hack-MStar #375, ZLMediaKit #679, manuals of ABUS, Canon and Brickcom; the rest is what people set",
		Note:  "the last resort: whatever says its date and time in one of the usual ways. yi-hack: some versions name folders by GMT; give such a camera zone: UTC",
		paths: []rule{
			{what: video, text: `{folders}{camera}/{Y}[Y]{M}[M]{D}[D]{h}H/{m}M{s}S{n}.{video}`, sign: true}, // yi-hack
			{what: video, text: `{folders}{camera}/{Y}[Y]{M}[M]{D}[D]{h}H/E{n}{m}M{s}S{n}.{video}`, sign: true},
			{what: video, text: `{folders}{camera}/{Y}Y{M}M{D}D{h}H/E{n}M{m}S{s}.{video}`, sign: true},
			{what: video, text: `{folders}{camera}/[Alarm][Backup][Period]/{date}/{h}/{*}.{media}`},                 // ABUS
			{what: video, text: `{folders}NVR_MEDIA_{camera}_{date}_{time}_{enddate}_{endtime}.{video}`, utc: true}, // Canon
			{what: companion, text: `{folders}NVR_INDEX_{camera}_{date}_{time}_{enddate}_{endtime}.{video}`, utc: true},
			{what: video, text: `{folders}{date}-{time}-{endtime}_{camera}.{video}`}, // Brickcom
			{what: export, text: `{folders}{camera} - {M}-{D}-{Y}, {h}.{m}.{s}{ampm}.{video}`},
			{what: video, text: `{folders}{camera}[_][-][ ]{date}[_]{time}_{enddate}[_]{endtime}.{video}`},
			{what: video, text: `{folders}{camera}/{date}[_][-][ ][T]{time}.{media}`},
			{what: video, text: `{folders}{camera}[_][-][ ]{date}[_][-][ ][T]{time}[_{*}].{media}`},
			{what: video, text: `{folders}{camera}/{date}/{h}/{m}[.][-][_]{s}.{media}`},
			{what: video, text: `{folders}{camera}/{date}/{h}/{*}{date}[_][-]{time}{*}.{media}`},
			{what: video, text: `{folders}{camera}/{date}/{time}{*}.{media}`},
			{what: video, text: `{date}[_][-][ ][T]{time}.{media}`},
			{what: video, text: `{folders}{camera}/{date}/{h}/{*}.{media}`},
			{what: video, text: `{folders}{camera}/{date}/{*}.{media}`},
			{what: video, text: `{date}/{*}.{media}`},
		},
	},
}

// Layouts returns the table, compiled.
func Layouts() []Layout {
	all := slices.Clone(layouts)
	for i := range all {
		all[i].paths = compiled(all[i].paths)
	}
	return all
}

// compiled compiles the patterns of the table, which a test reads too.
func compiled(paths []rule) []rule {
	paths = slices.Clone(paths)
	for i := range paths {
		p, err := compile(paths[i].text)
		if err != nil {
			panic(fmt.Sprintf("the table of layouts: %v", err)) // a mistake in the program
		}
		if paths[i].utc {
			p.zone = time.UTC
		}
		paths[i].re = p
	}
	return paths
}

// layoutOf returns the layout of a name.
func layoutOf(name string) (Layout, error) {
	i := slices.IndexFunc(layouts, func(l Layout) bool { return l.Name == name })
	if i < 0 {
		return Layout{}, fmt.Errorf("no layout is called %q; there are %s", name, strings.Join(LayoutNames(), ", "))
	}
	l := layouts[i]
	l.paths = compiled(l.paths)
	return l, nil
}

// LayoutNames are the names that a configuration can give, beside "auto".
func LayoutNames() []string {
	var names []string
	for _, l := range layouts {
		names = append(names, l.Name)
	}
	return names
}

// own is the layout of a pattern of the user's own.
func own(pattern string) (Layout, error) {
	if err := CheckPattern(pattern); err != nil {
		return Layout{}, err
	}
	p, err := compile(pattern)
	if err != nil {
		return Layout{}, err
	}
	return Layout{
		Name: "pattern", Title: "a pattern of your own", Mode: ModeFree,
		paths: []rule{{what: video, text: pattern, re: p}},
	}, nil
}

// read finds the first pattern that explains a path.
func (l *Layout) read(p string) (reading, *rule, bool) {
	for i := range l.paths {
		if r, ok := l.paths[i].re.read(p); ok {
			return r, &l.paths[i], true
		}
	}
	return reading{}, nil, false
}
