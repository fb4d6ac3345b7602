package cctvgen

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Clips are contents by kind ("mp4", "fmp4", "mkv", "avi"): one small film each,
// whose time is changed for every file rather than encoding it anew.
type Clips map[string][]byte

// clipTime is the time that is in the clips that [Encode] makes.
var clipTime = time.Date(2020, 2, 2, 2, 2, 2, 0, time.UTC)

// ClipLength is how long they are.
const ClipLength = 2 * time.Second

// Encode makes one clip of each kind with the program ffmpeg.
func Encode(ctx context.Context, ffmpeg, dir string) (Clips, error) {
	clips := Clips{}
	stamp := "creation_time=" + clipTime.Format(time.RFC3339)
	for kind, args := range map[string][]string{
		"mp4":  {"-f", "mp4"},
		"fmp4": {"-f", "mp4", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-g", "5"},
		"mkv":  {"-f", "matroska"},
		"avi":  {"-f", "avi", "-metadata", "date=2020-02-02 02:02:02"},
	} {
		out := filepath.Join(dir, "clip."+kind)
		call := append([]string{"-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=5",
			"-t", fmt.Sprint(ClipLength.Seconds()), "-c:v", "mpeg4", "-metadata", stamp}, args...)
		if said, err := exec.CommandContext(ctx, ffmpeg, append(call, out)...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("ffmpeg, %s: %w: %s", kind, err, said)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			return nil, err
		}
		clips[kind] = b
	}
	return clips, nil
}

// content is what a file holds.
func (c Clips) content(f File) []byte {
	if f.Data != nil {
		return f.Data
	}
	if end, ok := strings.CutPrefix(f.Content, "axis:"); ok {
		return fmt.Appendf(nil, "<?xml version=\"1.0\"?>\n<Recording RecordingToken=\"x\"><StartTime>%s</StartTime><StopTime>%s</StopTime></Recording>\n",
			f.Stamp.UTC().Format(time.RFC3339Nano), end)
	}
	if clip := c[f.Content]; clip != nil {
		return restamped(clip, f.Stamp)
	}
	switch f.Content {
	case "mp4", "fmp4":
		return MP4(f.Stamp, f.End.Sub(f.Begin))
	case "jpg":
		return []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00" + f.Path)
	}
	return []byte(f.Content + " " + f.Path) // something that no header reader knows
}

// MP4 is a film without pictures: a header that says when it was recorded and
// how long it is, and some bytes. A zero time is one that was never set.
func MP4(begin time.Time, length time.Duration) []byte {
	var created uint32
	if !begin.IsZero() {
		created = mp4Time(begin)
	}
	mvhd := make([]byte, 100)
	binary.BigEndian.PutUint32(mvhd[4:], created)
	binary.BigEndian.PutUint32(mvhd[8:], created)
	binary.BigEndian.PutUint32(mvhd[12:], 1000)
	binary.BigEndian.PutUint32(mvhd[16:], uint32(max(length, 0).Milliseconds()))
	var b bytes.Buffer
	b.Write(mp4Box("ftyp", []byte("isom\x00\x00\x02\x00isommp41")))
	b.Write(mp4Box("mdat", bytes.Repeat([]byte("billede "), 64)))
	b.Write(mp4Box("moov", mp4Box("mvhd", mvhd)))
	return b.Bytes()
}

func mp4Box(kind string, content []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(content)))
	return append(append(b, kind...), content...)
}

func mp4Time(t time.Time) uint32 { return uint32(t.Unix() + 2_082_844_800) }

// restamped is a clip with another time in it, wherever the clip's own stands.
func restamped(clip []byte, t time.Time) []byte {
	mp4, mkv := make([]byte, 4), make([]byte, 8)
	epoch := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	var to4, to8 [8]byte
	binary.BigEndian.PutUint32(mp4, mp4Time(clipTime))
	binary.BigEndian.PutUint64(mkv, uint64(clipTime.Sub(epoch)))
	if !t.IsZero() {
		binary.BigEndian.PutUint32(to4[:], mp4Time(t))
		binary.BigEndian.PutUint64(to8[:], uint64(t.Sub(epoch)))
	}
	out := bytes.ReplaceAll(clip, mp4, to4[:4])
	out = bytes.ReplaceAll(out, append([]byte{0x44, 0x61, 0x88}, mkv...), append([]byte{0x44, 0x61, 0x88}, to8[:]...))
	if zone, err := time.LoadLocation("Europe/Copenhagen"); err == nil {
		t = t.In(zone) // AVI files say what the camera's clock showed
	}
	return bytes.ReplaceAll(out, []byte("2020-02-02 02:02:02"), []byte(t.Format("2006-01-02 15:04:05")))
}
