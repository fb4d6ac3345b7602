package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/config"
)

// This file makes what a package installs beside the program, out of what the
// program has: nothing of it is written a second time in packaging.

// Where a package puts things.
const (
	packagedProgram = "/usr/bin/slet"
	packagedConfig  = "/etc/slet/slet.yaml"
	packagedState   = "/var/lib/slet"
	packagedUnit    = "/usr/lib/systemd/system/slet.service"
)

// installFilesCommand is hidden: make package calls it.
func (c *cli) installFilesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "install-files DIR", Hidden: true, Args: one("folder"),
		Short: "write what a package installs beside the program below DIR",
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := installFiles(cmd.Root())
			if err != nil {
				return err
			}
			for name, data := range files {
				to := filepath.Join(args[0], filepath.FromSlash(name))
				if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, data, 0o644)); err != nil {
					return fmt.Errorf("write what a package installs: %w", err)
				}
			}
			return nil
		},
	}
}

// installFiles are the files by their absolute path. The same program gives the
// same bytes.
func installFiles(root *cobra.Command) (map[string][]byte, error) {
	files := map[string][]byte{}
	conf, err := packagedTemplate()
	if err != nil {
		return nil, err
	}
	files[packagedConfig] = []byte(conf)
	files[path.Join(path.Dir(packagedConfig), "schedule.yaml")] = []byte(config.TemplateSchedule())
	text, err := unitFor(&config.Config{File: packagedConfig, StateDir: packagedState}, packagedProgram, serviceName, true)
	if err != nil {
		return nil, err
	}
	files[packagedUnit] = []byte(text)
	for name, page := range manualPages(root) {
		packed, err := gzipped(page)
		if err != nil {
			return nil, err
		}
		files["/usr/share/man/man"+name[len(name)-1:]+"/"+name+".gz"] = packed
	}
	var bash, zsh, fish bytes.Buffer
	err = errors.Join(root.GenBashCompletionV2(&bash, true), root.GenZshCompletion(&zsh), root.GenFishCompletion(&fish, true))
	files["/usr/share/bash-completion/completions/slet"] = bash.Bytes()
	files["/usr/share/zsh/vendor-completions/_slet"] = zsh.Bytes()
	files["/usr/share/fish/vendor_completions.d/slet.fish"] = fish.Bytes()
	return files, err
}

// packagedTemplate is the slet.yaml that a package installs: the one of slet
// init with its state where the service has it, and with no source. Until
// somebody names one, the service does not start.
func packagedTemplate() (string, error) {
	text := config.TemplateConfig()
	for old, packaged := range map[string]string{
		"\nstate_dir: state\n": "\nstate_dir: " + packagedState + "\n",
		"\n  - name: faelles ": "\n  # - name: faelles ",
		"\n    type: files ":   "\n  #   type: files ",
		"\n    path: data\n":   "\n  #   path: /srv/faelles\n",
	} {
		if strings.Count(text, old) != 1 {
			return "", fmt.Errorf("the template of slet.yaml does not hold %q once", old)
		}
		text = strings.Replace(text, old, packaged, 1)
	}
	return text, nil
}

// gzipped packs a text as gzip -9n does: without a name or a time.
func gzipped(text string) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	if err := w.Close(); err != nil { // writes the rest
		return nil, fmt.Errorf("pack: %w", err)
	}
	return b.Bytes(), nil
}
