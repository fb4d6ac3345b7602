package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/config"
)

func (c *cli) initCommand() *cobra.Command {
	var dir, preset string
	var list bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented slet.yaml and schedule.yaml to begin with",
		Long: `Writes a commented slet.yaml (IT's: sources, limits, brakes) and schedule.yaml
(the DPO's: what is kept how long). Files that are there already are left alone.

--preset writes a ready schedule instead of the example: one for each kind of
organisation, with its coverage register, and one for each of six rules of law.
--list-presets names them. Each is a beginning, for the DPO to confirm or change.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if list {
				return c.listPresets()
			}
			schedule, err := presetText(preset)
			if err != nil {
				return err
			}
			for _, f := range []struct{ name, text string }{{"slet.yaml", config.TemplateConfig()}, {"schedule.yaml", schedule}} {
				if err := c.writeNew(filepath.Join(dir, f.name), f.text); err != nil {
					return err
				}
			}
			c.note("edit both, then: slet check")
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "write them to `DIR`")
	cmd.Flags().StringVar(&preset, "preset", "", "write the ready schedule `NAME`; see --list-presets")
	cmd.Flags().BoolVar(&list, "list-presets", false, "list the ready schedules")
	return cmd
}

// presetText is the schedule of a preset; "" is the example.
func presetText(name string) (string, error) {
	if name == "" {
		return config.TemplateSchedule(), nil
	}
	all, err := config.Presets()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all, func(p config.Preset) bool { return strings.EqualFold(p.Name, name) })
	if i < 0 {
		var names []string
		for _, p := range all {
			names = append(names, p.Name)
		}
		return "", usagef("no preset is called %q; there are %s", name, strings.Join(names, ", "))
	}
	return all[i].Text, nil
}

// presetLine is a line of slet init --list-presets --json.
type presetLine struct {
	Preset string `json:"preset"`
	Title  string `json:"title"`
}

func (c *cli) listPresets() error {
	all, err := config.Presets()
	if err != nil {
		return err
	}
	if !c.json {
		return c.table("PRESET TITLE", func(row func(...any)) {
			for _, p := range all {
				row(p.Name, p.Title)
			}
		})
	}
	for _, p := range all {
		if err := c.printJSON(presetLine{p.Name, p.Title}); err != nil {
			return err
		}
	}
	return nil
}

// writeNew writes a file that must not be there yet.
func (c *cli) writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s is there already and was left alone; move it away, or give --dir", path)
	}
	if err != nil {
		return usagef("write %s: %w", path, err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = fmt.Fprintln(c.stdout, path)
	return err
}
