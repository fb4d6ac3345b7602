package cctv

import (
	"regexp"
	"slices"
	"strings"

	"github.com/sletdk/slet/erase"
)

// temporaryName matches the names of files that are still being written:
// Dahua's .dav_, ZoneMinder's incomplete.mp4, Canon's NVR_STANDBY_, a leading
// dot (ZLMediaKit), what FTP servers and browsers use.
var temporaryName = regexp.MustCompile(`(?i)^\.|^incomplete\.|^in_progress\.|^NVR_STANDBY_|_$|~$|\.(tmp|temp|part|partial|filepart|crdownload|upload)$`)

// temporary reports whether a recorder gives such a name to what it is still
// writing. A tombstone is not one: it is slet's own.
func temporary(path string) bool {
	_, name := split(path)
	return temporaryName.MatchString(name) && !strings.HasPrefix(name, erase.TombstonePrefix)
}

// media reports whether a name is that of a video or a picture, also with a
// temporary ending behind it.
func media(path string) bool {
	_, name := split(path)
	name = strings.ToLower(name)
	for range 2 {
		i := strings.LastIndexByte(name, '.')
		if i < 0 {
			return false
		}
		ext := strings.TrimRight(name[i+1:], "_~")
		if slices.Contains(videoTypes, ext) || slices.Contains(imageTypes, ext) {
			return true
		}
		name = name[:i]
	}
	return false
}

// bareName reports whether a name is one that a recorder gives to recordings that
// have no ending: Moonfire's are sixteen hexadecimal digits.
func bareName(path string) bool {
	_, name := split(path)
	return len(name) == 16 && strings.Trim(name, "0123456789abcdef") == ""
}

// companionTypes are the endings of what recorders write beside a recording. A
// file with any other ending is an ordinary file, wherever it lies.
var companionTypes = []string{"idx", "thumb", "xml", "json", "dat", "bin", "meta", "m3u8", "vtt", "srt", "pic", "blk", "sts"}

// recorded reports whether a name is that of something that a recorder writes.
func recorded(path string) bool {
	_, name := split(path)
	ext := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	return media(path) || slices.Contains(companionTypes, ext)
}
