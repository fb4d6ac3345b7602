package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sletdk/slet/store"
)

// version and revision are set by the linker; see Makefile.
var (
	version  = "dev"
	revision = ""
)

// versionLine is slet version --json.
type versionLine struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the source; "" is not known
	Modified bool   `json:"modified"` // the source had changes that were in no revision
	Schema   int64  `json:"schema"`   // of the store; a program opens stores up to this one
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which slet this is, and what it was built from",
		Long: `Says which slet this is: its version, the revision of the source that it was built
from, the newest schema of the store that it knows, and the platform.

` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v, err := thisVersion()
			if err != nil {
				return err
			}
			if c.json {
				return c.printJSON(v)
			}
			from := v.Revision
			if from == "" {
				from = "not known"
			}
			if v.Modified {
				from += ", modified"
			}
			_, err = fmt.Fprintf(c.stdout, "slet %s\nrevision  %s\nschema    %d\nbuilt by  %s for %s\n", v.Version, from, v.Schema, v.Go, v.Platform)
			return err
		},
	}
}

// thisVersion is what is known of this program: by the linker, else by what the
// compiler noted of the checkout or the module that it built.
func thisVersion() (versionLine, error) {
	schema, err := store.Schema()
	v := versionLine{
		Version: version, Revision: revision, Modified: strings.HasSuffix(version, "-dirty"),
		Schema: schema, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v, err
	}
	if v.Version == "dev" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version // go install …@version
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && v.Revision == "":
			v.Revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			v.Modified = true
		}
	}
	return v, err
}
