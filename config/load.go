package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// ErrNotFound: there is no configuration file.
var ErrNotFound = errors.New("no configuration")

// envPrefix begins the name of every variable that overrides a setting.
const envPrefix = "SLET"

// maxFile is far beyond any configuration; it bounds what a wrong file costs.
const maxFile = 4 << 20

// candidates are where a configuration is looked for, in this order.
func candidates() []string { return []string{"slet.yaml", "/etc/slet/slet.yaml"} }

// Find returns the path of the configuration: the explicit one, else
// ./slet.yaml, else /etc/slet/slet.yaml. Errors wrap [ErrNotFound] when there
// is none, and say what to do.
func Find(explicit string) (string, error) { return find(explicit, candidates()) }

func find(explicit string, places []string) (string, error) {
	if explicit != "" {
		places = []string{explicit}
	}
	for _, p := range places {
		info, err := os.Stat(p)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return "", fmt.Errorf("configuration: %w", err)
		case info.IsDir():
			return "", fmt.Errorf("configuration: %s is a folder; name the file in it", p)
		}
		return p, nil
	}
	if explicit != "" {
		return "", fmt.Errorf("%w: %s does not exist; run \"slet init\" to write a new one", ErrNotFound, explicit)
	}
	return "", fmt.Errorf("%w: neither ./%s nor %s exists; run \"slet init\" to write one, or name one with --config", ErrNotFound, places[0], places[1])
}

// Load reads, checks and completes the configuration in path. Errors about its
// content are joined, one line each.
func Load(path string) (*Config, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s: %d bytes are too many for a configuration", path, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	cfg, err := parse(path, filepath.Dir(abs), data, os.LookupEnv)
	if err != nil {
		return nil, err
	}
	if err := notWritableByOthers(path, info); err != nil {
		cfg.Warnings = append(cfg.Warnings, err.Error())
	}
	return cfg, nil
}

// parse turns data into a checked configuration. dir is the folder that
// relative paths are relative to.
func parse(name, dir string, data []byte, env func(string) (string, bool)) (*Config, error) {
	cfg := defaults()
	r := &reader{name: name, places: map[string]place{}}
	top, err := r.document(data)
	if err != nil {
		return nil, err
	}
	values := r.read(top, &cfg)
	overrides := r.environment(&cfg, env)
	if err := r.err(); err != nil {
		return nil, err
	}
	if err := merge(&cfg, values, overrides); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	cfg.File = name
	if overrides["erase.mode"] == Enforce && !fileEnforces(values) {
		r.errorf(place{env: "SLET_ERASE_MODE"}, "", "the environment can turn erasing off, not on; write erase.mode: enforce in %s", name)
	}
	r.validate(&cfg, dir)
	if err := r.err(); err != nil {
		return nil, err
	}
	return &cfg, nil
}

// fileEnforces reports whether the file itself turns erasing on. That is for
// whoever keeps the file to say, not for a variable that somebody's shell has.
func fileEnforces(values map[string]any) bool {
	erase, ok := values["erase"].(map[string]any)
	return ok && erase["mode"] == Enforce
}

// merge lays the file's values, and over them the environment's, over the
// defaults in cfg.
func merge(cfg *Config, values map[string]any, overrides map[string]string) error {
	v := viper.New()
	if err := v.MergeConfigMap(values); err != nil {
		return err
	}
	for key, value := range overrides {
		v.Set(key, value)
	}
	return v.UnmarshalExact(cfg, viper.DecodeHook(mapstructure.ComposeDecodeHookFunc(
		mapstructure.StringToTimeDurationHookFunc(),
		mapstructure.TextUnmarshallerHookFunc(),
	)))
}

// StoreDSN is the store's data source name. Without one in the configuration
// it is an SQLite file in the state folder. It may hold a password.
func (c *Config) StoreDSN() (string, error) {
	if c.Store.DSN.IsZero() {
		return "sqlite:" + filepath.Join(c.StateDir, "slet.db"), nil
	}
	dsn, err := c.Store.DSN.Reveal()
	if err != nil {
		return "", fmt.Errorf("store.dsn: %w", err)
	}
	return dsn, nil
}
