package writer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

func TestFindIsIndependentOfTheOrderOfFiles(t *testing.T) {
	files := []tree.File{
		{Path: "b.yaml", Content: []byte(pod("a:1", "b:1 # bumpboat: nope"))},
		{Path: "a.yaml", Content: []byte(pod("a:1"))},
		{Path: "c.yaml", Content: []byte(pod("a:1") + "\t[")},
	}
	forth := writer.Find(files, writer.Rules{})
	files[0], files[2] = files[2], files[0]
	back := writer.Find(files, writer.Rules{})
	if a, b := fmt.Sprintf("%+v", forth), fmt.Sprintf("%+v", back); a != b {
		t.Errorf("found\n%s\nand\n%s", a, b)
	}
	if len(forth.Sites) != 3 || forth.Sites[0].Path != "a.yaml" || len(forth.Problems) != 1 || len(forth.Skipped) != 1 {
		t.Errorf("found %+v", forth)
	}
}

func TestFindListsFewProblemsOfOneFile(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, "k%d: 1.0.%d # bumpboat: nobody\n", i, i)
	}
	found := writer.Find([]tree.File{{Path: "a.yaml", Content: []byte(b.String())}}, writer.Rules{})
	if n := len(found.Problems); n != 101 {
		t.Errorf("%d problems", n)
	}
}

func TestRuleMatches(t *testing.T) {
	const src = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop, labels: {tier: front, a: b}}\n" +
		"spec: {template: {spec: {containers: [{name: c, image: nginx:1}]}}}\n"
	tests := []struct {
		name  string
		match writer.Match
		want  bool
	}{
		{"empty", writer.Match{}, true},
		{"full name", writer.Match{Images: []string{"docker.io/library/*"}}, true},
		{"as written", writer.Match{Images: []string{"ngin?"}}, true},
		{"star stops at a slash", writer.Match{Images: []string{"docker.io/*"}}, false},
		{"two stars do not", writer.Match{Images: []string{"docker.io/**"}}, true},
		{"tag is not matched", writer.Match{Images: []string{"nginx:1"}}, false},
		{"path", writer.Match{Paths: []string{"other", "clusters/**"}}, true},
		{"path of one level", writer.Match{Paths: []string{"clusters/*"}}, false},
		{"kind", writer.Match{Kinds: []string{"Deployment"}}, true},
		{"other kind", writer.Match{Kinds: []string{"StatefulSet"}}, false},
		{"namespace and name", writer.Match{Namespaces: []string{"shop"}, Names: []string{"w*"}}, true},
		{"one of two keys", writer.Match{Namespaces: []string{"shop"}, Names: []string{"api"}}, false},
		{"labels", writer.Match{Labels: map[string]string{"tier": "front"}}, true},
		{"other label", writer.Match{Labels: map[string]string{"tier": "front", "a": "c"}}, false},
		{"bad pattern", writer.Match{Images: []string{"["}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rules := writer.Rules{Rules: []writer.Rule{{Match: tt.match, Policy: compile(t, "semver:*")}}}
			found := writer.Find([]tree.File{{Path: "clusters/prod/web.yaml", Content: []byte(src)}}, rules)
			if len(found.Sites) != 1 || (found.Sites[0].Policy != nil) != tt.want {
				t.Errorf("%+v", found)
			}
		})
	}
	t.Run("what is not there", func(t *testing.T) {
		rules := writer.Rules{Rules: []writer.Rule{{Match: writer.Match{Namespaces: []string{"**"}}, Policy: compile(t, "semver:*")}}}
		found := writer.Find([]tree.File{{Path: "values.yaml", Content: []byte("image: nginx:1\n")}}, rules)
		if len(found.Sites) != 1 || found.Sites[0].Policy != nil {
			t.Errorf("%+v", found)
		}
	})
}

func FuzzFind(f *testing.F) {
	for _, pattern := range []string{"testdata/*/in/*", "testdata/*/in/*/*", "testdata/*/in/*/*/*"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			if src, err := os.ReadFile(name); err == nil {
				_, inside, _ := strings.Cut(filepath.ToSlash(name), "/in/") // some kinds are known by their directory
				f.Add(inside, src)
			}
		}
	}
	rules := writer.Rules{
		Policies: map[string]policy.Policy{"web": compile(f, "semver:^1")},
		Rules:    []writer.Rule{{Policy: compile(f, "semver:*")}},
	}
	f.Fuzz(func(t *testing.T, name string, src []byte) {
		files := []tree.File{{Path: name, Content: src}}
		found := writer.Find(files, rules)
		var updates []writer.Update
		for _, s := range found.Sites {
			if s.Line < 1 || s.Column < 1 || s.Path != name || s.Part == "" {
				t.Errorf("a site without a place: %+v", s)
			}
			if s.Policy != nil {
				updates = append(updates, writer.Update{Site: s, Decision: policy.Decision{To: policy.Version{Tag: "9.9.9", Digest: s.Image.Digest}}})
			}
		}
		if i := slices.IndexFunc(found.Problems, func(p writer.Problem) bool { return p.Line < 1 || p.Column < 1 || p.Message == "" }); i >= 0 {
			t.Errorf("a problem without a place: %+v", found.Problems[i])
		}
		changes, refused := writer.Group(updates, files, writer.GroupOptions{Base: "main"})
		applied, refusedToo := writer.Apply(updates, files)
		if len(refused) != len(refusedToo) || (len(changes) > 0) != (len(applied) > 0) {
			t.Errorf("Group and Apply differ: %d and %d changes, refused %v and %v", len(changes), len(applied), refused, refusedToo)
		}
	})
}

// BenchmarkFind reads 400 files of which a quarter name images: what a pass over a middle-sized repository does.
func BenchmarkFind(b *testing.B) {
	var files []tree.File
	size := 0
	for i := range 100 {
		add := func(name, content string) {
			files = append(files, tree.File{Path: fmt.Sprintf("apps/%03d/%s", i, name), Content: []byte(content)})
			size += len(content)
		}
		add("web.yaml", pod("ghcr.io/acme/web:1.4.2 # bumpboat: semver:^1", "nginx:1.27.0", "redis:7.2"))
		add("config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n"+strings.Repeat("  key: value\n", 200))
		add("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n"+strings.Repeat("  - port: 80\n", 50))
		add("crd.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n"+strings.Repeat("  image: {type: string}\n", 500))
	}
	rules := writer.Rules{Rules: []writer.Rule{{Match: writer.Match{Images: []string{"docker.io/**"}}, Policy: compile(b, "semver:*")}}}
	b.SetBytes(int64(size))
	for b.Loop() {
		if found := writer.Find(files, rules); len(found.Sites) != 300 {
			b.Fatalf("%d sites", len(found.Sites))
		}
	}
}

// find reads one file under a rule for everything.
func find(t *testing.T, path, content string) writer.Found {
	t.Helper()
	rules := writer.Rules{
		Policies: map[string]policy.Policy{"web": compile(t, "semver:^1")},
		Rules:    []writer.Rule{{Policy: compile(t, "semver:*")}},
	}
	return findWith(t, rules, path, content)
}

func findWith(t *testing.T, rules writer.Rules, path, content string) writer.Found {
	t.Helper()
	return writer.Find([]tree.File{{Path: path, Content: []byte(content)}}, rules)
}
