package writer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// deployment is a manifest with two containers, web and side. %s are the metadata of the object, those of the pod, and lines
// of the container web.
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: %s
spec:
  template:
    metadata: %s
    spec:
      containers:
      - name: web%s
        image: ghcr.io/acme/web:1.4.2
      - name: side
        image: nginx:1.27.0
`

// What somebody wrote to keep bumpboat off is never overruled by something farther away, even when it is written wrongly.
func TestAnIgnoreThatIsMeantHolds(t *testing.T) {
	const unnamed = "{name: d}"
	tests := []struct {
		name, object, pod, web string
		// reason and side are those of the two containers: "ignore" for that policy, "rule" for the rule.
		reason, side string
	}{
		{"nothing", unnamed, "{}", "", "rule", "rule"},
		{"alias of the annotations", "{name: d, annotations: *a}", "", "", "ignore", "ignore"},
		{"alias of the metadata", "*m", "", "", "ignore", "ignore"},
		{"merge into the annotations", "{name: d, annotations: {<<: *a, other: x}}", "", "", "ignore", "ignore"},
		{"merge into the metadata", "{<<: *m, name: e}", "", "", "ignore", "ignore"},
		{"merge of several", "{name: d, annotations: {<<: [{x: y}, *a]}}", "", "", "ignore", "ignore"},
		{"merge below a merge", "{name: d, annotations: {<<: {<<: *a}}}", "", "", "ignore", "ignore"},
		{"alias of the value", "{name: d, annotations: {bumpboat.dev/policy: *v}}", "", "", "ignore", "ignore"},
		{"nearer than the merged", "{name: d, annotations: {bumpboat.dev/policy: web, <<: *a}}", "", "", "web", "web"},

		{"on the pod", unnamed, "{annotations: {bumpboat.dev/policy: ignore}}", "", "annotation/misplaced", "annotation/misplaced"},
		{"on the pod, for one", unnamed, "{annotations: {web.bumpboat.dev/policy: ignore}}", "", "annotation/misplaced", "rule"},
		{"on the pod, for none", unnamed, "{annotations: {x.bumpboat.dev/policy: ignore}}", "", "annotation/misplaced", "annotation/misplaced"},
		{"on the pod, and on the object", "{name: d, annotations: {bumpboat.dev/policy: web}}", "{annotations: {bumpboat.dev/policy: ignore}}", "", "web", "web"},
		{"unknown container", "{name: d, annotations: {wep.bumpboat.dev/policy: ignore}}", "{}", "", "annotation/unknown-container", "annotation/unknown-container"},

		{"marker on the name", unnamed, "{}", " # bumpboat: ignore", "marker/no-part", "rule"},
		{"broken marker on the name", unnamed, "{}", " # bumpboat: nobody", "marker/unknown-policy", "rule"},
		{"marker on another value", unnamed, "{}", "\n        imagePullPolicy: Always # bumpboat: ignore", "marker/no-part", "rule"},
		{"marker on a path", unnamed, "{}", "\n        workingDir: /data # bumpboat: ignore", "marker/no-part", "rule"},
		{"marker on an argument", unnamed, "{}", "\n        args:\n        - --x=$(Y)/z # bumpboat: ignore", "marker/no-part", "rule"},
		{"marker on a variable", unnamed, "{}", "\n        env:\n        - {name: A,\n           value: b} # bumpboat: ignore", "marker/not-a-scalar", "rule"},
		{"marker on a mapping", unnamed, "{}", "\n        resources: # bumpboat: ignore\n          limits: {cpu: 1}", "marker/not-a-scalar", "rule"},
		{"marker on an image of its own", unnamed, "{}", "\n        env:\n        - name: A\n          value: b:1 # bumpboat: ignore", "rule", "rule"},
		{"marker on the object's name", "\n  name: d # bumpboat: ignore", "{}", "", "marker/no-part", "marker/no-part"},
		{"marker on the object's metadata", "# bumpboat: ignore\n  name: d", "{}", "", "marker/not-a-scalar", "marker/not-a-scalar"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := fmt.Sprintf(deployment, tt.object, tt.pod, tt.web)
			if tt.pod == "" {
				src = "x: {m: &m {name: d, annotations: &a {bumpboat.dev/policy: &v ignore}}}\n" + fmt.Sprintf(deployment, tt.object, "{}", tt.web)
			}
			found := find(t, "web.yaml", src)
			got := map[string]string{}
			for _, s := range found.Sites {
				if s.Container != "" {
					got[s.Container] = outcome(s)
				}
			}
			if got["web"] != tt.reason || got["side"] != tt.side {
				t.Errorf("web: %q, side: %q, want %q and %q\n%s%+v", got["web"], got["side"], tt.reason, tt.side, src, found.Problems)
			}
			for _, reason := range []string{tt.reason, tt.side} {
				if strings.Contains(reason, "/") && (len(found.Problems) != 1 || found.Problems[0].Reason != reason) {
					t.Errorf("problems %+v, want one for %s", found.Problems, reason)
				}
			}
		})
	}
}

// outcome says in a word what governs a site.
func outcome(s writer.Site) string {
	switch {
	case s.Reason != "":
		return s.Reason
	case s.Policy == nil:
		return "none"
	case s.PolicyName != "":
		return s.PolicyName
	case s.Source == writer.SourceRule:
		return "rule"
	default:
		return s.Policy.String()
	}
}

func TestAMarkerBesideAVersionHoldsRulesOff(t *testing.T) {
	for path, content := range map[string]string{
		"values.yaml":        "image:\n  repository: a\n  tag: 1.0.0\n  pullPolicy: Always # bumpboat: ignore\n",
		"kustomization.yaml": "images:\n- name: a\n  newTag: 1.0.0\n  x: y # bumpboat: ignore\n",
	} {
		found := find(t, path, content)
		if len(found.Sites) != 1 || found.Sites[0].Reason != "marker/no-part" || found.Sites[0].Policy != nil {
			t.Errorf("%s: %+v", path, found)
		}
	}
}

func TestMergesThatRepeatWithoutEnd(t *testing.T) {
	var b strings.Builder
	b.WriteString("x: &x {")
	for i := range 5000 {
		fmt.Fprintf(&b, "k%d: v, ", i)
	}
	b.WriteString("}\nkind: List\nitems:\n")
	for range 5000 {
		b.WriteString("- {apiVersion: v1, kind: Pod, metadata: {annotations: {<<: *x}}, spec: {containers: [{image: 'a:1'}]}}\n")
	}
	found := find(t, "list.yaml", b.String())
	if len(found.Sites) != 0 || len(found.Skipped) != 1 || found.Skipped[0].Reason != "skip/too-many-nodes" {
		t.Errorf("%d sites, skipped %+v", len(found.Sites), found.Skipped)
	}
}

func TestMergesThatDouble(t *testing.T) {
	src := "x:\n- &a0 {bumpboat.dev/policy: ignore}\n"
	for i := range 60 {
		src += fmt.Sprintf("- &a%d {<<: [*a%d, *a%d]}\n", i+1, i, i)
	}
	src += "apiVersion: v1\nkind: Pod\nmetadata: {annotations: *a60}\nspec: {containers: [{image: 'a:1'}]}\n"
	found := writer.Find([]tree.File{{Path: "p.yaml", Content: []byte(src)}}, writer.Rules{Rules: []writer.Rule{{Policy: compile(t, "semver:*")}}})
	if len(found.Sites) != 1 || found.Sites[0].Policy == nil || found.Sites[0].Policy.String() != "ignore" {
		t.Errorf("%+v", found)
	}
}

// A comment that was meant for a marker is never passed over: what a rule would do there may be what it was to prevent.
func TestNearMisses(t *testing.T) {
	for _, comment := range []string{
		"# Bumpboat: ignore", "# bumpboat ignore", "# bumpboat : ignore", "# keep! bumpboat: ignore", "# TODO: bumpboat: ignore",
		`# {"$imagePolicy": "a:b"}`, "# bumpboat extends=web jump=minor",
	} {
		for _, content := range []string{
			pod("a:1 " + comment),
			"apiVersion: v1\nkind: Pod\nmetadata: {annotations: {bumpboat.dev/policy: web}}\nspec:\n  containers:\n  - image: a:1 " + comment + "\n",
			"image:\n  repository: a\n  tag: '1' " + comment + "\n",
			"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c " + comment + "\n    image: a:1\n",
			"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - resources: " + comment + "\n      a: {}\n    image: a:1\n",
		} {
			found := find(t, "values.yaml", content)
			if len(found.Sites) != 1 || found.Sites[0].Policy != nil || found.Sites[0].Reason != "marker/malformed" {
				t.Errorf("%s\nsites %+v", content, found.Sites)
			}
			if len(found.Problems) != 1 || found.Problems[0].Reason != "marker/malformed" || found.Problems[0].Hint == "" {
				t.Errorf("%s\nproblems %+v", content, found.Problems)
			}
		}
	}
	for _, content := range []string{
		"# Bumpboat: keeps this up to date\n" + pod("a:1"),
		"# see bumpboat: the manual\n" + pod("a:1"),
		pod("a:1 # updated by bumpboat"), pod("a:1 # bumpboat extends its reach"),
		pod("a:1 # was ghcr.io/acme/bumpboat:1"),
		pod("a:1") + "  - {name: d, args: ['# Bumpboat: ignore', \"x # bumpboat : y\"]}\n",
		pod("a:1") + "  - name: d\n    args:\n    - |\n      echo # Bumpboat: ignore\n",
	} {
		if found := find(t, "values.yaml", content); len(found.Sites) != 1 || found.Sites[0].Policy == nil || len(found.Problems) != 0 {
			t.Errorf("%s\n%+v", content, found)
		}
	}
	found := find(t, "values.yaml", "other: thing # Bumpboat: ignore\nimage: a:1\n")
	if len(found.Sites) != 1 || found.Sites[0].Policy == nil || len(found.Problems) != 1 {
		t.Errorf("a near miss on another line: %+v", found)
	}
}
