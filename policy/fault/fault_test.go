package fault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"testing"
)

// other is an error type of a package that does not know this one.
type other struct{}

func (other) Error() string { return "other" }
func (other) Kind() string  { return "conflict" }
func (other) Hint() string  { return "try again" }

func TestKindAndHint(t *testing.T) {
	tests := []struct {
		name string
		err  error
		kind Kind
		hint string
	}{
		{"one of ours", New(Auth, "log in", errors.New("401")), Auth, "log in"},
		{"wrapped", fmt.Errorf("listing: %w", New(NotFound, "", errors.New("404"))), NotFound, ""},
		{"the outermost wins", New(Invalid, "first", New(Auth, "second", errors.New("x"))), Invalid, "first"},
		{"another type with the same methods", fmt.Errorf("opening: %w", other{}), Conflict, "try again"},
		{"a deadline", fmt.Errorf("asking: %w", context.DeadlineExceeded), Temporary, ""},
		{"a network error", &net.OpError{Op: "dial", Err: errors.New("refused")}, Temporary, ""},
		{"a file that is not there", &fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}, Internal, ""},
		{"anything else", errors.New("x"), Internal, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if kind, hint := KindOf(tt.err), HintOf(tt.err); kind != tt.kind || hint != tt.hint {
				t.Errorf("got %s, %q; want %s, %q", kind, hint, tt.kind, tt.hint)
			}
		})
	}
}
