package cmd

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker: -X github.com/bumpboat/bumpboat/cmd.version=v1.2.3.
var version = "dev"

func newVersion(g *global) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info := struct {
				Version  string `json:"version"`
				Revision string `json:"revision,omitempty"`
				Go       string `json:"go"`
			}{Version: version, Revision: revision(), Go: runtime.Version()}
			if g.output == "json" || g.output == "yaml" {
				return g.printObject(info)
			}
			_, err := fmt.Fprintf(g.io.Out, "bumpboat %s %s/%s %s\n", info.Version, runtime.GOOS, runtime.GOARCH, info.Go)
			return err
		},
	}
}

// revision is the commit that Go recorded in the binary, or "".
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
