package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/config"
)

func (c *cli) initCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented slet.yaml and schedule.yaml to begin with",
		Long: `Writes a commented slet.yaml (IT's: sources, limits, brakes) and schedule.yaml
(the DPO's: what is kept how long). Files that are there already are left alone.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			for _, f := range []struct{ name, text string }{
				{"slet.yaml", config.TemplateConfig()}, {"schedule.yaml", config.TemplateSchedule()},
			} {
				if err := c.writeNew(filepath.Join(dir, f.name), f.text); err != nil {
					return err
				}
			}
			c.note("edit both, then: slet check")
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "write them to `DIR`")
	return cmd
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
