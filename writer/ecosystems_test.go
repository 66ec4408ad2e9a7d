package writer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

func TestFormatOfFiles(t *testing.T) {
	const (
		compose = "services: {web: {image: a:1}}\n"
		jobs    = "build: {stage: s, image: a:1, script: [x]}\n"
		vars    = "web_image: a\nweb_tag: '1'\n"
		stack   = "Resources: {F: {Type: 'AWS::Lambda::Function', Properties: {Code: {ImageUri: a:1}}}}\n"
	)
	tests := []struct{ path, content, want string }{
		{"compose.yaml", compose, "compose=web"},
		{"a/docker-compose.prod.yml", compose, "compose=web"},
		{"compose-dev.yml", "other: {}\n" + compose, "compose=web"},
		{"stack.yml", compose, "compose=web"},
		{"stack.yml", "x-image: &i a:1\nservices: {web: {image: *i}}\n", "compose=web"},
		{"composed.yaml", "other: {}\n" + compose, "helm-values="},
		{"values.yaml", "services: {web: {image: {repository: a, tag: '1'}}}\n", "helm-values="},
		{"compose.yaml", "x-a: {image: a:1}\nservices: {}\n", "compose=x-a"},
		{"compose.yaml", "x-all: {web: {image: a:1}}\nservices: {}\n", "compose=web"},
		{"compose.yaml", "services: {web: {image: 'a:${TAG:-1}'}}\n", ""},

		{".gitlab-ci.yml", jobs, "gitlab-ci=build"},
		{"any.yml", jobs, "gitlab-ci=build"},
		{"any.yml", "build: {image: a:1}\n", "helm-values="},
		{".gitlab-ci.yml", "variables: {image: a:1}\n", ""},
		{".gitlab-ci.yml", "b: {image: !reference [.x, image]}\n", ""},
		{".github/workflows/a.yml", "jobs: {j: {container: a:1}}\n", "github-actions=j"},
		{".forgejo/workflows/a.yml", "jobs: {j: {services: {s: {image: a:1}}}}\n", "github-actions=s"},
		{"action.yml", "runs: {image: docker://a:1}\n", "github-actions="},
		{"action.yml", "runs: {image: a:1}\n", ""},
		{"action.yaml", "web: {image: a:1}\n", "helm-values="},
		{".circleci/config.yml", "jobs: {j: {machine: {image: a:1}}}\n", ""},
		{".drone.yml", "steps: [{name: s, image: a:1}]\n", "drone=s"},

		{"group_vars/all/a.yml", vars, "ansible="},
		{"defaults/main.yml", vars, "ansible="},
		{"vars/values.yaml", "web: {image: a:1}\n", "helm-values="},
		{"vars/a.yml", "web_image: a\nversion: 1\n", ""},
		{"vars/a.yml", "web_image: 'a:{{ v }}'\nv: 1\n", "ansible="},
		{"vars/a.yml", "web_image: 'a:{{ v }}-x'\nv: 1\n", ""},
		{"vars/a.yml", "web_image: 'a:{{ v }}'\napi_image: 'b:{{ v }}'\nv: 1\n", ""},
		{"vars/a.yml", "web_image: '{{ r }}/a:{{ v }}'\nv: 1\n", ""},
		{"vars/a.yml", "web_image: !vault |\n  a:1\n", ""},
		{"play.yml", "- hosts: all\n  tasks: [{docker_container: {name: c, image: a:1}}]\n", "ansible=c"},

		{"s.yml", stack, "cloudformation=F"},
		{"s.yml", "AWSTemplateFormatVersion: x\nParameters: {P: {Default: a:1}}\n", ""},
		{"s.yml", strings.Replace(stack, "a:1", "!Sub 'a:${V}'", 1), ""},
		{"s.yml", strings.Replace(stack, "AWS::", "Other::", 1), ""},
		{"s.json", `{"containerDefinitions": [{"name": "c", "image": "a:1"}]}`, "ecs=c"},
	}
	for _, tt := range tests {
		all := writer.Find([]tree.File{{Path: tt.path, Content: []byte(tt.content)}}, writer.Rules{})
		var got []string
		for _, s := range all.Sites {
			got = append(got, s.Format+"="+s.Container)
		}
		if joined := strings.Join(got, " "); joined != tt.want || len(all.Problems)+len(all.Skipped) > 0 {
			t.Errorf("%s %q: sites %q, want %q; %v %v", tt.path, tt.content, joined, tt.want, all.Problems, all.Skipped)
		}
	}
}

// The image of the whole pipeline has the whole file around it, and is not meant by every mistake in there.
func TestAMistakeInAJobIsNotAboutTheWholePipeline(t *testing.T) {
	const src = "image: a:1\nvariables:\n  A: x # bumpboat: semver:*\nbuild:\n  image: b:1\n  script: [x]\n"
	all := writer.Find([]tree.File{{Path: ".gitlab-ci.yml", Content: []byte(src)}}, writer.Rules{Rules: []writer.Rule{{Policy: compile(t, "semver:*")}}})
	if len(all.Sites) != 2 || all.Sites[0].Policy == nil || len(all.Problems) != 1 {
		t.Errorf("found %+v", all)
	}
}

// A digest that bumpboat would leave behind refuses the update of the tag.
func TestDigestBesideVariables(t *testing.T) {
	sum := strings.Repeat("a", 64)
	for _, key := range []string{"web_sha256", "web_image_sha256"} {
		updates, files := update(t, "vars/a.yml", "web_image: a\nweb_tag: '1'\n"+key+": "+sum+"\n", policy.Version{Tag: "2"})
		changes, refused := writer.Apply(updates, files)
		if len(changes) != 0 || len(refused) != 1 || refused[0].Reason != "edit/stale-digest" {
			t.Errorf("%s: changes %v, refuses %v", key, changes, refused)
		}
	}
}

// Files that nobody wrote by hand cost time in proportion to their size.
func TestManyPlacesInOneMapping(t *testing.T) {
	const many = 8_000
	tests := map[string]string{
		"vars/a.yml":     "a%[1]d_image: a\na%[1]d_tag: '1'\n",
		"vars/b.yml":     "b%[1]d_image: 'a:{{ b%[1]d_v }}'\nb%[1]d_v: '1'\n",
		"compose.yaml":   "x-%d: {image: a:1}\n",
		".gitlab-ci.yml": "j%d: {image: a:1}\n",
	}
	for path, line := range tests {
		var b strings.Builder
		for i := range many {
			fmt.Fprintf(&b, line, i)
		}
		if got := found(t, path, b.String()); len(got) != many {
			t.Errorf("%s: %d sites, want %d", path, len(got), many)
		}
	}
}
