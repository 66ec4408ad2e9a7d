//go:build unix

package servers

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/test/servers/programs"
)

// startTimeout is how long a server may take until it answers. Gitea needs about two seconds on a machine that is idle.
const startTimeout = 2 * time.Minute

// guard runs a program until it ends or standard input does, which is when the test process has gone. Nothing is left
// behind then: the whole process group is killed.
const guard = `exec 3<&0; { cat <&3 >/dev/null; kill -KILL 0; } & "$@" <&3 & wait $!`

// binary returns the directory of a program in the cache, which has to be there.
func binary(t testing.TB, p programs.Program) string {
	t.Helper()
	root, err := programs.Root(".")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := p.Dir(root, os.Getenv("BUMPBOAT_CACHE"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, p.Name)); err != nil {
		t.Fatalf("%s is not built: %v\nrun `make e2e`, or `go run ./test/servers/build` before this test", p.Name, err)
	}
	return dir
}

// process is a server that runs.
type process struct {
	log    string        // the file with all that it prints
	exited chan struct{} // closed when it has ended
}

// start runs a program in a process group of its own until the test ends.
func start(t testing.TB, dir string, env []string, program string, args ...string) *process {
	t.Helper()
	p := &process{log: filepath.Join(dir, filepath.Base(program)+".log"), exited: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", append([]string{"-c", guard, "sh", program}, args...)...)
	c.Dir, c.Env = dir, env
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := c.StdinPipe(); err != nil { // never written to: its end is the signal
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatalf("starting %s: %v", program, err)
	}
	go func() {
		defer close(p.exited)
		_ = c.Wait()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		<-p.exited
		_ = log.Close()
		if t.Failed() {
			t.Logf("the last of %s:\n%s", p.log, p.tail())
		}
	})
	return p
}

// waitUntil asks again and again until ok, and fails the test when the server ends or takes too long.
func (p *process) waitUntil(t testing.TB, what string, ok func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !ok(ctx) {
		select {
		case <-p.exited:
			t.Fatalf("waiting for %s: the server ended", what)
		case <-ctx.Done():
			t.Fatalf("waiting for %s: %v", what, ctx.Err())
		case <-again.C:
		}
	}
}

// waitForLine returns the first group of the pattern in what the server printed.
func (p *process) waitForLine(t testing.TB, pattern *regexp.Regexp) string {
	t.Helper()
	var found string
	p.waitUntil(t, pattern.String(), func(context.Context) bool {
		content, _ := os.ReadFile(p.log)
		match := pattern.FindSubmatch(content)
		if match == nil {
			return false
		}
		found = string(match[1])
		return true
	})
	return found
}

// waitForHTTP waits until a URL answers 200.
func (p *process) waitForHTTP(t testing.TB, url string) {
	t.Helper()
	p.waitUntil(t, url, func(ctx context.Context) bool {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return false
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		defer func() { _ = response.Body.Close() }()
		return response.StatusCode == http.StatusOK
	})
}

// tail returns the last few kilobytes of the log.
func (p *process) tail() string {
	const most = 16 << 10
	file, err := os.Open(p.log)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.Size() > most {
		_, _ = file.Seek(-most, io.SeekEnd)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// freePort returns a loopback port that was free a moment ago.
func freePort(t testing.TB) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// run runs a program to its end and returns what it printed.
func run(t testing.TB, dir string, env []string, program string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), program, args...)
	c.Dir, c.Env = dir, env
	out, err := c.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("running %s %v: %v\n%s%s", filepath.Base(program), args, err, out, exit.Stderr)
	}
	if err != nil {
		t.Fatalf("running %s %v: %v", filepath.Base(program), args, err)
	}
	return string(out)
}
