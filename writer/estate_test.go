package writer

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/bumpboat/bumpboat/writer/tree"
)

// estate is a generated environment repository in the style of people: aligned values, lists that are indented and lists that are
// not, blank lines, folded text, some CRLF, some files without a final newline.
type estate struct {
	files []tree.File
	// due is what the files are to be once every image is updated, by path. Files without images are not in it.
	due map[string][]byte
	// lines counts the lines with images, size the bytes.
	lines, size int
}

const (
	// estateFiles is the size of one unit, estateImages how many of its files name images, and estatePairs how many of those name two.
	estateFiles, estateImages, estatePairs = 5000, 831, 152
	estateCRDs                             = 10
	// oldVersion is what the registry had, newVersion what is due.
	oldVersion, newVersion = "1.4.2", "1.5.0"
)

// newEstate makes an estate of some units of 5,000 files. It is always the same.
func newEstate(units int) *estate {
	e := &estate{due: map[string][]byte{}}
	r := rand.New(rand.NewPCG(4, 2))
	for unit := range units {
		team := func(i int) string { return fmt.Sprintf("clusters/c%02d/team-%02d/app-%03d", unit, i%40, i) }
		for i := range estateImages {
			e.addImages(r, team(i), i, i < estatePairs)
		}
		for i := range estateCRDs {
			e.add(r, fmt.Sprintf("clusters/c%02d/crds/crd-%d.yaml", unit, i), crd(i, 300_000+55_500*i), false)
		}
		for i := range estateFiles - estateImages - estateCRDs {
			name, content := plainFile(r, i)
			e.add(r, team(i)+"/"+name, content, false)
		}
	}
	// As a walk over the trees would list them: the kinds are mixed.
	r.Shuffle(len(e.files), func(i, j int) { e.files[i], e.files[j] = e.files[j], e.files[i] })
	return e
}

// addImages adds a file with one line that is due, or two.
func (e *estate) addImages(r *rand.Rand, dir string, i int, two bool) {
	kinds := []struct{ name, one, another string }{
		{"deployment.yaml", deploymentText, "      - name:  proxy\n        image: \"registry.example/acme/proxy:@VERSION@\"   # beside the application\n"},
		{"statefulset.yml", statefulText, "        - name: backup\n          image: 'registry.example/acme/backup:@VERSION@'\n"},
		{"values.yaml", valuesText, "sidecar:\n    image:\n        repository: registry.example/acme/sidecar\n        tag:        \"@VERSION@\"\n"},
		{"kustomization.yaml", kustomizationText, "- {name: registry.example/acme/worker, newTag: \"@VERSION@\"}\n"},
		{"cronjob.yaml", cronText, "          - image: registry.example/acme/report:@VERSION@\n            name: report\n"},
	}
	k := kinds[i%len(kinds)]
	text := k.one
	if two {
		text += k.another
	}
	text = strings.NewReplacer("@NAME@", fmt.Sprintf("app-%03d", i), "@WORDS@", words(r)).Replace(text)
	e.lines += strings.Count(text, "@VERSION@")
	e.add(r, dir+"/"+k.name, text, true)
}

// add finishes a file as an editor of its time would have saved it.
func (e *estate) add(r *rand.Rand, path, content string, images bool) {
	switch r.IntN(20) {
	case 0:
		content = strings.ReplaceAll(content, "\n", "\r\n")
	case 1, 2:
		content = strings.TrimSuffix(content, "\n")
	case 3:
		content = "# Maintained by the platform team; ask before you change it.\n\n" + content
	}
	old := []byte(strings.ReplaceAll(content, "@VERSION@", oldVersion))
	if images {
		e.due[path] = []byte(strings.ReplaceAll(content, "@VERSION@", newVersion))
	}
	e.files = append(e.files, tree.File{Path: path, Blob: fmt.Sprintf("%040x", len(e.files)), Content: old})
	e.size += len(old)
}

// words are some words of prose for folded text.
func words(r *rand.Rand) string {
	all := strings.Fields("the service answers requests of partners and keeps what they order for a day before it is billed by night")
	var b strings.Builder
	for range 6 + r.IntN(10) {
		b.WriteString(all[r.IntN(len(all))] + " ")
	}
	return strings.TrimSpace(b.String())
}

// plainFile is one of the many files that name no image.
func plainFile(r *rand.Rand, i int) (name, content string) {
	kinds := []struct{ name, text string }{
		{"configmap", "apiVersion: v1\nkind:       ConfigMap\nmetadata:\n  name: @NAME@-config\n\ndata:\n  LOG_LEVEL:    info\n  LISTEN:       \":8080\"\n  notes.txt: >-\n    @WORDS@\n    @WORDS@\n\n  settings.ini: |\n    [server]\n    workers = 4\n    timeout = 30\n"},
		{"service", "apiVersion: v1\nkind: Service\nmetadata:\n    name: @NAME@\n    labels: {app.kubernetes.io/name: @NAME@, tier: front}\nspec:\n    selector:\n        app.kubernetes.io/name: @NAME@\n    ports:\n    -   name: http\n        port:       80\n        targetPort: 8080\n"},
		{"ingress", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: @NAME@\n  annotations:\n    # @WORDS@\n    cert-manager.io/cluster-issuer: letsencrypt\nspec:\n  ingressClassName: nginx\n  rules:\n  - host: @NAME@.example.org\n    http:\n      paths:\n        - path: /\n          pathType: Prefix\n          backend: {service: {name: @NAME@, port: {number: 80}}}\n"},
		{"policy", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: @NAME@-deny}\nspec:\n  # @WORDS@\n  podSelector: {}\n  policyTypes: [Ingress, Egress]\n"},
		{"rbac", "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: @NAME@\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind:     Role\n  name:     @NAME@\nsubjects:\n- kind: ServiceAccount\n  name: @NAME@\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: @NAME@\nrules:\n- apiGroups: [\"\"]\n  resources: [configmaps, secrets]\n  verbs: [get, list, watch]\n"},
		{"alerts", "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: @NAME@\nspec:\n  groups:\n    - name: @NAME@\n      rules:\n        - alert: Down\n          expr: up{job=\"@NAME@\"} == 0\n          for:  5m\n          annotations:\n            summary: >\n              @WORDS@\n              @WORDS@\n          labels: {severity: page}\n"},
	}
	k := kinds[i%len(kinds)]
	text := strings.ReplaceAll(k.text, "@NAME@", fmt.Sprintf("app-%03d", i))
	for strings.Contains(text, "@WORDS@") {
		text = strings.Replace(text, "@WORDS@", words(r), 1)
	}
	return fmt.Sprintf("%s-%04d.yaml", k.name, i), text
}

// crd is a CustomResourceDefinition of at least size bytes, whose schema speaks of images as that of any operator does.
func crd(i, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things%d.acme.example\nspec:\n  group: acme.example\n", i)
	b.WriteString("  names: {kind: Thing, plural: things}\n  versions:\n  - name: v1\n    schema:\n      openAPIV3Schema:\n        properties:\n")
	for n := 0; b.Len() < size; n++ {
		fmt.Fprintf(&b, "          container%d:\n            description: |-\n              Container image name.\n              More info: https://kubernetes.io/docs/concepts/containers/images\n              This field is optional to allow higher level config management to default or override\n              container images in workload controllers like Deployments and StatefulSets.\n            properties:\n              image:\n                type: string\n              imagePullPolicy:\n                type: string\n              workingDir: {type: string}\n            type: object\n", n)
	}
	return b.String()
}

const deploymentText = `apiVersion: apps/v1
kind: Deployment
metadata:
  name:      @NAME@
  namespace: shop
  annotations:
    description: >-
      @WORDS@
spec:
  replicas: 2

  selector:
    matchLabels: {app: @NAME@}
  template:
    metadata:
      labels: {app: @NAME@}
    spec:
      containers:
      - name:  app
        image: registry.example/acme/app:@VERSION@
        args:  ["--listen=:8080", '--log=json']

        ports:
        - containerPort: 8080
        resources:
          limits:   {cpu: "1",  memory: 512Mi}
          requests: {cpu: 100m, memory: 128Mi}
        env:
          - name:  UPSTREAM
            value: http://backend.shop.svc:8080
          - name: PASSWORD
            valueFrom: {secretKeyRef: {name: credentials, key: password}}
          # @WORDS@
          - {name: GOMEMLIMIT, value: "400MiB"}

        readinessProbe:
          httpGet:
            path: /healthz
            port: http
          periodSeconds:    10
          failureThreshold: 3
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem:   true
          capabilities: {drop: [ALL]}
`

const statefulText = `---
# @WORDS@
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: @NAME@, namespace: data}
spec:
    serviceName: @NAME@
    selector: {matchLabels: {app: @NAME@}}
    template:
      metadata:
        labels: {app: @NAME@}
      spec:
        containers:
        - name: db
          image:   "registry.example/acme/db:@VERSION@"
          volumeMounts: [{name: data, mountPath: /data}]
          env:
            - name:  UPSTREAM
              value: http://backend.shop.svc:8080
            - name: PASSWORD
              valueFrom: {secretKeyRef: {name: credentials, key: password}}
            # @WORDS@
            - {name: GOMEMLIMIT, value: "400MiB"}

          readinessProbe:
            httpGet:
              path: /healthz
              port: http
            periodSeconds:    10
            failureThreshold: 3
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem:   true
            capabilities: {drop: [ALL]}
`

const valuesText = `# @WORDS@
replicaCount: 2
image:
    repository: registry.example/acme/web
    tag:        "@VERSION@"     # moved by pull requests only
    pullPolicy: IfNotPresent

service:
    type: ClusterIP
    port: 80
resources: {}
ingress:
    enabled:   true
    className: nginx
    hosts:
    -   host: @NAME@.example.org
        paths: [{path: /, pathType: Prefix}]
    # @WORDS@
    tls: []

autoscaling:
    enabled:     false
    minReplicas: 2
    maxReplicas: 6
podAnnotations:
    prometheus.io/scrape: "true"
    prometheus.io/port:   "8080"
`

const kustomizationText = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: @NAME@
# @WORDS@
resources:
  - ../base
  - ingress.yaml
patches:
- target: {kind: Deployment}
  patch: |-
    - op: replace
      path: /spec/replicas
      value: 3
configMapGenerator:
- name: settings
  literals: [LOG_LEVEL=info, REGION=eu-1]

images:
- name: registry.example/acme/web
  newTag: @VERSION@
`

const cronText = `apiVersion: batch/v1
kind: CronJob
metadata:
  name: @NAME@
spec:
  schedule: "17 3 * * *"   # @WORDS@
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: job
            image: registry.example/acme/job:@VERSION@
            command:
              - /bin/job
              - --verbose
            env:
              - name:  UPSTREAM
                value: http://backend.shop.svc:8080
              - name: PASSWORD
                valueFrom: {secretKeyRef: {name: credentials, key: password}}
              # @WORDS@
              - {name: GOMEMLIMIT, value: "400MiB"}

            readinessProbe:
              httpGet:
                path: /healthz
                port: http
              periodSeconds:    10
              failureThreshold: 3
            securityContext:
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem:   true
              capabilities: {drop: [ALL]}
`
