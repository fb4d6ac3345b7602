package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Off, in the place of a schedule, is never.
const Off = "off"

// Service says when slet run does what.
type Service struct {
	// Zone is the time zone of all schedules; default Europe/Copenhagen.
	Zone string `mapstructure:"zone"`
	// Propose is when what is due is proposed for erasure, as one plan for each
	// source. Default: Monday at 06:00.
	Propose string `mapstructure:"propose"`
	// Erase is when approved plans are carried out, in enforce mode, inside
	// erase.window. The brakes count from one such time to the next.
	// Default: every day at 21:00.
	Erase string `mapstructure:"erase"`
	// Prune is when old numbers, sessions and snippets are thrown away. Default: every
	// day at 04:30.
	Prune  string `mapstructure:"prune"`
	Backup Backup `mapstructure:"backup"`
}

// Backup says where slet run copies its state to.
type Backup struct {
	// Dir is the folder; without one there is no backup.
	Dir string `mapstructure:"dir"`
	// Schedule is when. Default: every day at 05:00.
	Schedule string `mapstructure:"schedule"`
	// Keep is how many are kept; default 14.
	Keep int `mapstructure:"keep" range:"1 10000"`
}

// ScanTimes says when a source is looked at. Schedules are in the form of cron:
// minute, hour, day of the month, month, day of the week; or off.
type ScanTimes struct {
	// Schedule is when it is scanned. Default: every night at 01:15, recordings
	// at seven minutes past every hour.
	Schedule string `mapstructure:"schedule"`
	// Full is when every item is examined anew; default off.
	Full string `mapstructure:"full"`
	// Window is when it may be scanned: a scan that reaches its end stops, and
	// goes on in the next one. Without from and to it is always.
	Window Window `mapstructure:"window"`
}

// Notify says whom slet run tells what needs somebody.
type Notify struct {
	SMTP    SMTP    `mapstructure:"smtp"`
	Webhook Webhook `mapstructure:"webhook"`
	// Schedule is when it is looked for what to tell. Default: every hour.
	Schedule string `mapstructure:"schedule"`
	// Digest is when the owners of findings are written to, by SMTP, about what
	// waits for them; or off. Default: Monday at 07:00.
	Digest string `mapstructure:"digest"`
	// GapsOver is how many places that could not be examined are told of, by
	// source; default 100.
	GapsOver int `mapstructure:"gaps_over" range:"0 1000000000"`
}

// SMTP is a mail server, and who writes to whom.
type SMTP struct {
	Address  string   `mapstructure:"address"` // host or host:port (587)
	Security string   `mapstructure:"security" oneof:"starttls tls none"`
	Username string   `mapstructure:"username"`
	Password Secret   `mapstructure:"password"`
	From     string   `mapstructure:"from"`
	To       []string `mapstructure:"to"`
}

// Webhook is an address that each notification is posted to, as JSON.
type Webhook struct {
	URL string `mapstructure:"url"`
	// Token is sent as Authorization: Bearer.
	Token Secret `mapstructure:"token"`
}

// defaultService is what is done when nobody has said so.
func defaultService() Service {
	return Service{
		Zone: "Europe/Copenhagen", Propose: "0 6 * * 1", Erase: "0 21 * * *", Prune: "30 4 * * *",
		Backup: Backup{Schedule: "0 5 * * *", Keep: 14},
	}
}

func defaultNotify() Notify {
	return Notify{SMTP: SMTP{Security: "starttls"}, Schedule: "5 * * * *", Digest: "0 7 * * 1", GapsOver: 100}
}

const (
	nightly = "15 1 * * *"
	hourly  = "7 * * * *"
)

// Location is the zone of the schedules.
func (s Service) Location() *time.Location {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return time.UTC // not in a configuration that was loaded
	}
	return zone
}

var errCron = errors.New(`expected five fields such as "15 1 * * *" (01:15 every night), @daily, or off`)

// Times returns what says the first time of a schedule after another time. It
// is nil for a schedule that is off.
//
// A time of day that the change to summer time leaves out does not come on that
// day, and one that comes twice in autumn counts twice.
func (s Service) Times(schedule string) (func(time.Time) time.Time, error) {
	if schedule == Off || schedule == "" {
		return nil, nil
	}
	// The parser reads a zone in front of the fields, and panics without fields.
	if strings.Contains(schedule, "=") {
		return nil, fmt.Errorf("%q: the zone stands in service.zone; %w", schedule, errCron)
	}
	fields, err := cron.ParseStandard(schedule)
	if err != nil {
		return nil, fmt.Errorf("%q is no schedule; %w", schedule, errCron)
	}
	zone := s.Location()
	next := func(t time.Time) time.Time { return fields.Next(t.In(zone)) }
	if next(time.Date(2026, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		return nil, fmt.Errorf("%q never comes; %w", schedule, errCron)
	}
	return next, nil
}

// service checks when what is done.
func (r *reader) service(cfg *Config, dir string) {
	s := &cfg.Service
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" {
		r.errorf(r.at("service.zone"), "service.zone", "%q is not a time zone; expected one such as Europe/Copenhagen", s.Zone)
		s.Zone = defaultService().Zone // said once is enough
	}
	r.schedule(*s, s.Propose, "service.propose")
	r.schedule(*s, s.Erase, "service.erase")
	r.schedule(*s, s.Prune, "service.prune")
	r.schedule(*s, s.Backup.Schedule, "service.backup.schedule")
	r.schedule(*s, cfg.Notify.Schedule, "notify.schedule")
	r.schedule(*s, cfg.Notify.Digest, "notify.digest")
	if s.Backup.Dir != "" {
		r.absolute(&s.Backup.Dir, "service.backup.dir", dir)
		for _, src := range cfg.Sources {
			if src.OnDisk() && within(s.Backup.Dir, from(dir, src.Path)) {
				r.errorf(r.at("service.backup.dir"), "service.backup.dir", "%s lies inside source %s; a backup holds what slet knows of it", s.Backup.Dir, src.Name)
			}
		}
	}
	r.notify(&cfg.Notify, dir)
}

func (r *reader) schedule(s Service, text, key string) {
	if _, err := s.Times(text); err != nil {
		r.errorf(r.at(key), key, "%v", err)
	}
}

// scanTimes checks when a source is looked at, and fills in what is not said.
func (r *reader) scanTimes(cfg *Config, s *Source, key func(string) string) {
	t := &s.Scan
	switch {
	case t.Schedule == "" && s.Type == TypeCCTV:
		t.Schedule = hourly
	case t.Schedule == "":
		t.Schedule = nightly
	}
	if t.Full == "" {
		t.Full = Off
	}
	if t.Window.Zone == "" {
		t.Window.Zone = cfg.Service.Zone
	}
	r.schedule(cfg.Service, t.Schedule, key("scan.schedule"))
	r.schedule(cfg.Service, t.Full, key("scan.full"))
	r.window(key("scan.window"), t.Window)
}

// notify checks whom to tell.
func (r *reader) notify(n *Notify, dir string) {
	n.SMTP.Password.dir, n.Webhook.Token.dir = dir, dir
	m := n.SMTP
	if m.Address != "" {
		r.mailAddress("notify.smtp.from", m.From)
		if len(m.To) == 0 {
			r.mailAddress("notify.smtp.to", "")
		}
		for i, to := range m.To {
			r.mailAddress(fmt.Sprintf("notify.smtp.to[%d]", i), to)
		}
		host, _, err := net.SplitHostPort(m.Address)
		if err != nil {
			host = m.Address
		}
		if m.Security == "none" && !loopback(host) {
			r.errorf(r.at("notify.smtp.security"), "notify.smtp.security", "none is for a mail server on this machine; expected starttls or tls")
		}
	} else if m.From != "" || len(m.To) > 0 || m.Username != "" {
		r.required("", "notify.smtp.address", "the mail server, such as smtp.kommune.dk")
	}
	if n.Webhook.URL == "" {
		return
	}
	u, err := url.Parse(n.Webhook.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		r.errorf(r.at("notify.webhook.url"), "notify.webhook.url", "is no https address")
	}
}

func (r *reader) mailAddress(key, text string) {
	if a, err := mail.ParseAddress(text); err != nil || a.Name != "" {
		r.errorf(r.at(key), key, "%q is no mail address; expected one such as slet@kommune.dk", text)
	}
}

// Credentials are the names of the systemd credentials that the configuration
// refers to (cred:NAME), in order.
func (c *Config) Credentials() []string {
	var names []string
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		if s, ok := v.Interface().(Secret); ok {
			if name, ok := strings.CutPrefix(s.Reference(), "cred:"); ok && !slices.Contains(names, name) {
				names = append(names, name)
			}
			return
		}
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		}
	}
	walk(reflect.ValueOf(*c))
	slices.Sort(names)
	return names
}
