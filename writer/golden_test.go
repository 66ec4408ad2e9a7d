package writer_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// goldenCase is what a directory of testdata says beside its input files.
type goldenCase struct {
	// Policies are named policies, by their expression.
	Policies map[string]string
	Rules    []struct {
		Match  writer.Match
		Fields []writer.Field
		Add    bool
		Policy string
	}
	// Tags are the offers of registries: repository, tag, digest.
	Tags map[string]map[string]string
}

// goldenFound is expected.json.
type goldenFound struct {
	Sites    []goldenSite     `json:"sites"`
	Skipped  []tree.Skipped   `json:"skipped"`
	Problems []writer.Problem `json:"problems"`
	Changes  []goldenChange   `json:"changes"`
	Refused  []string         `json:"refused,omitempty"`
}

type goldenSite struct {
	writer.Site
	Image   string         `json:"image"`
	Policy  string         `json:"policy"`
	Outcome policy.Outcome `json:"outcome"`
}

type goldenChange struct {
	Branch  string        `json:"branch"`
	Title   string        `json:"title"`
	Message string        `json:"message"`
	Edits   []writer.Edit `json:"edits"`
}

func TestGolden(t *testing.T) {
	dirs, err := filepath.Glob("testdata/*/case.json")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			testGolden(t, dir)
		})
	}
}

func testGolden(t *testing.T, dir string) {
	given := readCase(t, dir)
	files := readFiles(t, filepath.Join(dir, "in"))
	found := writer.Find(files, given.rules(t))
	updates, outcomes := given.decide(t, found.Sites)

	got := goldenFound{Skipped: found.Skipped, Problems: found.Problems}
	for i, s := range found.Sites {
		site := goldenSite{Site: s, Image: s.Image.String(), Outcome: outcomes[i]}
		if s.Policy != nil {
			site.Policy = s.Policy.String()
		}
		got.Sites = append(got.Sites, site)
	}
	changes, refused := writer.Group(updates, files, writer.GroupOptions{Base: "main"})
	var bodies strings.Builder
	for _, c := range changes {
		got.Changes = append(got.Changes, goldenChange{c.Branch, c.Title, c.Message, c.Edits})
		fmt.Fprintf(&bodies, "<!-- %s -->\n%s", c.Title, c.Body)
	}
	for _, r := range refused {
		got.Refused = append(got.Refused, r.Error())
	}
	applied, refusedToo := writer.Apply(updates, files)
	if len(refusedToo) != len(refused) {
		t.Errorf("Apply refuses %d updates, Group %d", len(refusedToo), len(refused))
	}
	checkUnion(t, files, changes, applied)
	checkSettled(t, given, files, applied)

	golden(t, filepath.Join(dir, "expected.json"), marshal(t, got))
	golden(t, filepath.Join(dir, "expected.diff"), []byte(writer.UnifiedDiff(applied)))
	golden(t, filepath.Join(dir, "expected.md"), []byte(bodies.String()))
}

// checkUnion makes sure that the changes one after the other come to what Apply makes at once. Edits move what stands
// behind them, but most never add or take a line or a comma, so what is between those is compared. Of files that get lines more, all lines
// are counted.
func checkUnion(t *testing.T, files []tree.File, changes []writer.Change, applied []tree.Change) {
	t.Helper()
	union, grown := map[string][][]byte{}, map[string]map[string]int{}
	for _, f := range files {
		union[f.Path] = pieces(f.Content)
	}
	for _, c := range changes {
		for _, f := range c.Files {
			before, after := pieces(f.Old), pieces(f.New)
			if len(before) > len(after) {
				t.Fatalf("%s: an edit took lines or commas away", f.Path)
			}
			if len(before) < len(after) || grown[f.Path] != nil {
				grown[f.Path] = lineChanges(grown[f.Path], f.Old, f.New)
				continue
			}
			for i := range before {
				if !bytes.Equal(before[i], after[i]) {
					union[f.Path][i] = after[i]
				}
			}
		}
	}
	for _, a := range applied {
		if counted, ok := grown[a.Path]; ok {
			if diff := gocmp.Diff(counted, lineChanges(nil, a.Old, a.New)); diff != "" {
				t.Errorf("%s: Apply does not add what the changes add:\n%s", a.Path, diff)
			}
		} else if got := bytes.Join(union[a.Path], nil); !bytes.Equal(got, a.New) {
			t.Errorf("%s: the union of the changes is not what Apply makes:\n%s", a.Path, gocmp.Diff(string(a.New), string(got)))
		}
		delete(union, a.Path)
	}
	for _, f := range files {
		if rest, left := union[f.Path]; left && !bytes.Equal(bytes.Join(rest, nil), f.Content) {
			t.Errorf("%s: changed by Group and not by Apply", f.Path)
		}
	}
}

// lineChanges adds to counts how many more or fewer of each line there are.
func lineChanges(counts map[string]int, before, after []byte) map[string]int {
	if counts == nil {
		counts = map[string]int{}
	}
	for line := range bytes.Lines(before) {
		counts[string(line)]--
	}
	for line := range bytes.Lines(after) {
		counts[string(line)]++
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return counts
}

// pieces cuts a file behind every line and every comma: two images of one line are in two pieces.
func pieces(content []byte) [][]byte {
	var all [][]byte
	for line := range bytes.Lines(content) {
		all = append(all, bytes.SplitAfter(line, []byte(","))...)
	}
	return all
}

// checkSettled makes sure that a second pass over the result finds the same sites and changes nothing.
func checkSettled(t *testing.T, given goldenCase, files []tree.File, applied []tree.Change) {
	t.Helper()
	after := slices.Clone(files)
	for _, a := range applied {
		i := slices.IndexFunc(after, func(f tree.File) bool { return f.Path == a.Path })
		after[i].Content = a.New
	}
	first, second := writer.Find(files, given.rules(t)), writer.Find(after, given.rules(t))
	if len(first.Sites) != len(second.Sites) || len(first.Problems) != len(second.Problems) {
		t.Errorf("the result has %d sites and %d problems instead of %d and %d",
			len(second.Sites), len(second.Problems), len(first.Sites), len(first.Problems))
	}
	updates, _ := given.decide(t, second.Sites)
	if again, _ := writer.Apply(updates, after); len(again) > 0 {
		t.Errorf("a second pass changes files again:\n%s", writer.UnifiedDiff(again))
	}
}

func readCase(t *testing.T, dir string) goldenCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "case.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c goldenCase
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

func readFiles(t *testing.T, root string) []tree.File {
	t.Helper()
	var files []tree.File
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(root, path))
		files = append(files, tree.File{Path: path, Content: content})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (c goldenCase) rules(t *testing.T) writer.Rules {
	t.Helper()
	rules := writer.Rules{Policies: map[string]policy.Policy{}}
	for name, expr := range c.Policies {
		rules.Policies[name] = compile(t, expr)
	}
	for i, r := range c.Rules {
		for j, f := range r.Fields {
			r.Fields[j].Part = cmp.Or(f.Part, writer.PartImage)
		}
		rule := writer.Rule{Match: r.Match, Fields: r.Fields, Add: r.Add, Line: i + 1}
		if p, ok := rules.Policies[r.Policy]; ok {
			rule.Policy, rule.Name = p, r.Policy
		} else {
			rule.Policy = compile(t, r.Policy)
		}
		rules.Rules = append(rules.Rules, rule)
	}
	return rules
}

func compile(t testing.TB, expr string) policy.Policy {
	t.Helper()
	spec, err := policy.Parse(expr)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// decide asks the policy of every site, against the offers of the case.
func (c goldenCase) decide(t *testing.T, sites []writer.Site) (updates []writer.Update, outcomes []policy.Outcome) {
	t.Helper()
	for _, s := range sites {
		d := policy.Unmanaged(s.Image)
		if s.Policy != nil {
			d = decide(t, s, c.Tags[s.Image.Repository()])
		}
		outcomes = append(outcomes, d.Outcome)
		if d.Outcome == policy.OutcomeUpdate {
			updates = append(updates, writer.Update{Site: s, Decision: d})
		}
	}
	return updates, outcomes
}

func decide(t *testing.T, s writer.Site, tags map[string]string) policy.Decision {
	t.Helper()
	offer := policy.Offer{Digests: map[string]policy.Digest{}, Platforms: map[string]policy.Platforms{}}
	for range 5 {
		d, needs := s.Policy.Decide(s.Image, offer)
		if len(needs) == 0 {
			return d
		}
		for _, n := range needs {
			answer(t, &offer, n, tags)
		}
	}
	t.Fatalf("%s: the policy never has enough", s.Image)
	return policy.Decision{}
}

// answer answers one need from tags and their digests. Every image is for one platform, so that its digest is that of its content.
func answer(t *testing.T, offer *policy.Offer, n policy.Need, tags map[string]string) {
	t.Helper()
	switch n.Fact {
	case policy.FactTags:
		offer.Listed, offer.Complete = true, true
		for tag := range tags {
			offer.Tags = append(offer.Tags, tag)
		}
	case policy.FactDigest:
		digest := policy.Digest{Value: tags[n.Tag]}
		if digest.Value == "" {
			digest.Err = errors.New("no digest in case.json")
		}
		offer.Digests[n.Tag] = digest
	case policy.FactPlatforms:
		content := n.Tag
		if digest, ok := tags[n.Tag]; ok {
			content = digest
		}
		offer.Platforms[n.Tag] = policy.Platforms{List: []policy.Platform{{Name: "linux/amd64", Digest: content}}}
	case policy.FactSince, policy.FactCreated:
		t.Fatalf("case.json has no times, and %s needs one", n.Repository)
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// golden compares with a file, or writes it when BUMPBOAT_UPDATE_GOLDEN is set.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if os.Getenv("BUMPBOAT_UPDATE_GOLDEN") == "1" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}
