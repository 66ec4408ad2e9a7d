// Command build builds the servers of the end-to-end tests into the cache directory, if they are not there yet.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/bumpboat/bumpboat/test/servers/programs"
)

func main() {
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func build() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root, err := programs.Root(".")
	if err != nil {
		return err
	}
	for _, p := range []programs.Program{programs.Distribution(), programs.Gitea()} {
		start := time.Now()
		dir, err := p.Build(ctx, root, os.Getenv("BUMPBOAT_CACHE"), os.Stderr)
		if err != nil {
			return err
		}
		fmt.Printf("%s (%s)\n", dir, time.Since(start).Round(100*time.Millisecond))
	}
	return nil
}
