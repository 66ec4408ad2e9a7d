package writer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bumpboat/bumpboat/writer"
)

// FuzzWhatReallyDeploys gives three files to each other as base, overlay and what deploys them. The outcome must not depend on
// anything but the files.
func FuzzWhatReallyDeploys(f *testing.F) {
	overlay := "resources: [../base, ../prod, '.']\ncomponents: [../base]\nimages: [{name: ghcr.io/acme/web, newName: '${A}', newTag: '${TAG}', digest: 'sha256:1'}]\n"
	flux := "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: b}\nspec:\n  path: ./prod\n" +
		"  postBuild: {substitute: {TAG: 1.4.2, A: ghcr.io/acme/web}, substituteFrom: [{kind: ConfigMap, name: c}]}\n"
	argo := "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: a}\nspec:\n  generators: [{list: {elements: [{tag: 1.4.2}]}}]\n" +
		"  template: {spec: {source: {path: base, kustomize: {images: ['web=*:{{tag}}']}, helm: {valueFiles: [/prod/values.yaml]}}}}\n"
	f.Add(podOfWeb, overlay, flux)
	f.Add("resources: [../prod]\n", overlay, argo)
	f.Add("image: {repository: a/b, tag: 1}\n", "image: {tag: 2}\n", argo)
	f.Fuzz(func(t *testing.T, base, overlay, deploys string) {
		files := repository("base/kustomization.yaml", base, "base/web.yaml", base, "base/values.yaml", base, "deploys.yaml", deploys,
			"prod/kustomization.yaml", overlay, "prod/values.yaml", overlay)
		first, second := writer.Find(files, writer.Rules{}), writer.Find(files, writer.Rules{})
		if diff := cmp.Diff(reasons(first), reasons(second)); diff != "" {
			t.Errorf("two looks differ:\n%s", diff)
		}
		if diff := cmp.Diff(first.Problems, second.Problems); diff != "" {
			t.Errorf("the problems of two looks differ:\n%s", diff)
		}
	})
}
