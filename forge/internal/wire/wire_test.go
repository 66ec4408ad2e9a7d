package wire

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bumpboat/bumpboat/forge"
)

const token = "CanaryCanaryCanary"

func link(t *testing.T, address string) *Link {
	t.Helper()
	u, err := ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	return &Link{Base: u, Token: token, Scheme: "Bearer"}
}

func get(t *testing.T, c *http.Client, address string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestTokenStaysAtItsHost(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, other.URL, http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, r.Header.Get("Authorization"))
	}))
	defer own.Close()
	c := link(t, own.URL).Client(&http.Client{Timeout: time.Minute})
	if body, err := get(t, c, own.URL); err != nil || body != "Bearer "+token {
		t.Errorf("own host saw %q, %v", body, err)
	}
	if _, err := get(t, c, other.URL); !errors.Is(err, errHost) {
		t.Errorf("other host: %v, want %v", err, errHost)
	}
	if _, err := get(t, c, own.URL+"/moved"); err != nil {
		t.Errorf("redirect: %v", err)
	}
	if asked != 0 {
		t.Errorf("the other host was asked %d times", asked)
	}
}

func TestClientOfTheCallerIsNotChanged(t *testing.T) {
	var mine http.Client
	got := link(t, "https://git.example.com").Client(&mine)
	if mine.Transport != nil || mine.CheckRedirect != nil || mine.Timeout != 0 {
		t.Error("the caller's client was changed")
	}
	if got.Timeout != defaultTimeout {
		t.Errorf("timeout %v, want a deadline", got.Timeout)
	}
}

// A body is cut with an error: an end would make half a list look whole.
func TestBounded(t *testing.T) {
	for size, want := range map[int]error{99: nil, 100: nil, 101: errLarge, 5000: errLarge} {
		b := &bounded{body: io.NopCloser(strings.NewReader(strings.Repeat("x", size))), left: 100}
		got, err := io.ReadAll(b)
		if !errors.Is(err, want) || len(got) > 101 {
			t.Errorf("%d bytes: read %d, %v, want %v", size, len(got), err, want)
		}
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"token", "a " + token + " b", "a <secret> b"},
		{"escape sequences", "\x1b[31mred\x1b[0m", "[31mred [0m"},
		{"lines", "a\r\n\tb  c", "a b c"},
		{"direction marks", "a\u202eb", "a b"},
		{"not UTF-8", "a\xffb", "a\uFFFDb"},
		{"long", strings.Repeat("é", 400), strings.Repeat("é", 300) + "…"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		if got := Clean(tt.in, token); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := Clean("abc", ""); got != "abc" {
		t.Errorf("without a token: %q", got)
	}
}

func TestCertificateErrorsAreForPeople(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	s.Config.ErrorLog = nil
	defer s.Close()
	l := link(t, s.URL)
	_, err := get(t, l.Client(nil), s.URL)
	failed := l.Broken("asking", err)
	if failed.Kind() != string(forge.Invalid) || !strings.Contains(failed.Hint(), "certificate") {
		t.Errorf("%v (%s, %s), want kind invalid and a hint about the certificate", failed, failed.Kind(), failed.Hint())
	}
}

// FuzzClean asks that whatever a forge says fits a line of a terminal and lacks the token.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a", token, "Can" + token + "ary", "\x1b]0;x\x07", "\u2028", strings.Repeat("x", 1000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s, token)
		if strings.Contains(got, token) || strings.ContainsAny(got, "\n\r\x1b\x00\u202e\u2028") || len([]rune(got)) > maxMessage+1 {
			t.Errorf("%q", got)
		}
	})
}
