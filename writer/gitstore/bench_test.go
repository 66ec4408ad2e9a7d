package gitstore_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/writer/gitstore"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// BenchmarkPass reads a repository of 20,000 files over HTTP, proposes a change of three files, and then looks at
// the branch again after base moved. It reports our own CPU time and what went over the wire.
func BenchmarkPass(b *testing.B) {
	r := manyFiles(b, 20_000)
	r.git("config", "uploadpack.allowFilter", "true")
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	server := serve(b, r)
	remote, err := gitstore.Open(server.options())
	if err != nil {
		b.Fatal(err)
	}
	paths := []string{"app0/env0/00000.yaml", "app7/env3/00737.yaml", "app9/env9/19999.yaml"}
	want := &tree.Selection{Want: func(path string) bool {
		return strings.HasPrefix(path, "app7/env3/") || path == paths[0] || path == paths[2]
	}}
	phases := []struct {
		name string
		run  func(s *gitstore.Snapshot, i int) (*gitstore.Snapshot, error)
	}{
		{"read", func(*gitstore.Snapshot, int) (*gitstore.Snapshot, error) {
			return remote.Snapshot(b.Context(), "main", want)
		}},
		{"write", func(s *gitstore.Snapshot, i int) (*gitstore.Snapshot, error) {
			_, err := s.Propose(b.Context(), bump(b, s, "1.4.2", fmt.Sprintf("1.5.%d", i), paths...))
			return s, err
		}},
		{"again", func(_ *gitstore.Snapshot, i int) (*gitstore.Snapshot, error) {
			r.git("update-ref", "refs/heads/main", r.git("commit-tree", "main^{tree}", "-p", "main", "-m", "base moves"))
			s, err := remote.Snapshot(b.Context(), "main", want)
			if err == nil {
				_, err = s.Propose(b.Context(), bump(b, s, "1.4.2", fmt.Sprintf("1.5.%d", i), paths...))
			}
			return s, err
		}},
	}
	spent := map[string]time.Duration{}
	sent := map[string]int64{}
	var s *gitstore.Snapshot
	for i := 0; b.Loop(); i++ {
		for _, p := range phases {
			server.drain()
			before := userTime(b)
			if s, err = p.run(s, i); err != nil {
				b.Fatal(err)
			}
			spent[p.name] += userTime(b) - before
			_, bytes := server.drain()
			sent[p.name] += bytes
		}
	}
	for _, p := range phases {
		b.ReportMetric(spent[p.name].Seconds()/float64(b.N), p.name+"-cpu-s/op")
		b.ReportMetric(float64(sent[p.name])/float64(b.N)/1024, p.name+"-KiB/op")
	}
}

// manyFiles makes a repository with git fast-import, which is quicker than writing files.
func manyFiles(b *testing.B, n int) *repo {
	b.Helper()
	r := newRepo(b, nil)
	var in strings.Builder
	in.WriteString("commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 5\nfirst\n")
	for i := range n {
		content := fmt.Sprintf("# file %d\nkind: Deployment\nimage: ghcr.io/acme/web:1.4.2\n", i)
		fmt.Fprintf(&in, "M 100644 inline app%d/env%d/%05d.yaml\ndata %d\n%s\n", i%10, i/10%10, i, len(content), content)
	}
	r.pipe(in.String(), "fast-import", "--quiet")
	return r
}

func userTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano())
}
