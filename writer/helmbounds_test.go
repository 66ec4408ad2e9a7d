package writer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// Work on values grows with their size, whatever they look like: where it grew with the square, these take minutes.
func TestValuesAreBounded(t *testing.T) {
	const many = 10_000
	digest := "sha256:" + strings.Repeat("a", 64)
	lines := func(head, format string) string {
		var b strings.Builder
		b.WriteString(head)
		for i := range many {
			b.WriteString(strings.ReplaceAll(format, "%", fmt.Sprint(i)))
		}
		return b.String()
	}
	application := "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  source:\n    helm:\n"
	tests := []struct {
		name, path, content string
		sites               int
	}{
		{"tags beside each other", "values.yaml", lines("", "w%Image: a\nw%Tag: '1'\n"), many},
		{"tags and digests of others", "values.yaml", lines("", "w%Image: a\nw%Tag: '1'\nx%Digest: "+digest+"\n"), many},
		{"images in a map", "values.yaml", lines("images:\n", "  w%: a:1\n"), many},
		{"one digest beside all", "values.yaml", lines("digest: "+digest+"\n", "w%Image: a\nw%Tag: '1'\n"), many},
		{"parameters", "a.yaml", lines(application+"      parameters:\n", "      - {name: w%.image, value: 'a:1'}\n"), many},
		{"parameters of one mapping", "a.yaml", lines(application+"      parameters:\n", "      - {name: x.w%Image, value: 'a:1'}\n"), many},
		{"layers", "helmfile.yaml", lines("releases:\n- values:\n", "  - image: a:1\n"), many - 100 + 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := writer.Find([]tree.File{{Path: tt.path, Content: []byte(tt.content)}}, writer.Rules{})
			if len(found.Sites) != tt.sites || len(found.Skipped) > 0 {
				t.Errorf("%d sites instead of %d, %v", len(found.Sites), tt.sites, found.Skipped)
			}
		})
	}
}
