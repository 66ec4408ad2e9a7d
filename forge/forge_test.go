package forge_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/forge"
)

func TestErrorCarriesKindAndHint(t *testing.T) {
	err := fmt.Errorf("proposing: %w", forge.NewError(forge.Temporary, "wait", fmt.Errorf("asking: %w", io.EOF)))
	if !forge.IsKind(err, forge.Temporary) || forge.IsKind(err, forge.Auth) || forge.IsKind(io.EOF, forge.Temporary) || forge.IsKind(nil, "") {
		t.Error("IsKind does not tell the kind")
	}
	if !errors.Is(err, io.EOF) || err.Error() != "proposing: asking: EOF" {
		t.Errorf("%v", err)
	}
	// Whoever does not know this package asks for the methods.
	var k interface {
		Kind() string
		Hint() string
	}
	if !errors.As(err, &k) || k.Kind() != "temporary" || k.Hint() != "wait" {
		t.Errorf("kind and hint of %v are not found", err)
	}
}

func TestValidateBranches(t *testing.T) {
	for _, good := range []string{"main", "bumpboat/web-1a2b3c", "release/1.2", "é", "a@b"} {
		if err := forge.ValidateBranches(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", "a b", "fork:main", "a..b", "-x", "a?b", "a*", "a[", "a\\b", "a^", "a~1", "a\x00", "a\nb", "\xff", strings.Repeat(" ", 3)} {
		if err := forge.ValidateBranches("main", bad); !forge.IsKind(err, forge.Invalid) {
			t.Errorf("%q: %v, want an error of kind invalid", bad, err)
		}
	}
}
