// Package cmd wires bumpboat together: commands, printing, logging, exit codes. The main loop is in pass.go: read
// that file first. It refuses to decide anything about tags, bytes or pull requests itself.
package cmd

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

// IO is the world as a command sees it, so that tests can hand in their own.
type IO struct {
	Out, Err io.Writer
	// Env looks up an environment variable.
	Env func(string) (string, bool)
	// Now is the clock.
	Now func() time.Time
	// Terminal says that Out is a terminal that understands colours.
	Terminal bool
}

// Main runs bumpboat with the process's arguments and returns the exit code. An interrupt or SIGTERM cancels the
// context; a second one ends the process at once.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop()
	}()
	return Run(ctx, os.Args[1:], systemIO())
}

func systemIO() IO {
	noColor, _ := os.LookupEnv("NO_COLOR")
	return IO{
		Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv, Now: time.Now,
		Terminal: term.IsTerminal(int(os.Stdout.Fd())) && noColor == "" && os.Getenv("TERM") != "dumb",
	}
}

// Run runs one command line and returns the exit code, as DESIGN's contract has it.
func Run(ctx context.Context, args []string, io IO) int {
	root := newRoot(io)
	root.SetArgs(args)
	return exitCode(ctx, io, root.ExecuteContext(ctx))
}
