package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/agent"
	"github.com/sletdk/slet/audit"
	"github.com/sletdk/slet/config"
	"github.com/sletdk/slet/detectors"
	"github.com/sletdk/slet/erase"
	"github.com/sletdk/slet/extract"
	"github.com/sletdk/slet/scanner"
	"github.com/sletdk/slet/scanner/files"
)

func (c *cli) detectCommand() *cobra.Command {
	var d detecting
	cmd := &cobra.Command{
		Use:   "detect [PATH|-]...",
		Short: "Show what the detectors see in files; stores nothing",
		Long: `Shows what the detectors see in files, folders ("." when none is named) or
standard input (-). Nothing is stored. Folders named Privat are left alone
here too. Values are masked unless --reveal is given; a reveal is written to
the audit log when slet.yaml is there.

` + exitHelp,
		RunE: func(cmd *cobra.Command, paths []string) error {
			d.cli = c
			return d.run(cmd.Context(), paths)
		},
	}
	cmd.Flags().BoolVar(&d.reveal, "reveal", false, "print values unmasked")
	cmd.Flags().BoolVar(&d.ocr, "ocr", false, "read images and image-only pages with the tesseract program")
	cmd.Flags().StringVar(&d.pdf, "pdf", "full", "`HOW` to read PDF: full or light")
	return cmd
}

// detecting is one run of slet detect.
type detecting struct {
	*cli
	reveal, ocr bool
	pdf         string

	looker *agent.Looker
	gaps   int64
}

func (d *detecting) run(ctx context.Context, paths []string) error {
	if d.pdf != "full" && d.pdf != "light" {
		return usagef("--pdf %s: want full or light", d.pdf)
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	cfg, err := d.optionalConfig()
	if err != nil {
		return err
	}
	if err := d.auditReveal(cfg, paths); err != nil {
		return err
	}
	opts := detectorOptions(cfg.Detect)
	opts.KeepRaw = d.reveal
	engine, err := newEngine(cfg.File, opts)
	if err != nil {
		return err
	}
	x := extract.New(extract.Options{PDF: d.pdf, OCR: d.ocr || cfg.Extract.OCR, Worker: workerCommand(), Cache: userCache()})
	defer x.Close()
	d.looker = &agent.Looker{Extractor: x, Detectors: engine}
	for _, p := range paths {
		if err := d.path(ctx, p); err != nil {
			return err
		}
	}
	if d.gaps > 0 {
		return fmt.Errorf("%w: %s, shown above", errIncomplete, plural(d.gaps, "gap"))
	}
	return nil
}

// userCache is where compiled code is kept between runs that have no state
// directory; nothing is kept when the user has no such folder.
func userCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "slet")
}

// path looks at one argument.
func (d *detecting) path(ctx context.Context, path string) error {
	if path == "-" {
		return d.stdinItem(ctx)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return usage(err)
	}
	info, err := os.Lstat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usagef("%s: no such file or folder", path)
	case err != nil:
		return usagef("%s: %w", path, err)
	}
	dir, only := abs, ""
	if !info.IsDir() {
		dir, only = filepath.Dir(abs), filepath.Base(abs)
	}
	if scanner.PrivatePath(filepath.ToSlash(dir) + "/.") {
		return fmt.Errorf("%s lies in a private folder, which slet never opens: %w", path, erase.ErrRefused)
	}
	src, err := files.New(files.Config{Name: "detect", Root: dir})
	if err != nil {
		return err
	}
	defer src.Close()
	if only != "" {
		return d.one(ctx, src, path, only)
	}
	return agent.Walk(ctx, src, agent.Visitor{
		Item: func(it scanner.Item) error {
			return d.item(ctx, src, it, filepath.Join(path, filepath.FromSlash(it.Path)))
		},
		Gap: func(g *scanner.Gap) error {
			return d.gap(filepath.Join(path, filepath.FromSlash(g.Path)), *g)
		},
	})
}

// one looks at a single file: the item of that name in its folder, which is
// among the root's own files.
func (d *detecting) one(ctx context.Context, src scanner.Source, path, name string) error {
	parts, err := src.Partitions(ctx)
	if err != nil {
		return err
	}
	root := slices.IndexFunc(parts, func(p scanner.Partition) bool { return p.Path == "" })
	if root < 0 {
		return fmt.Errorf("%s: its folder cannot be listed", path)
	}
	for it, err := range src.Walk(ctx, parts[root]) {
		var skip *scanner.Skip
		switch {
		case errors.As(err, &skip):
			if skip.Name == name {
				return usagef("%s is a %s, which slet does not follow; name the file itself", path, skip.Why)
			}
		case err == nil && it.Path == name:
			return d.item(ctx, src, it, path)
		}
	}
	return usagef("%s: not a file that can be read", path)
}

// stdinItem looks at standard input, which is read whole into memory.
func (d *detecting) stdinItem(ctx context.Context) error {
	const most = 1 << 30
	data, err := io.ReadAll(io.LimitReader(d.stdin, most+1))
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	if len(data) > most {
		return usagef("standard input is over 1 GiB; give slet detect the file instead")
	}
	return d.show("-", func(out agent.Results) (*scanner.Gap, error) {
		_, err := d.looker.Text(ctx, "", bytes.NewReader(data), int64(len(data)), out)
		return nil, err
	})
}

func (d *detecting) item(ctx context.Context, src scanner.Source, it scanner.Item, path string) error {
	return d.show(path, func(out agent.Results) (*scanner.Gap, error) {
		_, fail := d.looker.Item(ctx, src, it, out)
		return fail, ctx.Err()
	})
}

// show prints what look finds as it finds it.
func (d *detecting) show(path string, look func(agent.Results) (*scanner.Gap, error)) error {
	out := &printing{d: d, path: path}
	fail, err := look(out)
	if fail != nil {
		out.Gap(*fail)
	}
	return errors.Join(err, out.err)
}

// printing prints the results of one item. After an error it prints no more.
type printing struct {
	d    *detecting
	path string
	err  error
}

func (p *printing) Match(m detectors.Match) {
	if p.err == nil {
		p.err = p.d.match(p.path, m)
	}
}

func (p *printing) Gap(g scanner.Gap) {
	if p.err == nil {
		p.err = p.d.gap(p.path, g)
	}
}

// matchLine is a line of slet detect --json for a match.
type matchLine struct {
	Path       string               `json:"path"`
	Where      string               `json:"where"`
	Detector   string               `json:"detector"`
	Category   string               `json:"category"`
	Value      string               `json:"value"`
	Confidence detectors.Confidence `json:"confidence"`
	Reasons    []string             `json:"reasons"`
	Start      int64                `json:"start"`
}

// gapLine is a line for a gap.
type gapLine struct {
	Path  string         `json:"path"`
	Where string         `json:"where"`
	Gap   scanner.Reason `json:"gap"`
	Error string         `json:"error"`
}

func (d *detecting) match(path string, m detectors.Match) error {
	value := m.Value
	if d.reveal {
		value = m.Reveal()
	}
	if d.json {
		return d.printJSON(matchLine{path, m.Where, m.Detector, m.Category, value, m.Confidence, m.Reasons, m.Start})
	}
	_, err := fmt.Fprintf(d.stdout, "%s: %s: %s %s %s (%s)\n",
		oneLine(path), orDash(oneLine(m.Where)), m.Detector, value, m.Confidence, strings.Join(m.Reasons, ", "))
	return err
}

func (d *detecting) gap(path string, g scanner.Gap) error {
	d.gaps++
	if d.json {
		return d.printJSON(gapLine{path, g.Where, g.Reason, d.mask(g.Err)})
	}
	_, err := fmt.Fprintf(d.stdout, "%s: %s: NOT EXAMINED, %s: %s\n", oneLine(path), orDash(oneLine(g.Where)), g.Reason, d.mask(g.Err))
	return err
}

// optionalConfig is the configuration, so that the organisation's own words are
// looked for here too; an empty one where there is none.
func (d *detecting) optionalConfig() (*config.Config, error) {
	file, err := config.Find(d.configPath)
	if err != nil && d.configPath == "" {
		return &config.Config{}, nil
	}
	if err != nil {
		return nil, usage(err)
	}
	cfg, err := config.Load(file)
	return cfg, usage(err)
}

// auditReveal records who had values shown unmasked, where there is an
// installation to record it in.
func (d *detecting) auditReveal(cfg *config.Config, paths []string) error {
	switch {
	case !d.reveal:
		return nil
	case cfg.File == "":
		d.note("slet: no slet.yaml here, so this reveal is not in any audit log")
		return nil
	}
	if err := makeState(cfg.StateDir); err != nil {
		return err
	}
	log, err := audit.Open((&app{cfg: cfg}).auditPath())
	if err != nil {
		return err
	}
	log.RotateAt(int64(cfg.Audit.Rotate))
	_, err = log.Append(audit.Entry{Time: now(), Type: audit.TypeReveal, Actor: account(), Path: detectors.MaskText(strings.Join(paths, " "))})
	return errors.Join(err, log.Close())
}
