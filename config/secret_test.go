package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestSecretIsNeverPrinted prints secrets, and structs that hold them in every way, by all means that there are.
func TestSecretIsNeverPrinted(t *testing.T) {
	value := canary
	s := Secret{value: &value, source: "env", name: "TOKEN"}
	type hiding struct{ inner Secret }
	things := map[string]any{
		"value": s, "pointer": &s, "slice": []Secret{s}, "map": map[string]Secret{"a": s}, "key": map[Secret]int{s: 1},
		"exported": Forge{Token: s}, "unexported": hiding{s}, "pointer to unexported": &hiding{s},
		"operator": Operator{Repositories: []Repository{{Forge: Forge{Token: s}}}},
	}
	for name, thing := range things {
		printed := map[string]string{}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p"} {
			printed[verb] = fmt.Sprintf(verb, thing)
		}
		j, err := json.Marshal(thing)
		printed["json"] = fmt.Sprint(string(j), err)
		if name != "key" {
			y, err := yaml.Marshal(thing)
			printed["yaml"] = fmt.Sprint(string(y), err)
		}
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("text", "thing", thing)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("json", "thing", thing)
		printed["slog"] = b.String()
		printed["error"] = fmt.Errorf("with %v", thing).Error()
		for how, text := range printed {
			hexed := fmt.Sprintf("%x", canary)
			if strings.Contains(text, canary) || strings.Contains(strings.ToLower(text), hexed) {
				t.Errorf("%s through %s leaks: %s", name, how, text)
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, s); got != redacted {
			t.Errorf("%s gives %q", verb, got)
		}
	}
	if j, err := json.Marshal(s); err != nil || !strings.Contains(string(j), "secret") {
		t.Errorf("JSON is %s, %v", j, err)
	}
	if s.Reveal() != canary {
		t.Errorf("Reveal gives %q", s.Reveal())
	}
}

func TestSecretOfNothing(t *testing.T) {
	var s Secret
	if !s.IsZero() || s.Reveal() != "" || s.String() != "" {
		t.Errorf("the zero Secret is %q", s.Reveal())
	}
	data, err := json.Marshal(Forge{Kind: KindGitea})
	if err != nil || strings.Contains(string(data), "token") {
		t.Errorf("a forge without a token is %s, %v", data, err)
	}
}

// TestSecretsStayWithTheirHost: a token of the forge is used for Git on the same host only.
func TestSecretsStayWithTheirHost(t *testing.T) {
	tests := []struct {
		name, forge, url, git string
	}{
		{"same host", "{kind: gitea, token: {env: TOKEN}}", "https://git.example.com/acme/env.git", "tok-" + canary},
		{"github.com", "{token: {env: TOKEN}}", "https://GitHub.com/acme/env.git", "tok-" + canary},
		{"another host", "{kind: gitea, url: 'https://forge.example.com', token: {env: TOKEN}}", "https://git.example.com/acme/env.git", ""},
		{"another port", "{kind: gitea, url: 'https://git.example.com:8443', token: {env: TOKEN}}", "https://git.example.com/acme/env.git", ""},
		{"github.com for another host", "{kind: github, url: 'https://github.com', token: {env: TOKEN}}", "https://git.example.com/acme/env.git", ""},
		{"local repository", "{kind: github, repo: acme/env, token: {env: TOKEN}}", "/srv/env.git", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := loadOperator(t, []byte("apiVersion: "+APIVersion+"\nrepositories:\n- url: "+tt.url+"\n  forge: "+tt.forge+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			if got := o.Repositories[0].Git.Token.Reveal(); got != tt.git {
				t.Errorf("git.token is %q, want %q", got, tt.git)
			}
			if o.Repositories[0].Forge.Token.Reveal() == "" {
				t.Error("forge.token is lost")
			}
		})
	}
}

func TestSecretFileLosesItsLineBreak(t *testing.T) {
	o, err := loadOperator(t, []byte("apiVersion: "+APIVersion+"\nregistries: [{host: a.example, token: {file: ./token}}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := o.Registries[0].Token.Reveal(); got != "file-"+canary {
		t.Errorf("token is %q", got)
	}
}
