package writer_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// object returns an object of a kind with a spec in flow style.
func object(apiVersion, kind, spec string) string {
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: x}\nspec: %s\n", apiVersion, kind, spec)
}

// found returns what sites there are, as `container=image`.
func found(t *testing.T, path, content string, rules ...writer.Rule) []string {
	t.Helper()
	all := writer.Find([]tree.File{{Path: path, Content: []byte(content)}}, writer.Rules{Rules: rules})
	if len(all.Skipped) > 0 || len(all.Problems) > 0 {
		t.Errorf("%s: skipped %v, problems %v", path, all.Skipped, all.Problems)
	}
	out := []string{}
	for _, s := range all.Sites {
		out = append(out, s.Container+"="+s.Image.String())
	}
	return out
}

func TestContainersAreFoundByTheirKeys(t *testing.T) {
	const custom = "example.com/v1"
	tests := []struct {
		name, content string
		want          []string
	}{
		{"list at any depth", object(custom, "Any", "{a: [{b: {containers: [{name: c, image: a:1}]}}]}"), []string{"c=a:1"}},
		{"no name", object(custom, "Any", "{containers: [{image: a:1}]}"), []string{"=a:1"}},
		{"not a list", object(custom, "Any", "{containers: {name: c, image: a:1}}"), nil},
		{"no mappings", object(custom, "Any", "{containers: [a:1, [b:1]]}"), nil},
		{"image in parts", object(custom, "Any", "{containers: [{name: c, image: {repository: a, tag: '1'}}]}"), nil},
		{"alias", object(custom, "Any", "{a: {containers: [&c {name: c, image: a:1}]}, b: {containers: [*c]}}"), []string{"c=a:1"}},
		{"steps in steps", object(custom, "Any", "{steps: [[{name: s, template: t}], {script: {image: a:1}}]}"), []string{"=a:1"}},
		{"script that is text", object(custom, "Any", "{steps: [{name: s, image: a:1, script: 'image: b:1'}]}"), []string{"s=a:1"}},
		{"container of a template", object(custom, "Any", "{templates: [{name: t, container: {image: a:1}}]}"), []string{"t=a:1"}},
		{"own name of a container", object(custom, "Any", "{templates: [{name: t, container: {name: c, image: a:1}}]}"), []string{"c=a:1"}},
		{"container that is a number", object(custom, "Any", "{container: 1, script: {source: x}}"), nil},
		{"volume of another kind", object("v1", "Pod", "{volumes: [{name: v, configMap: {name: a}}, {name: w, image: a:1}]}"), nil},
		{"blank image", object("apps.openshift.io/v1", "DeploymentConfig", "{containers: [{name: c, image: ' '}]}"), nil},
		{"no object", "spec: {containers: [{name: c, image: a:1}]}\n", []string{"=a:1"}}, // as Helm values, which know no containers
		{"definition", object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "{x: {containers: [{name: c, image: a:1}]}}") +
			"---\n" + object("v1", "Pod", "{containers: [{name: c, image: b:1}]}"), []string{"c=b:1"}},
		{"status", object("v1", "Pod", "{}") + "status: {containers: [{name: c, image: a:1}]}\n", nil},
		{"status of a spec", object(custom, "Any", "{status: {containers: [{name: c, image: a:1}]}}"), []string{"c=a:1"}},
		{"pattern of Kyverno", object("kyverno.io/v1", "Policy", "{pattern: {containers: [{name: c, image: a:1}]}}"), nil},
		{"pattern of others", object(custom, "Policy", "{pattern: {containers: [{name: c, image: a:1}]}}"), []string{"c=a:1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := found(t, "x.yaml", tt.content); !slices.Equal(got, tt.want) {
				t.Errorf("sites %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPlainImagesAreSitesOnDemand(t *testing.T) {
	content := object("example.com/v1", "Web", "{image: a:1, other: {sideImage: a:2}, imageName: a, imageTag: '1'}")
	tests := []struct {
		name  string
		match writer.Match
		want  int
	}{
		{"everything", writer.Match{}, 0},
		{"path", writer.Match{Paths: []string{"**"}}, 0},
		{"namespace", writer.Match{Namespaces: []string{"*"}}, 0},
		{"kind", writer.Match{Kinds: []string{"Web"}}, 2},
		{"name", writer.Match{Names: []string{"x"}, Paths: []string{"**"}}, 2},
		{"image", writer.Match{Images: []string{"docker.io/library/a"}}, 2},
		{"another kind", writer.Match{Kinds: []string{"Other"}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rule := writer.Rule{Match: tt.match, Policy: compile(t, "semver:*")}
			if got := found(t, "x.yaml", content, rule); len(got) != tt.want {
				t.Errorf("sites %v, want %d", got, tt.want)
			}
		})
	}
	labelled := "apiVersion: example.com/v1\nkind: Web\nmetadata: {name: x, labels: {image: a:1}}\n"
	if got := found(t, "x.yaml", labelled, writer.Rule{Match: writer.Match{Kinds: []string{"Web"}}, Policy: compile(t, "semver:*")}); len(got) != 0 {
		t.Errorf("labels are sites %v", got)
	}
	builtIn := object("v1", "ConfigMap", "{image: a:1}")
	if got := found(t, "x.yaml", builtIn, writer.Rule{Match: writer.Match{Kinds: []string{"ConfigMap"}}, Policy: compile(t, "semver:*")}); len(got) != 0 {
		t.Errorf("a ConfigMap has sites %v", got)
	}
}

// A rule with only a path comes first and does not take a place away from the rule that means it.
func TestARuleOfPathsDoesNotHideAPlainImage(t *testing.T) {
	rules := []writer.Rule{
		{Match: writer.Match{Paths: []string{"**"}}, Policy: compile(t, "ignore")},
		{Match: writer.Match{Kinds: []string{"Web"}}, Policy: compile(t, "semver:*")},
	}
	all := writer.Find([]tree.File{{Path: "x.yaml", Content: []byte(object("example.com/v1", "Web", "{image: a:1}"))}}, writer.Rules{Rules: rules})
	if len(all.Sites) != 1 || all.Sites[0].Policy.String() != "semver:*" {
		t.Errorf("found %+v", all.Sites)
	}
}

func TestObjectsInsideOfOthers(t *testing.T) {
	inner := "{apiVersion: v1, kind: Pod, metadata: {name: in, annotations: {bumpboat.dev/policy: ignore}}, spec: {containers: [{name: c, image: a:1}]}}"
	outer := object("work.open-cluster-management.io/v1", "ManifestWork", "{manifests: ["+inner+"], containers: [{name: o, image: b:1}]}")
	all := writer.Find([]tree.File{{Path: "x.yaml", Content: []byte(outer)}}, writer.Rules{})
	got := map[string]string{}
	for _, s := range all.Sites {
		got[s.Object] = string(s.Source)
	}
	want := map[string]string{"Pod//in": "annotation", "ManifestWork//x": ""}
	if diff := cmp.Diff(want, got); diff != "" || len(all.Problems) > 0 {
		t.Errorf("sources (-want +got):\n%s\nproblems %v", diff, all.Problems)
	}
}

// What a person wrote in vain keeps rules off the object in which it stands, and off no other.
func TestMisplacedAnnotationInsideOfAnObject(t *testing.T) {
	pod := func(name, metadata string) string {
		return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: " + name + "}, spec: {template: {metadata: {" + metadata + "}, " +
			"spec: {containers: [{name: c, image: a:1}]}}}}"
	}
	outer := object("example.com/v1", "Bundle", "{manifests: ["+pod("bad", "annotations: {bumpboat.dev/policy: ignore}")+", "+pod("good", "")+"]}")
	all := writer.Find([]tree.File{{Path: "x.yaml", Content: []byte(outer)}}, writer.Rules{Rules: []writer.Rule{{Policy: compile(t, "semver:*")}}})
	got := map[string]string{}
	for _, s := range all.Sites {
		got[s.Object] = s.Reason
	}
	want := map[string]string{"Deployment//bad": "annotation/misplaced", "Deployment//good": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}
