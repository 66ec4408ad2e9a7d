package yamledit

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// manifest is what a file of an environment repository mostly is: 1.2 kB a document.
func manifest(documents int) string {
	b := strings.Builder{}
	for i := range documents {
		fmt.Fprintf(&b, `---
# the web server
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-%d
  namespace: shop
  labels: {app.kubernetes.io/name: web, tier: front}
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: web
  template:
    metadata:
      labels:
        app.kubernetes.io/name: web
    spec:
      containers:
      - name: web
        image: ghcr.io/acme/web:1.2.3 # bumpboat: semver:^1
        args: ["--listen=:8080", '--log=json']
        ports:
        - containerPort: 8080
          name: http
        resources:
          limits: {cpu: "1", memory: 512Mi}
          requests: {cpu: 100m, memory: 128Mi}
        readinessProbe:
          httpGet:
            path: /healthz
            port: http
          periodSeconds: 10
      - name: proxy
        image: "ghcr.io/acme/proxy:2.0.0"
        env:
        - name: UPSTREAM
          value: http://localhost:8080
`, i)
	}
	return b.String()
}

func BenchmarkParse(b *testing.B) {
	src := []byte(manifest(1))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := Parse(src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScalar(b *testing.B) {
	for name, src := range map[string]string{
		"manifest":                 manifest(1000),
		"one line of a megabyte":   "[" + strings.Repeat(`{"image": "acme/web:1.2.3"},`, 40_000) + "{}]",
		"one line of wide letters": "[" + strings.Repeat(`{"image": "日本語日本語日本語日本語"},`, 20_000) + "{}]",
	} {
		b.Run(name, func(b *testing.B) {
			f, err := Parse([]byte(src))
			if err != nil {
				b.Fatal(err)
			}
			var all []*yaml.Node
			each(f, func(n *yaml.Node) { all = append(all, n) })
			i := 0
			for b.Loop() {
				if _, err := f.Scalar(all[i%len(all)]); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

func BenchmarkApply(b *testing.B) {
	for _, documents := range []int{1, 1000} {
		b.Run(fmt.Sprintf("%d documents", documents), func(b *testing.B) {
			src := []byte(manifest(documents))
			var edits []Edit
			for at := 0; at < len(src); {
				const image = "ghcr.io/acme/web:1.2.3"
				i := strings.Index(string(src[at:]), image)
				if i < 0 {
					break
				}
				edits = append(edits, Edit{at + i, image, "ghcr.io/acme/web:1.2.4"})
				at += i + len(image)
			}
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if _, err := Apply(src, edits); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkApplyInside edits many values of one large block.
func BenchmarkApplyInside(b *testing.B) {
	src := "values: |\n" + strings.Repeat("  - image: ghcr.io/acme/web:1.2.3 # c\n", 50_000)
	var edits []Edit
	for at := 0; ; {
		i := strings.Index(src[at:], "ghcr.io")
		if i < 0 {
			break
		}
		edits = append(edits, Edit{at + i, "ghcr.io/acme/web:1.2.3", "ghcr.io/acme/web:1.2.4"})
		at += i + 1
	}
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := Apply([]byte(src), edits); err != nil {
			b.Fatal(err)
		}
	}
}
