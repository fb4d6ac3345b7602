package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/store"
)

// notice is something that needs somebody. Texts are masked.
type notice struct {
	Key  string `json:"key"`  // the same thing has the same key
	Kind string `json:"kind"` // job, plan, gaps, overdue, hold or owner
	Text string `json:"text"`
}

const (
	noticeAgain  = 23 * time.Hour // so long nobody is told the same thing again
	noticeTime   = time.Minute    // the longest that telling may take
	noticeForget = 90 * 24 * time.Hour
)

// notify tells what needs somebody and was not told of within a day. A way
// that fails keeps the other from nothing, and is tried again.
func (a *app) notify(ctx context.Context) error {
	all, err := a.notices(ctx)
	if err != nil {
		return err
	}
	sent, err := a.store.NoticesSince(ctx, now().Add(-noticeAgain))
	if err != nil {
		return err
	}
	n := a.cfg.Notify
	var errs []error
	tell := func(way string, send func(context.Context, []notice) error) {
		var news []notice
		var keys []string
		for _, x := range all {
			if key := way + " " + x.Key; !sent[key] {
				news, keys = append(news, x), append(keys, key)
			}
		}
		if len(news) == 0 {
			return
		}
		limited, cancel := context.WithTimeout(ctx, noticeTime)
		defer cancel()
		if err := send(limited, news); err != nil {
			errs = append(errs, fmt.Errorf("notify by %s: %w", way, err))
			return
		}
		errs = append(errs, a.store.SetNotices(ctx, keys, now(), now().Add(-noticeForget)))
	}
	if n.SMTP.Address != "" {
		tell("mail", a.mailNotices)
	}
	if n.Webhook.URL != "" {
		tell("webhook", a.postNotices)
	}
	return errors.Join(errs...)
}

// notices are what needs somebody now.
func (a *app) notices(ctx context.Context) ([]notice, error) {
	var all []notice
	add := func(kind, key, format string, args ...any) {
		all = append(all, notice{kind + " " + key, kind, detectors.MaskText(fmt.Sprintf(format, args...))})
	}
	jobs, err := a.store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	for _, j := range jobs {
		// One failure may be a server that is being restarted; what is not
		// tried again soon is told of at once.
		if j.Failures > 1 || j.Failures == 1 && (j.Name == reloadJob || j.Name == "erase") {
			add("job", j.Name, "job %s has failed %s in a row: %s", j.Name, plural(j.Failures, "time"), j.Error)
		}
	}
	plans, err := a.store.PlansInState(ctx, store.PlanProposed)
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		add("plan", p.ID, "plan %s of %s waits for approval", p.ID, plural(p.Items, "item"))
	}
	scans, err := a.store.Scans(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range scans {
		if s.Totals.Gaps > int64(a.cfg.Notify.GapsOver) {
			add("gaps", s.Source, "source %s: %s", s.Source, plural(s.Totals.Gaps, "gap"))
		}
	}
	cameras, err := a.cameraStatus(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range cameras {
		if c.Over > 0 {
			add("overdue", a.key.Ref(c.Source, c.Camera), "source %s, camera %s: %s past the deadline, and no hold keeps them", c.Source, orDash(c.Camera), plural(c.Over, "recording"))
		}
	}
	holds, err := a.store.Holds(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range holds {
		for _, d := range h.Duties(now()) {
			if d.Overdue {
				add("hold", h.ID+" "+string(d.Kind), "hold %s: %s", h.ID, dutyText(d))
			}
		}
	}
	return all, a.ownerNotices(ctx, add)
}

// mailNotices sends them in one mail.
func (a *app) mailNotices(ctx context.Context, news []notice) error {
	var body strings.Builder
	for _, n := range news {
		fmt.Fprintf(&body, "- %s\n", n.Text)
	}
	return a.mail(ctx, a.cfg.Notify.SMTP.To, fmt.Sprintf("slet: %s", plural(len(news), "notice")), body.String())
}

// errAddress: what stands as somebody's mail address is none.
var errAddress = errors.New("no mail address")

// mail sends one mail. Without an error the server has taken it.
func (a *app) mail(ctx context.Context, to []string, subject, body string) error {
	s := a.cfg.Notify.SMTP
	host, portText, err := net.SplitHostPort(s.Address)
	if err != nil {
		host, portText = s.Address, "587"
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return usagef("%s: notify.smtp.address: %q is no port", a.cfg.File, portText)
	}
	opts := []mail.Option{mail.WithPort(port), mail.WithTimeout(noticeTime / 2), smtpSecurity(s)}
	if s.Username != "" {
		password, err := s.Password.Reveal()
		if err != nil {
			return err
		}
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.Username), mail.WithPassword(password))
	}
	client, err := mail.NewClient(host, opts...)
	if err != nil {
		return err
	}
	m := mail.NewMsg()
	if err := errors.Join(m.From(s.From), m.To(to...)); err != nil {
		return fmt.Errorf("%w: %w", errAddress, err)
	}
	m.Subject(subject)
	m.SetDate()
	m.SetMessageID()
	m.SetBodyString(mail.TypeTextPlain, body)
	return client.DialAndSendWithContext(ctx, m)
}

func smtpSecurity(s config.SMTP) mail.Option {
	switch s.Security {
	case "tls":
		return mail.WithSSL()
	case "none": // on this machine only; config refuses others
		return mail.WithTLSPolicy(mail.NoTLS)
	}
	return mail.WithTLSPolicy(mail.TLSMandatory)
}

// postNotices sends them as one JSON object.
func (a *app) postNotices(ctx context.Context, news []notice) error {
	return a.post(ctx, struct {
		Organisation string    `json:"organisation"`
		Time         time.Time `json:"time"`
		Text         string    `json:"text"` // for chats that show it
		Notices      []notice  `json:"notices"`
	}{a.cfg.Organisation.Name, now(), "slet: " + plural(len(news), "notice"), news})
}

// post sends a JSON object to notify.webhook.
func (a *app) post(ctx context.Context, object any) error {
	data, err := json.Marshal(object)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.cfg.Notify.Webhook.URL, bytes.NewReader(data))
	if err != nil {
		return errors.New("notify.webhook.url is no address") // it may hold a secret
	}
	req.Header.Set("Content-Type", "application/json")
	if t := a.cfg.Notify.Webhook.Token; !t.IsZero() {
		token, err := t.Reveal()
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	// Nobody is followed elsewhere with the token.
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return errors.New("the webhook does not answer") // the error would name its address
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the webhook answers %s", res.Status)
	}
	return nil
}
