//go:build unix

package servers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/test/servers/programs"
)

// Gitea is a running Gitea with one administrator.
type Gitea struct {
	// URL is its address, without a slash at the end.
	URL string
	// User is the administrator, who owns every repo.
	User string
	// Token is the administrator's: for the API as "Authorization: token …", for Git over HTTP as the password.
	Token string
}

// configuration is Gitea's app.ini: no outgoing requests, no background work that a test would have to wait for. The
// secrets are public, which does not matter on a loopback port that lives as long as a test.
const configuration = `APP_NAME = test
RUN_MODE = prod
WORK_PATH = %[1]s
[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = %[3]s
ROOT_URL = http://127.0.0.1:%[3]s/
STATIC_ROOT_PATH = %[2]s
OFFLINE_MODE = true
LFS_START_SERVER = false
DISABLE_SSH = true
[database]
DB_TYPE = sqlite3
PATH = %[1]s/gitea.db
[security]
INSTALL_LOCK = true
SECRET_KEY = public-secret-of-a-test
INTERNAL_TOKEN = public-token-of-a-test
PASSWORD_HASH_ALGO = pbkdf2$1000$50
[oauth2]
JWT_SECRET = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
[service]
DISABLE_REGISTRATION = true
[repository]
ROOT = %[1]s/repos
DEFAULT_BRANCH = main
[webhook]
ALLOWED_HOST_LIST = loopback
[indexer]
ISSUE_INDEXER_TYPE = db
[actions]
ENABLED = false
[mailer]
ENABLED = false
[cron]
ENABLED = false
[cron.update_checker]
ENABLED = false
[log]
MODE = console
LEVEL = warn
`

var tokenLine = regexp.MustCompile(`(?m)^[0-9a-f]{40}$`)

// StartGitea starts a Gitea that ends with the test.
func StartGitea(t testing.TB) *Gitea {
	t.Helper()
	static := binary(t, programs.Gitea())
	program := filepath.Join(static, "gitea")
	dir, port := t.TempDir(), freePort(t)
	ini := filepath.Join(dir, "app.ini")
	if err := os.WriteFile(ini, fmt.Appendf(nil, configuration, dir, static, port), 0o600); err != nil {
		t.Fatal(err)
	}
	// Nothing of the machine's own Git configuration or Gitea may reach this one.
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "GITEA_WORK_DIR=" + dir, "GIT_CONFIG_NOSYSTEM=1",
		// Tests in a container run as root, and the cache below root's home is closed to everybody else.
		"GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT=true",
	}
	g := &Gitea{URL: "http://127.0.0.1:" + port, User: "bumpboat-admin"}
	run(t, dir, env, program, "--config", ini, "migrate")
	run(t, dir, env, program, "--config", ini, "admin", "user", "create", "--admin", "--must-change-password=false",
		"--username", g.User, "--email", "admin@example.org", "--random-password")
	token := run(t, dir, env, program, "--config", ini, "admin", "user", "generate-access-token",
		"--username", g.User, "--token-name", "test", "--scopes", "all", "--raw")
	// Warnings come before it on the same stream.
	if g.Token = tokenLine.FindString(strings.TrimSpace(token)); g.Token == "" {
		t.Fatalf("gitea printed no token: %s", token)
	}
	server := start(t, dir, env, program, "--config", ini, "web")
	server.waitForHTTP(t, g.URL+"/api/healthz")
	return g
}

// API makes a request as the administrator: path begins after /api/v1, in and out are JSON values or nil. An answer that
// is not a success fails the test.
func (g *Gitea) API(t testing.TB, method, path string, in, out any) {
	t.Helper()
	status, body := g.Try(t, method, path, in)
	if status < 200 || status > 299 {
		t.Fatalf("gitea: %s %s answered %d: %s", method, path, status, body)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(body, out); err != nil {
		t.Fatalf("gitea: %s %s: %v in %s", method, path, err, body)
	}
}

// Try is API for requests that may be refused: it returns the status and the body.
func (g *Gitea) Try(t testing.TB, method, path string, in any) (int, []byte) {
	t.Helper()
	var body io.Reader = http.NoBody
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(encoded)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, g.URL+"/api/v1"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "token "+g.Token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}
