package writer

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The formats of pipelines.
const (
	formatGitLab     = "gitlab-ci"
	formatGitHub     = "github-actions"
	formatCircle     = "circleci"
	formatDrone      = "drone"
	formatWoodpecker = "woodpecker"
	formatBitbucket  = "bitbucket-pipelines"
)

// dockerScheme begins the references of GitHub's actions that are no actions of their own.
const dockerScheme = "docker://"

// findPipeline finds the images in which the jobs of a CI system run.
func findPipeline(r *reader, n *yaml.Node, at *trail, o *object) bool {
	if o.isObject() || n.Kind != yaml.MappingNode {
		return false
	}
	switch format := pipelineFormat(r.sheet.path); format {
	case formatGitHub:
		if get(n, "jobs") == nil && get(n, "runs") == nil {
			return false
		}
		r.workflow(n, at)
		return true
	case formatGitLab:
		r.gitlab(n, at)
		return true
	case "":
		if hasGitLabShape(n) {
			r.gitlab(n, at)
			return true
		}
		return false
	default:
		r.steps(format, "", n, at)
		return true
	}
}

// pipelineFormat tells the CI system from where its files must lie, "" for none.
func pipelineFormat(name string) string {
	base := strings.TrimSuffix(strings.TrimSuffix(path.Base(name), ".yml"), ".yaml")
	dirs := strings.Split(path.Dir(name), "/")
	in := func(dir string) bool { return slices.Contains(dirs, dir) }
	switch {
	case in("workflows") && (in(".github") || in(".gitea") || in(".forgejo")), base == "action":
		return formatGitHub
	case base == ".gitlab-ci", strings.HasSuffix(base, ".gitlab-ci"), in(".gitlab"), in(".gitlab-ci"):
		return formatGitLab
	case in(".circleci"):
		return formatCircle
	case base == ".drone":
		return formatDrone
	case base == ".woodpecker", in(".woodpecker"):
		return formatWoodpecker
	case base == "bitbucket-pipelines":
		return formatBitbucket
	default:
		return ""
	}
}

// hasGitLabShape says whether a document has a job of GitLab CI: its files may be included from anywhere.
func hasGitLabShape(n *yaml.Node) (found bool) {
	entries(n, func(_ string, job *yaml.Node) {
		found = found || get(job, "script") != nil && (get(job, "image") != nil || get(job, "stage") != nil)
	})
	return found
}

// gitlab finds the images of all jobs, the hidden ones included, and those that are the default.
func (r *reader) gitlab(n *yaml.Node, at *trail) {
	r.gitlabJob("", n, at)
	entries(n, func(name string, job *yaml.Node) {
		switch name {
		case "variables", "workflow", "include", "spec", "stages", "cache", "image", "services":
		default:
			r.gitlabJob(name, job, at.entry(n, name))
		}
	})
}

func (r *reader) gitlabJob(name string, job *yaml.Node, at *trail) {
	r.imageOrName(formatGitLab, name, job, "image", at)
	services := get(job, "services")
	if services == nil || services.Kind != yaml.SequenceNode {
		return
	}
	for i, service := range services.Content {
		here := at.entry(job, "services").item(services, i)
		if service.Kind == yaml.ScalarNode {
			r.reference(formatGitLab, name, service, here)
		} else {
			r.image(formatGitLab, name, service, "name", here)
		}
	}
}

// imageOrName adds what stands under a key: a reference, or a mapping that has it as its name.
func (r *reader) imageOrName(format, container string, in *yaml.Node, key string, at *trail) {
	if n := get(in, key); n != nil && n.Kind == yaml.MappingNode {
		r.image(format, container, n, "name", at.entry(in, key))
		return
	}
	r.image(format, container, in, key, at)
}

// reference adds a reference that stands for itself, with nothing beside it that belongs to it.
func (r *reader) reference(format, container string, n *yaml.Node, at *trail) {
	p := &place{path: r.sheet.path, format: format, container: container}
	p.whole = r.fieldOf(p, PartImage, n, at)
	r.keep(p)
}

// workflow finds the images of a GitHub workflow, or of an action.
func (r *reader) workflow(n *yaml.Node, at *trail) {
	runs := get(n, "runs")
	r.docker("", runs, "image", at.entry(n, "runs"))
	r.uses("", runs, at.entry(n, "runs"))
	jobs := get(n, "jobs")
	entries(jobs, func(name string, job *yaml.Node) {
		here := at.entry(n, "jobs").entry(jobs, name)
		if container := get(job, "container"); container != nil && container.Kind == yaml.MappingNode {
			r.image(formatGitHub, name, container, "image", here.entry(job, "container"))
		} else {
			r.image(formatGitHub, name, job, "container", here)
		}
		services := get(job, "services")
		entries(services, func(service string, value *yaml.Node) {
			r.image(formatGitHub, service, value, "image", here.entry(job, "services").entry(services, service))
		})
		r.uses(name, job, here)
	})
}

// uses finds the steps that run an image as it is.
func (r *reader) uses(container string, in *yaml.Node, at *trail) {
	steps := get(in, "steps")
	if steps == nil || steps.Kind != yaml.SequenceNode {
		return
	}
	for i, step := range steps.Content {
		r.docker(container, step, "uses", at.entry(in, "steps").item(steps, i))
	}
}

// docker adds a reference behind `docker://`. Without that it is a file or an action.
func (r *reader) docker(container string, in *yaml.Node, key string, at *trail) {
	n := get(in, key)
	if !strings.HasPrefix(text(n), dockerScheme) {
		return
	}
	p := &place{path: r.sheet.path, format: formatGitHub, container: container}
	if p.whole = r.fieldOf(p, PartImage, n, at.entry(in, key)); p.whole != nil {
		p.whole.lead = dockerScheme
	}
	r.around[in] = p
	r.keep(p)
}

// steps finds every image below a node of a pipeline that is a list or a map of steps, whatever it is called. name is that of
// the step.
func (r *reader) steps(format, name string, n *yaml.Node, at *trail) {
	switch n.Kind {
	case yaml.MappingNode:
		if own := textAt(n, "name"); own != "" {
			name = own
		}
		r.imageOrName(format, name, n, "image", at)
		entries(n, func(key string, value *yaml.Node) {
			switch key {
			case "image", "machine", "environment", "settings", "variables", "parameters":
				// machines of CircleCI are no containers, and the others are what a step is given
			default:
				r.steps(format, stepName(name, key, value), value, at.entry(n, key))
			}
		})
	case yaml.SequenceNode:
		for i, item := range n.Content {
			r.steps(format, name, item, at.item(n, i))
		}
	case yaml.DocumentNode, yaml.ScalarNode, yaml.AliasNode:
	}
}

// stepName returns the name of what stands under a key: the key of a step or a job, or that of the job around its list.
func stepName(around, key string, value *yaml.Node) string {
	if value.Kind == yaml.MappingNode {
		return key
	}
	return around
}
