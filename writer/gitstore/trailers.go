package gitstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/bumpboat/bumpboat/policy"
)

const (
	baseTrailer  = "Bumpboat-Base"
	fileTrailer  = "Bumpboat-File"
	imageTrailer = "Bumpboat-Image"
	// maxMessage bounds what is looked at; a commit message of ours is far below it.
	maxMessage = 4 << 20
)

// FileChange says which blob of a file became which.
type FileChange struct {
	Path string `json:"path"`
	// Old and New are blob hashes in hexadecimal.
	Old string `json:"old"`
	New string `json:"new"`
}

// ImageChange says which image got which version, and by which policy.
type ImageChange struct {
	Image  string         `json:"image"`
	From   policy.Version `json:"from"`
	To     policy.Version `json:"to"`
	Policy string         `json:"policy"`
}

// Trailers is the part of a commit message that bumpboat reads back.
type Trailers struct {
	// Base is the commit that the proposal was made on, in hexadecimal. It tells whether a person has put the commit
	// on top of something else since; "" in messages that do not say it.
	Base   string
	Files  []FileChange
	Images []ImageChange
}

// String returns the trailers as lines of a message's last paragraph: a key, a colon, and a hash or a JSON value.
func (t Trailers) String() string {
	var b strings.Builder
	if t.Base != "" {
		b.WriteString(baseTrailer + ": " + t.Base + "\n")
	}
	for _, f := range t.Files {
		b.WriteString(trailer(fileTrailer, f))
	}
	for _, i := range t.Images {
		b.WriteString(trailer(imageTrailer, i))
	}
	return b.String()
}

// trailer writes one line. JSON keeps it one: it escapes every character that could end it.
func trailer(key string, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // structs of strings always encode
	}
	return key + ": " + noReferences(string(text)) + "\n"
}

// noReferences escapes in JSON what forges read in commit messages: a path such as `fixes #12 @team.yaml` must not
// close an issue or call anybody. `<`, `>` and `&` are escaped by encoding/json.
func noReferences(text string) string {
	return strings.NewReplacer("#", `\u0023`, "@", `\u0040`, "!", `\u0021`, "GH-", `GH\u002d`, "Gh-", `Gh\u002d`, "gH-", `gH\u002d`, "gh-", `gh\u002d`).Replace(text)
}

// same says whether two commits would do the same, whatever the order of their lines and whatever they stand on.
func (t Trailers) same(other Trailers) bool {
	t.Base, other.Base = "", ""
	a, b := strings.SplitAfter(t.String(), "\n"), strings.SplitAfter(other.String(), "\n")
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// ParseTrailers reads the trailers in the last paragraph of a commit message. A message without any, such as that
// of a person, gives no trailers and no error. Trailers with other keys (Signed-off-by) and fields that a newer
// version may have added are passed over; whatever else is not as String writes it, or the same without its escapes, is an error.
func ParseTrailers(message string) (Trailers, error) {
	var t Trailers
	if len(message) > maxMessage {
		return t, errors.New("commit message is too long")
	}
	lines := lastParagraph(message)
	if !slices.ContainsFunc(lines, isOurs) {
		return t, nil
	}
	for _, line := range lines {
		if err := t.add(line); err != nil {
			return Trailers{}, err
		}
	}
	slices.SortFunc(t.Files, func(a, b FileChange) int { return strings.Compare(a.Path, b.Path) })
	for i := range t.Files[:max(0, len(t.Files)-1)] {
		if t.Files[i].Path == t.Files[i+1].Path {
			return Trailers{}, fmt.Errorf("two %s trailers for %q", fileTrailer, t.Files[i].Path)
		}
	}
	return t, nil
}

func isOurs(line string) bool {
	return strings.HasPrefix(line, baseTrailer+":") || strings.HasPrefix(line, fileTrailer+":") || strings.HasPrefix(line, imageTrailer+":")
}

// lastParagraph returns the lines after the last blank one; nil when there is only a subject.
func lastParagraph(message string) []string {
	lines := strings.Split(strings.ReplaceAll(message, "\r\n", "\n"), "\n")
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	for len(lines) > 0 && blank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	for i, line := range slices.Backward(lines) {
		if blank(line) {
			return lines[i+1:]
		}
	}
	return nil
}

func (t *Trailers) add(line string) error {
	key, value, ok := strings.Cut(line, ": ")
	if !ok || key == "" || strings.ContainsAny(key, " \t") {
		return fmt.Errorf("line %q is not a trailer", line)
	}
	switch key {
	case baseTrailer:
		if !isHash(value) || t.Base != "" {
			return fmt.Errorf("trailer %s needs one commit", key)
		}
		t.Base = value
	case fileTrailer:
		var f FileChange
		if err := decode(value, &f); err != nil {
			return fmt.Errorf("trailer %s: %w", key, err)
		}
		if f.Path == "" || !isHash(f.Old) || !isHash(f.New) || f.Old == f.New {
			return fmt.Errorf("trailer %s needs a path and two different blobs", key)
		}
		t.Files = append(t.Files, f)
	case imageTrailer:
		var i ImageChange
		if err := decode(value, &i); err != nil {
			return fmt.Errorf("trailer %s: %w", key, err)
		}
		if i.Image == "" {
			return fmt.Errorf("trailer %s needs an image", key)
		}
		t.Images = append(t.Images, i)
	}
	return nil
}

func decode(value string, into any) error {
	dec := json.NewDecoder(strings.NewReader(value))
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the JSON value")
	}
	return nil
}

func isHash(s string) bool {
	return plumbing.IsHash(s) && s == strings.ToLower(s)
}
