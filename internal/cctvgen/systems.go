package cctvgen

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// systems are the recorders, each as its own documentation or files that people
// have published show it.
func systems() []system {
	return []system{
		{name: "frigate", utc: true, files: frigate},
		{name: "zoneminder", files: zoneminder, temporary: func(p string) string { return path.Join(path.Dir(p), "incomplete.mp4") }},
		{name: "motion", files: motion},
		{name: "motioneye", files: motioneye},
		{name: "shinobi", files: shinobi},
		{name: "blueiris", files: blueiris},
		{name: "dahua", files: dahua, temporary: func(p string) string { return p + "_" }},
		{name: "reolink", files: reolink},
		{name: "axis", files: axis},
		{name: "hikvision", files: hikvision, temporary: func(p string) string { return p + ".tmp" }},
		{name: "hikvision-nas", files: hikvisionNAS, finish: hikLists},
		{name: "unifi", files: unifi},
		{name: "milestone", files: milestone},
		{name: "synology", files: synology},
		{name: "tapo", files: tapo},
		{name: "ftp", files: ftp, temporary: func(p string) string { return p + ".part" }},
	}
}

func at(t time.Time, layout string) string { return t.Format(layout) }

func frigate(camera string, _ int, begin, _ time.Time) []File {
	return []File{{Path: at(begin, "recordings/2006-01-02/15/") + camera + at(begin, "/04.05") + ".mp4", Content: "fmp4"}}
}

func zoneminder(camera string, n int, begin, _ time.Time) []File {
	dir := fmt.Sprintf("%s/%s/%d/", camera, at(begin, "06/01/02/15/04/05"), n)
	dir = path.Dir(path.Dir(dir)) + "/" // the event's number is a link beside the deep folders
	return []File{
		{Path: fmt.Sprintf("%s%d-video.mp4", dir, n), Content: "mp4"},
		{Path: dir + "snapshot.jpg", Role: Companion, Content: "jpg"},
		{Path: dir + "00001-capture.jpg", Role: Companion, Content: "jpg"},
	}
}

func motion(camera string, n int, begin, _ time.Time) []File {
	return []File{
		{Path: fmt.Sprintf("%s_%02d-%d-%s.mkv", camera, n%100, n, at(begin, "20060102150405")), Content: "mkv"},
		{Path: fmt.Sprintf("%s_%02d-%s-00.jpg", camera, n%100, at(begin, "20060102150405")), Role: Companion, Content: "jpg"},
	}
}

func motioneye(camera string, _ int, begin, _ time.Time) []File {
	name := camera + at(begin, "/2006-01-02/15-04-05") + ".mp4"
	return []File{{Path: name, Content: "mp4"}, {Path: name + ".thumb", Role: Companion, Content: "jpg"}}
}

func shinobi(camera string, _ int, begin, _ time.Time) []File {
	return []File{{Path: "videos/gruppe/" + camera + at(begin, "/2006-01-02T15-04-05") + ".mp4", Content: "mp4"}}
}

func blueiris(camera string, _ int, begin, _ time.Time) []File {
	return []File{
		{Path: "New/" + camera + at(begin, ".20060102_150405") + ".mp4", Content: "mp4"},
		{Path: "New/" + camera + at(begin, ".20060102_150405") + ".jpg", Role: Companion, Content: "jpg"},
	}
}

func dahua(camera string, _ int, begin, end time.Time) []File {
	name := camera + at(begin, "/2006-01-02/") + "001/dav/" + at(begin, "15/15.04.05-") + at(end, "15.04.05") + "[R][0@0][0]"
	return []File{
		{Path: name + ".dav", Camera: camera + "/001", End: end, Content: "dav"},
		{Path: name + ".idx", Camera: camera + "/001", End: end, Role: Companion, Content: "idx"},
		{Path: camera + at(begin, "/2006-01-02/") + "001/jpg/" + at(begin, "15/04/05") + "[M][0@0][0].jpg", Camera: camera + "/001", Role: Companion, Content: "jpg"},
	}
}

func reolink(camera string, _ int, begin, _ time.Time) []File {
	name := at(begin, "2006/01/02/") + camera + "_00_" + at(begin, "20060102150405")
	return []File{{Path: name + ".mp4", Content: "mp4"}, {Path: name + ".jpg", Role: Companion, Content: "jpg"}}
}

func axis(camera string, n int, begin, end time.Time) []File {
	id := fmt.Sprintf("%04X", n)
	dir := camera + at(begin, "/20060102/15/20060102_150405_") + id
	block := dir + at(begin, "/20060102_15/20060102_150405_") + id
	return []File{
		{Path: block + ".mkv", Content: "mkv"},
		{Path: block + ".xml", Role: Companion, Content: "xml"},
		{Path: dir + "/recording.xml", Role: Companion, Content: "axis:" + end.UTC().Format(time.RFC3339)},
	}
}

func hikvision(camera string, _ int, begin, _ time.Time) []File {
	return []File{{Path: camera + "/ch01_" + at(begin, "20060102150405") + ".mp4", Camera: camera + "/01", Content: "mp4"}}
}

func hikvisionNAS(camera string, n int, _, _ time.Time) []File {
	return []File{
		{Path: fmt.Sprintf("%s/datadir0/hiv%05d.mp4", camera, n), Content: "bin"},
		{Path: camera + "/datadir0/index00.bin", Role: Companion, Content: "bin"},
		{Path: camera + "/info.bin", Role: Companion, Content: "bin"},
	}
}

func unifi(camera string, _ int, begin, _ time.Time) []File {
	return []File{{Path: fmt.Sprintf("%s%s_0_rotating_%d.ubv", at(begin, "2006/01/02/"), camera, begin.UnixMilli()), Content: "bin"}}
}

func milestone(camera string, _ int, begin, _ time.Time) []File {
	dir := "Medier/" + camera + "(10.0.0.7) - " + strings.ReplaceAll(at(begin, "2006-01-02T15-04-05-0700"), ":", "-")
	return []File{{Path: dir + "/core.blk", Content: "bin"}}
}

func synology(camera string, _ int, begin, _ time.Time) []File {
	return []File{{Path: fmt.Sprintf("%s/%s/%s-%s-%d.mp4", camera, at(begin, "20060102PM"), camera, at(begin, "20060102-150405"), begin.Unix()), Content: "mp4"}}
}

func tapo(camera string, _ int, begin, end time.Time) []File {
	return []File{{Path: fmt.Sprintf("%s/%d-%d.mp4", camera, begin.Unix(), end.Unix()), End: end, Content: "mp4"}}
}

func ftp(camera string, _ int, begin, _ time.Time) []File {
	return []File{{Path: camera + at(begin, "_20060102_150405.avi"), Content: "avi"}}
}
