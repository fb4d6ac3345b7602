package config

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// presetFiles are the ready schedules, one file each: a whole schedule.yaml,
// with comments for the DPO who is to make it his own.
//
//go:embed presets/*.yaml
var presetFiles embed.FS

// Preset is a ready schedule that slet init can write.
type Preset struct {
	Name  string // as given to slet init --preset
	Title string // Danish, one line
	Text  string // the schedule.yaml
}

// Presets are the ready schedules, in order of name.
func Presets() ([]Preset, error) {
	names, err := fs.Glob(presetFiles, "presets/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("the presets: %w", err)
	}
	var list []Preset
	for _, name := range names {
		text, err := fs.ReadFile(presetFiles, name)
		if err != nil {
			return nil, fmt.Errorf("the presets: %w", err)
		}
		title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		list = append(list, Preset{Name: strings.TrimSuffix(path.Base(name), ".yaml"), Title: title, Text: string(text)})
	}
	return list, nil
}
