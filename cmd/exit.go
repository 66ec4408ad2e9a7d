package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/bumpboat/bumpboat/policy/fault"
)

// The exit codes of bumpboat; the first that applies is taken, in this order.
const (
	exitInterrupted = 130
	exitFailed      = 1 // nothing useful could be done
	exitAuth        = 4 // authentication kept every repository from being worked on
	exitPartial     = 3 // some images, files or changes failed or are unknown, the rest were done
	exitPending     = 2 // changes are pending; only with --detailed-exitcode
	exitDone        = 0
)

// codeError ends a command with an exit code after everything worth saying was said.
type codeError int

func (c codeError) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// exitCode maps what a command returned to the exit code, and prints the error if it was not printed yet.
func exitCode(ctx context.Context, io IO, err error) int {
	var code codeError
	switch {
	case errors.As(err, &code):
		return int(code)
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		_, _ = fmt.Fprintln(io.Err, "interrupted")
		return exitInterrupted
	}
	printError(io.Err, err)
	if fault.KindOf(err) == fault.Auth {
		return exitAuth
	}
	return exitFailed
}

// printError prints an error and its hint.
func printError(w io.Writer, err error) {
	printProblem(w, err.Error(), fault.HintOf(err))
}

func printProblem(w io.Writer, message, hint string) {
	_, _ = fmt.Fprintf(w, "error: %s\n", clean(message))
	if hint != "" {
		_, _ = fmt.Fprintf(w, "hint: %s\n", clean(hint))
	}
}

// clean makes foreign text safe for a terminal: control characters other than line breaks and tabs, and the
// characters that turn text around, are shown as \uXXXX.
func clean(s string) string {
	if !strings.ContainsFunc(s, unsafeRune) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unsafeRune(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unsafeRune names the controls and the format characters of Unicode (categories Cc and Cf): what moves the cursor,
// turns text around or cannot be seen.
func unsafeRune(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
}

// cleanLine is clean for what has to stay on one line: names and paths.
func cleanLine(s string) string {
	return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(clean(s))
}

// outcomeOf is the exit code of a set of reports.
func outcomeOf(reports []*Report, failOnError, detailed bool) error {
	var failed, auth, partial, pending int
	for _, r := range reports {
		switch {
		case r.fatal != nil && fault.KindOf(r.fatal) == fault.Auth:
			auth++
		case r.failed():
			failed++
		case r.partial():
			partial++
		}
		pending += r.pending()
	}
	switch all := len(reports); {
	case all > 0 && auth == all:
		return codeError(exitAuth)
	case all > 0 && auth+failed == all:
		return codeError(exitFailed)
	case failed+auth+partial > 0 && !failOnError:
		return codeError(exitPartial)
	case pending > 0 && detailed:
		return codeError(exitPending)
	default:
		return nil
	}
}
