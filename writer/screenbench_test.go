package writer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/writer/tree"
)

// BenchmarkScreen looks at a repository of 5,000 files before any of them is parsed: at many small ones, as people write them, and at ten
// CustomResourceDefinitions.
func BenchmarkScreen(b *testing.B) {
	small := "apiVersion: v1\nkind:       ConfigMap\nmetadata:\n  name: app-config\n\ndata:\n  LOG_LEVEL:    info\n  notes.txt: >-\n" +
		"    the service answers requests of partners and keeps what they order for a day before it is billed by night\n\n  settings.ini: |\n    [server]\n    workers = 4\n    timeout = 30\n"
	schema := "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n" + strings.Repeat(
		"          container:\n            description: |-\n              Container image name.\n              This field is optional to allow higher level config management to default or override\n              container images in workload controllers.\n            properties:\n              image:\n                type: string\n", 1800)
	var files []tree.File
	size := 0
	for i := range 5000 {
		f := tree.File{Path: fmt.Sprintf("apps/%04d.yaml", i), Content: []byte(strings.Repeat(small, 1+i%2))}
		if i%500 == 0 {
			f.Content = []byte(schema)
		}
		files = append(files, f)
		size += len(f.Content)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range files {
			if reason, _ := tree.Screen(f); reason != "" || candidate(f.Path, f.Content) {
				b.Fatal(f.Path)
			}
		}
	}
}
