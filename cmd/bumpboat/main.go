// Command bumpboat keeps the container images of a GitOps environment repository up to date.
package main

import (
	"os"

	"github.com/bumpboat/bumpboat/cmd"
)

func main() {
	os.Exit(cmd.Main())
}
