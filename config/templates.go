package config

import _ "embed"

//go:embed templates/slet.yaml
var templateConfig string

//go:embed templates/schedule.yaml
var templateSchedule string

// TemplateConfig is the commented slet.yaml that slet init writes.
func TemplateConfig() string { return templateConfig }

// TemplateSchedule is the commented schedule.yaml that slet init writes, with
// rules that make sense for a Danish housing association.
func TemplateSchedule() string { return templateSchedule }
