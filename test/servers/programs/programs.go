// Package programs builds the servers of the end-to-end tests from their own modules below test/, once, into a cache
// directory. It starts nothing.
package programs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Program is a server that is built from a module below test/.
type Program struct {
	// Name is the name of the binary and the beginning of its directory's name.
	Name string
	// Module is the directory of its module, relative to the root of the main module.
	Module string
	// Package is the package that is built.
	Package string
	// Tags are the build tags.
	Tags string
	// CGO is "1" when a C compiler is needed.
	CGO string
	// Data lists directories of Package's module that the server reads when it runs. They are kept beside the binary,
	// because the module cache may have gone when the binary is used again.
	Data []string
}

// Gitea is the forge: pull requests, Git over HTTP, labels, comments.
func Gitea() Program {
	return Program{
		Name: "gitea", Module: "test/gitea", Package: "code.gitea.io/gitea", CGO: "1",
		Tags: "sqlite sqlite_unlock_notify", Data: []string{"options", "public", "templates"},
	}
}

// Distribution is the reference registry.
func Distribution() Program {
	return Program{Name: "distribution", Module: "test/distribution", Package: ".", CGO: "0"}
}

// Dir returns the directory of the program in the cache, whether it is there or not: cache is BUMPBOAT_CACHE, or "" for
// the user's cache directory. Its name changes with everything that decides what is built.
func (p Program) Dir(root, cache string) (string, error) {
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finding the cache directory: %w", err)
		}
		cache = filepath.Join(user, "bumpboat")
	}
	sum, err := p.sum(root)
	if err != nil {
		return "", fmt.Errorf("reading the module of %s: %w", p.Name, err)
	}
	return filepath.Abs(filepath.Join(cache, p.Name+"-"+runtime.Version()+"-"+sum))
}

// sum digests the module's files and the way it is built.
func (p Program) sum(root string) (string, error) {
	h := sha256.New()
	_, _ = fmt.Fprintln(h, p, runtime.GOOS, runtime.GOARCH)
	module := os.DirFS(filepath.Join(root, filepath.FromSlash(p.Module)))
	names, err := fs.Glob(module, "*")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		content, err := fs.ReadFile(module, name)
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(h, "%s %d\n%s", name, len(content), content)
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

// Build builds the program unless it is there, and returns its directory. What the Go command says goes to log.
func (p Program) Build(ctx context.Context, root, cache string, log io.Writer) (string, error) {
	dir, err := p.Dir(root, cache)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(dir, p.Name)); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", fmt.Errorf("making the cache directory: %w", err)
	}
	// Built aside and renamed, so that an interrupted build leaves nothing that looks complete.
	aside, err := os.MkdirTemp(filepath.Dir(dir), p.Name+"-partial-")
	if err != nil {
		return "", fmt.Errorf("making the cache directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(aside) }()
	if err := p.buildInto(ctx, root, aside, log); err != nil {
		return "", fmt.Errorf("building %s: %w", p.Name, err)
	}
	if err := os.Rename(aside, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("keeping %s: %w", p.Name, err)
	}
	return dir, nil
}

func (p Program) buildInto(ctx context.Context, root, dir string, log io.Writer) error {
	module := filepath.Join(root, filepath.FromSlash(p.Module))
	build := goCommand(ctx, module, "build", "-trimpath", "-ldflags=-s -w", "-tags="+p.Tags, "-o", filepath.Join(dir, p.Name), p.Package)
	build.Env = append(build.Env, "CGO_ENABLED="+p.CGO)
	build.Stdout, build.Stderr = log, log
	if err := build.Run(); err != nil {
		return err
	}
	if len(p.Data) == 0 {
		return nil
	}
	list := goCommand(ctx, module, "list", "-tags="+p.Tags, "-f", "{{.Dir}}", p.Package)
	list.Stderr = log
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("finding its data: %w", err)
	}
	source := strings.TrimSpace(string(out))
	for _, data := range p.Data {
		if err := os.CopyFS(filepath.Join(dir, data), os.DirFS(filepath.Join(source, data))); err != nil {
			return fmt.Errorf("keeping its data: %w", err)
		}
	}
	return nil
}

// goCommand runs Go in a module of its own: a go.work or a -modfile of the caller must not reach it.
func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false")
	return c
}

// Root returns the root directory of the main module, seen from a directory inside it.
func Root(from string) (string, error) {
	dir, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	for {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(content), "module github.com/bumpboat/bumpboat\n") {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", fmt.Errorf("finding bumpboat's go.mod above %s: not there", from)
		}
		dir = filepath.Dir(dir)
	}
}
