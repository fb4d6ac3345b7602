package config

import (
	"strconv"
	"time"
)

// Sweeps says how the recordings of all sources are kept from growing too old.
type Sweeps struct {
	// Margin is how long before its deadline a recording may be erased, so that
	// none grows older than it may between two sweeps; default 12h. It is never
	// more than a tenth of the period, and never goes below a minimum.
	Margin time.Duration `mapstructure:"margin" range:"0s 72h"`
}

// CCTV says how recordings are laid out. Where they are, path or smb says.
type CCTV struct {
	// Layout is the recorder's layout, of the table in docs/cctv.md, or auto
	// (the default): recognised from a sample of names.
	Layout string `mapstructure:"layout"`
	// Pattern is a pattern of your own instead of a layout, such as
	// {camera}/{date}/{time}.mp4.
	Pattern string `mapstructure:"pattern"`
	// Mode makes the layout's mode stricter: A files may go, B the recorder
	// must be told too, C verify only.
	Mode string `mapstructure:"mode" oneof:"A B C"`
	// Zone is the time zone of the cameras' clocks; default Europe/Copenhagen.
	Zone string `mapstructure:"zone"`
	// Camera is the camera's name where no path says one; default the source's
	// name.
	Camera string `mapstructure:"camera"`
	// Cameras are those with a zone of their own.
	Cameras  []Camera `mapstructure:"cameras"`
	Recorder Recorder `mapstructure:"recorder"`
}

// Camera is what differs for one camera.
type Camera struct {
	Name string `mapstructure:"name"`
	// Zone is its clock's zone; Etc/GMT-1 is Danish normal time all the year.
	Zone string `mapstructure:"zone"`
}

// Recorder is where a recorder is told that recordings are gone.
type Recorder struct {
	// URL is its address: http://frigate:5000 or https://zm.example.dk/zm.
	URL      string `mapstructure:"url"`
	Username string `mapstructure:"username"`
	Password Secret `mapstructure:"password"`
}

// OnDisk reports that a source lies in a folder of this machine.
func (s Source) OnDisk() bool {
	return s.Type == TypeFiles || s.Type == TypeCCTV && !s.OnShare()
}

// OnShare reports that a source lies on a share.
func (s Source) OnShare() bool {
	return s.Type == TypeSMB || s.Type == TypeCCTV && s.SMB.Address+s.SMB.Share != ""
}

// cctv checks a source of recordings; key names a setting of it.
func (r *reader) cctv(s *Source, key func(string) string, dir string) {
	if _, share := r.places[key(TypeSMB)]; share {
		if s.Path != "" {
			r.errorf(r.at(key("path")), key("path"), "recordings are in a folder (path) or on a share (smb), not in both")
		}
		r.smb(&s.SMB, key, dir)
	}
	for i, c := range s.CCTV.Cameras {
		r.required(c.Name, key("cctv.cameras")+"["+strconv.Itoa(i)+"].name", "a camera's name, as slet check shows it")
		r.required(c.Zone, key("cctv.cameras")+"["+strconv.Itoa(i)+"].zone", "a zone such as Etc/GMT-1")
	}
	rec := &s.CCTV.Recorder
	if rec.URL == "" && (rec.Username != "" || !rec.Password.IsZero()) {
		r.required(rec.URL, key("cctv.recorder.url"), "the recorder's address")
	}
	rec.Password.dir = dir
}
