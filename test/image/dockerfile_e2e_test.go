//go:build e2e && linux

// Package image proves without a container engine that the image works: the files of the Dockerfile's final stage are
// laid out in an empty directory, and the program runs in there, as the image's user, with nothing else to be seen.
package image

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// stage is what the final stage of a Dockerfile says.
type stage struct {
	copies     []fromTo
	env        []string
	uid, gid   uint32
	entrypoint []string
}

// fromTo is one COPY.
type fromTo struct {
	source, target string
	owner          string // uid:gid, or "" for root
}

// parseFinal reads the last stage. It knows exactly the instructions that our Dockerfile may have there: a RUN, or a base
// that is not empty, would make the proof worthless.
func parseFinal(dockerfile string) (stage, error) {
	var s stage
	var found bool
	for line := range strings.SplitSeq(strings.ReplaceAll(dockerfile, "\\\n", " "), "\n") {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		if word == "FROM" {
			s, found = stage{}, rest == "scratch"
			continue
		}
		if !found || word == "" || strings.HasPrefix(word, "#") {
			continue
		}
		if err := s.add(word, rest); err != nil {
			return stage{}, fmt.Errorf("%s %s: %w", word, rest, err)
		}
	}
	if !found || s.uid == 0 || len(s.entrypoint) == 0 {
		return stage{}, fmt.Errorf("no final stage from scratch with a user that is not root and an entry point: %+v", s)
	}
	return s, nil
}

func (s *stage) add(word, rest string) error {
	switch word {
	case "COPY":
		return s.addCopy(strings.Fields(rest))
	case "ENV":
		s.env = append(s.env, rest)
	case "USER":
		_, err := fmt.Sscanf(rest, "%d:%d", &s.uid, &s.gid)
		return err
	case "ENTRYPOINT":
		return json.Unmarshal([]byte(rest), &s.entrypoint)
	case "ARG", "LABEL", "EXPOSE":
	default:
		return fmt.Errorf("not an instruction that the final stage may have")
	}
	return nil
}

func (s *stage) addCopy(words []string) error {
	var c fromTo
	for len(words) > 2 {
		owner, ok := strings.CutPrefix(words[0], "--chown=")
		switch {
		case ok:
			c.owner = owner
		case words[0] != "--from=build":
			return fmt.Errorf("%s is not understood", words[0])
		}
		words = words[1:]
	}
	if len(words) != 2 {
		return fmt.Errorf("want a source and a target")
	}
	c.source, c.target = words[0], words[1]
	s.copies = append(s.copies, c)
	return nil
}

// here returns where a file of the build stage is on this machine.
func here(t *testing.T, source string) string {
	t.Helper()
	root := filepath.Join("..", "..")
	if source == "/out/bumpboat" {
		return filepath.Join(root, "bin", "bumpboat")
	}
	if rest, ok := strings.CutPrefix(source, "/src/"); ok {
		return filepath.Join(root, rest)
	}
	if rest, ok := strings.CutPrefix(source, "/usr/local/go/"); ok {
		out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(strings.TrimSpace(string(out)), rest)
	}
	if strings.HasPrefix(source, "/etc/ssl/") {
		return source
	}
	t.Fatalf("the final stage copies %s, of which this test does not know where it is outside of a build", source)
	return ""
}

// layOut makes the file system of the image in an empty directory.
func layOut(t *testing.T, s stage) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range s.copies {
		target := filepath.Join(root, c.target)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if c.source == "/out/tmp" { // an empty directory
			if err := os.Mkdir(target, 0o755); err != nil {
				t.Fatal(err)
			}
		} else {
			copyFile(t, here(t, c.source), target)
		}
		if c.owner != "" {
			chown(t, target, c.owner)
		}
	}
	return root
}

func copyFile(t *testing.T, source, target string) {
	t.Helper()
	info, err := os.Stat(source)
	if err != nil {
		t.Fatalf("%v (bin/bumpboat is made by `make build`)", err)
	}
	content, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(target, content, info.Mode().Perm()); err != nil {
		t.Fatal(err)
	}
}

func chown(t *testing.T, name, owner string) {
	t.Helper()
	user, group, _ := strings.Cut(owner, ":")
	uid, err := strconv.Atoi(user)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.Atoi(group)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(name, uid, gid); err != nil {
		t.Fatal(err)
	}
}

func TestParseFinal(t *testing.T) {
	const good = "FROM x AS build\nRUN y\nFROM scratch\nCOPY --from=build --chown=1:2 /a \\\n  /b\nENV K=V\nUSER 65532:65533\nENTRYPOINT [\"/b\"]\n"
	s, err := parseFinal(good)
	if err != nil {
		t.Fatal(err)
	}
	if want := (fromTo{source: "/a", target: "/b", owner: "1:2"}); len(s.copies) != 1 || s.copies[0] != want {
		t.Errorf("copies %+v, want %+v", s.copies, want)
	}
	if s.uid != 65532 || s.gid != 65533 || s.entrypoint[0] != "/b" || s.env[0] != "K=V" {
		t.Errorf("stage %+v", s)
	}
	for name, bad := range map[string]string{
		"a shell":           good + "RUN sh\n",
		"another base":      strings.Replace(good, "FROM scratch", "FROM alpine", 1),
		"root":              strings.Replace(good, "65532", "0", 1),
		"no entry point":    strings.Replace(good, "ENTRYPOINT", "#", 1),
		"a third stage":     good + "FROM debian\n",
		"from the context":  strings.Replace(good, "--from=build ", "--from=other ", 1),
		"three file copies": strings.Replace(good, "/a ", "/a /c ", 1),
	} {
		if s, err := parseFinal(bad); err == nil {
			t.Errorf("%s: no error but %+v", name, s)
		}
	}
}
