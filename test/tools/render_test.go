package tools

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

func TestRender(t *testing.T) {
	tests := []struct {
		dir      string
		workload string // the only one
		pod      []string
		args     []string
		want     map[string]string // of the workload, by dotted path
	}{
		{
			dir: "base", workload: "Deployment", pod: []string{"spec", "template", "spec"},
			args: []string{"serve", "--config", "/etc/bumpboat/config.yaml", "--listen", ":8080"},
			want: map[string]string{
				"spec.replicas": "1", "spec.strategy.type": "Recreate",
				"spec.template.spec.containers.0.livenessProbe.httpGet.path":  "/healthz",
				"spec.template.spec.containers.0.readinessProbe.httpGet.path": "/readyz",
			},
		},
		{
			dir: "overlays/cronjob", workload: "CronJob", pod: []string{"spec", "jobTemplate", "spec", "template", "spec"},
			args: []string{"run", "--config", "/etc/bumpboat/config.yaml"},
			want: map[string]string{
				"spec.concurrencyPolicy": "Forbid", "spec.timeZone": "Europe/Berlin",
				"spec.jobTemplate.spec.template.spec.restartPolicy": "Never",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.dir, func(t *testing.T) {
			objects := render(t, "../../deploy/kustomize/"+tt.dir)
			workload := only(t, objects, tt.workload)
			for path, want := range tt.want {
				expect(t, workload, path, want)
			}
			pod, err := workload.Pipe(yaml.Lookup(tt.pod...))
			if err != nil || pod == nil {
				t.Fatalf("no pod in the %s: %v", tt.workload, err)
			}
			checkPod(t, pod)
			checkArgs(t, pod, tt.args)
			config := only(t, objects, "ConfigMap")
			expect(t, pod, "volumes.0.configMap.name", config.GetName())
			if config.GetDataMap()["config.yaml"] == "" {
				t.Error("the ConfigMap has no config.yaml")
			}
		})
	}
}

// checkPod wants what the restricted Pod Security Standard asks for, and no access to the cluster.
func checkPod(t *testing.T, pod *yaml.RNode) {
	t.Helper()
	for path, want := range map[string]string{
		"automountServiceAccountToken":        "false",
		"securityContext.runAsNonRoot":        "true",
		"securityContext.runAsUser":           "65532",
		"securityContext.seccompProfile.type": "RuntimeDefault",
	} {
		expect(t, pod, path, want)
	}
	for _, absent := range []string{"hostNetwork", "hostPID", "hostIPC", "serviceAccountName", "initContainers"} {
		expect(t, pod, absent, "")
	}
	containers := elements(t, pod, "containers")
	if len(containers) != 1 {
		t.Fatalf("%d containers, want 1", len(containers))
	}
	for path, want := range map[string]string{
		"securityContext.allowPrivilegeEscalation": "false",
		"securityContext.readOnlyRootFilesystem":   "true",
		"securityContext.capabilities.drop.0":      "ALL",
		"securityContext.privileged":               "",
		"securityContext.runAsUser":                "",
		"image":                                    "bumpboat:dev",
	} {
		expect(t, containers[0], path, want)
	}
	for _, quantity := range []string{"resources.requests.cpu", "resources.requests.memory", "resources.limits.memory"} {
		if text(t, containers[0], quantity) == "" {
			t.Errorf("%s is missing", quantity)
		}
	}
	for _, volume := range elements(t, pod, "volumes") {
		fields, err := volume.Fields()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc([]string{"configMap", "secret", "emptyDir"}, func(k string) bool { return slices.Contains(fields, k) }) {
			t.Errorf("a volume of another kind: %v", fields)
		}
	}
}

func checkArgs(t *testing.T, pod *yaml.RNode, want []string) {
	t.Helper()
	var got []string
	for _, arg := range elements(t, elements(t, pod, "containers")[0], "args") {
		got = append(got, arg.YNode().Value)
	}
	if !slices.Equal(got, want) {
		t.Errorf("args %q, want %q", got, want)
	}
}

// render runs kustomize and returns the objects that it prints.
func render(t *testing.T, dir string) []*yaml.RNode {
	t.Helper()
	var stderr bytes.Buffer
	c := exec.CommandContext(t.Context(), "go", "tool", "kustomize", "build", dir)
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("rendering %s: %v\n%s", dir, err, &stderr)
	}
	var objects []*yaml.RNode
	for document := range strings.SplitSeq(string(out), "\n---\n") {
		object, err := yaml.Parse(document)
		if err != nil {
			t.Fatalf("rendering %s: %v in\n%s", dir, err, document)
		}
		objects = append(objects, object)
	}
	return objects
}

// only returns the one object of a kind, after looking that nothing unknown came along.
func only(t *testing.T, objects []*yaml.RNode, kind string) *yaml.RNode {
	t.Helper()
	var found []*yaml.RNode
	for _, object := range objects {
		if !slices.Contains([]string{"Namespace", "ConfigMap", "Deployment", "CronJob"}, object.GetKind()) {
			t.Errorf("an unexpected %s", object.GetKind())
		}
		if object.GetKind() == kind {
			found = append(found, object)
		}
	}
	workloads := slices.DeleteFunc(slices.Clone(objects), func(o *yaml.RNode) bool { return o.GetKind() != "Deployment" && o.GetKind() != "CronJob" })
	if len(found) != 1 || len(workloads) != 1 {
		t.Fatalf("%d objects of kind %s among %d workloads, want one and one", len(found), kind, len(workloads))
	}
	return found[0]
}

func expect(t *testing.T, node *yaml.RNode, path, want string) {
	t.Helper()
	if got := text(t, node, path); got != want {
		t.Errorf("%s is %q, want %q", path, got, want)
	}
}

// text returns the scalar at a dotted path, or "" when it is not there. Elements of lists are numbers.
func text(t *testing.T, node *yaml.RNode, path string) string {
	t.Helper()
	found, err := node.Pipe(yaml.Lookup(strings.Split(path, ".")...))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if found == nil {
		return ""
	}
	if found.YNode().Kind != yaml.ScalarNode {
		return fmt.Sprintf("not a scalar: %s", found.MustString())
	}
	return found.YNode().Value
}

func elements(t *testing.T, node *yaml.RNode, field string) []*yaml.RNode {
	t.Helper()
	list, err := node.Pipe(yaml.Lookup(field))
	if err != nil || list == nil {
		t.Fatalf("%s: not there: %v", field, err)
	}
	all, err := list.Elements()
	if err != nil {
		t.Fatal(err)
	}
	return all
}
