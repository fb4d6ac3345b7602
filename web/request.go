package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/report"
	"github.com/sletdk/slet/retention"
	"github.com/sletdk/slet/store"
)

//go:embed templates
var templateFiles embed.FS

// request is one request by one person.
type request struct {
	s    *Server
	w    http.ResponseWriter
	r    *http.Request
	user user
	lang report.Lang
}

// t says a Danish sentence in the person's language.
func (q *request) t(danish string) string { return translate(q.lang, danish) }

// page answers with a page. title is in Danish.
func (q *request) page(name, title string, data any) error {
	return q.pageStatus(http.StatusOK, name, title, data)
}

// view is what every template gets: the frame around Page.
type view struct {
	Title, Path  string
	Organisation string
	Version      string
	User         user
	Lang         report.Lang
	Menu         []menuItem
	Page         any
}

func (q *request) pageStatus(status int, name, title string, data any) error {
	t, ok := q.s.pages[q.lang][name]
	if !ok {
		return fmt.Errorf("no page %q", name)
	}
	v := view{
		Title: q.t(title), Path: q.r.URL.Path, Organisation: q.s.cfg.Organisation, Version: q.s.cfg.Version,
		User: q.user, Lang: q.lang, Menu: menuFor(q.user, q.r.URL.Path), Page: data,
	}
	// Into memory first: a template that fails must not leave half a page.
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout.tmpl", v); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.w.WriteHeader(status)
	_, err := b.WriteTo(q.w)
	return err
}

// redirect sends the browser on after a form, so that reloading repeats nothing.
func (q *request) redirect(to string) error {
	http.Redirect(q.w, q.r, to, http.StatusSeeOther)
	return nil
}

func (q *request) toSignIn() {
	to := "/login"
	if q.r.Method == http.MethodGet && q.r.URL.Path != "/" {
		to += "?next=" + url.QueryEscape(q.r.URL.RequestURI())
	}
	http.Redirect(q.w, q.r, to, http.StatusSeeOther)
}

// failure is the page of an error: what, and what to do next.
type failure struct{ Head, Text string }

// fail answers with an error in words. What is the program's own trouble goes
// to the logger, not to the person.
func (q *request) fail(err error) {
	status, f := http.StatusInternalServerError, failure{Head: "Noget gik galt", Text: "Fejlen er skrevet i programmets log. Prøv igen, eller spørg driften."}
	detail := ""
	var unusable *erase.Unusable
	switch {
	case errors.As(err, &unusable):
		status, f = http.StatusBadRequest, failure{Head: "Kan ikke bruges"}
		detail = sayFault(q.lang, unusable.Error())
	case errors.Is(err, errForbidden):
		status, f = http.StatusForbidden, failure{Head: "Ingen adgang", Text: "Din rolle giver ikke adgang til denne side."}
	case errors.Is(err, errTooMany):
		status, f = http.StatusTooManyRequests, failure{Head: "For mange forespørgsler", Text: "Vent et øjeblik, og prøv igen."}
	case errors.Is(err, store.ErrNotFound):
		status, f = http.StatusNotFound, failure{Head: "Findes ikke", Text: "Det, du søger, findes ikke, eller findes ikke længere."}
	case errors.Is(err, errInput):
		status, f = http.StatusBadRequest, failure{Head: "Kan ikke bruges"}
		detail = strings.TrimPrefix(err.Error(), errInput.Error()+": ")
	case errors.Is(err, erase.ErrRefused), errors.Is(err, store.ErrState), errors.Is(err, store.ErrStale):
		status, f = http.StatusConflict, failure{Head: "Afvist af en sikkerhedsregel"}
		detail = strings.TrimPrefix(sayFault(q.lang, err.Error()), refusedDanish) // the head says that
	default:
		q.s.Logger.Error("page failed", "path", q.r.URL.Path, "error", detectors.MaskText(err.Error()))
	}
	f.Head, f.Text = q.t(f.Head), q.t(f.Text)
	if detail != "" {
		f.Text = detail
	}
	if err := q.pageStatus(status, "failure", f.Head, f); err != nil {
		http.Error(q.w, http.StatusText(status), status)
	}
}

// refusedDanish is what every refusal begins with.
const refusedDanish = "Afvist af en sikkerhedsregel: "

// inputf is an error of kind errInput.
func inputf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errInput}, args...)...)
}

// langOf is the language that the browser was told to keep.
func langOf(r *http.Request) report.Lang {
	if c, err := r.Cookie("sprog"); err == nil && c.Value == string(report.English) {
		return report.English
	}
	return report.Danish
}

func (s *Server) setLang(q *request) error {
	lang := report.Danish
	if q.r.PostFormValue("lang") == string(report.English) {
		lang = report.English
	}
	http.SetCookie(q.w, &http.Cookie{Name: "sprog", Value: string(lang), Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()), HttpOnly: true, Secure: s.cfg.Secure, SameSite: http.SameSiteStrictMode})
	return q.redirect(localPath(q.r.PostFormValue("next")))
}

// pages are the parsed templates by language and name.
type pages map[report.Lang]map[string]*template.Template

// parsePages parses every template once for each language: each page is the
// layout, the shared pieces and its own file.
func parsePages() (pages, error) {
	names, err := fs.Glob(templateFiles, "templates/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("the pages' templates: %w", err)
	}
	out := pages{}
	for _, lang := range []report.Lang{report.Danish, report.English} {
		out[lang] = map[string]*template.Template{}
		for _, file := range names {
			name := strings.TrimSuffix(path.Base(file), ".tmpl")
			if name == "layout" || name == "shared" {
				continue
			}
			t, err := template.New(name).Funcs(functions(lang)).ParseFS(templateFiles, "templates/layout.tmpl", "templates/shared.tmpl", file)
			if err != nil {
				return nil, fmt.Errorf("the pages' templates: %w", err)
			}
			out[lang][name] = t
		}
	}
	return out, nil
}

// functions are what templates may call.
func functions(lang report.Lang) template.FuncMap {
	return template.FuncMap{
		"t":      func(danish string) string { return translate(lang, danish) },
		"word":   lang.Word,
		"n":      lang.Number,
		"bytes":  lang.Bytes,
		"pct":    lang.Percent,
		"reason": lang.Reason,
		"day":    report.Day,
		"clock":  report.Clock,
		"mask":   detectors.MaskText,
		"fault":  func(text string) string { return sayFault(lang, text) },
		"period": func(p *retention.Period) string {
			if lang == report.English {
				return p.English()
			}
			return p.Danish()
		},
		"why_dead": func(text string) string { return sayWhy(lang, text) },
		"job":      func(name string) string { return jobName(lang, name) },
		"logged":   func(code string) string { return logWord(lang, code) },
		"hours":    hours,
		"recorder": lang.RecorderNotes,
		"clockp":   func(t *time.Time) string { return report.Clock(*t) },
		"duty":     func(kind retention.DutyKind) string { return translate(lang, dutyName(kind)) },
		"ground":   func(g retention.Ground) string { return translate(lang, groundName(g)) },
		"said":     func(kind string) string { return translate(lang, said(kind)) },
		"why": func(code string) string {
			english, danish := detectors.Explain(code)
			if lang == report.English {
				return english
			}
			return danish
		},
	}
}

// menuItem is one line of the menu.
type menuItem struct {
	Href, Name string // Name in Danish
	Here       bool
}

// menu is the pages in the order of a working day.
var menu = []struct {
	href, name string
	need       permission
}{
	{"/", "Overblik", seeOverview},
	{"/fund", "Fund", seeFindings},
	{"/sletteforslag", "Sletteforslag", seePlans},
	{"/ejere", "Ejere", seeOwners},
	{"/hold", "Hold", keepBack},
	{"/arkivspaerrer", "Arkivspærrer", keepBack},
	{"/sletteplan", "Sletteplan", seeSchedule},
	{"/haendelser", "Hændelser", seeEvents},
	{"/kameraer", "Kameraer", seeCameras},
	{"/indsigt", "Indsigt", searchOne},
	{"/log", "Log", seeLog},
	{"/drift", "Drift", operate},
}

func menuFor(u user, at string) (items []menuItem) {
	for _, m := range menu {
		if u.may(m.need) {
			here := at == m.href || m.href != "/" && strings.HasPrefix(at, m.href+"/")
			items = append(items, menuItem{Href: m.href, Name: m.name, Here: here})
		}
	}
	return items
}
