package writer

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// BranchPrefix begins the name of every branch that bumpboat makes.
const BranchPrefix = "bumpboat/"

// Change is what one pull request proposes.
type Change struct {
	// Key identifies the change over all passes; Branch is made of it.
	Key    string `json:"key"`
	Branch string `json:"branch"`
	Title  string `json:"title"`
	// Body is Markdown, at most 60,000 bytes.
	Body string `json:"body"`
	// Message is that of the commit, without trailers.
	Message string        `json:"message"`
	Updates []Update      `json:"-"`
	Edits   []Edit        `json:"edits"`
	Files   []tree.Change `json:"-"`
	// Diff is a plain unified diff of the files.
	Diff string `json:"diff"`
}

// GroupOptions says for what the changes are.
type GroupOptions struct {
	// Base is the branch that the changes are to be merged into.
	Base string
}

// Group makes one change for each image repository, in the order of their keys. The changes are independent of each
// other, and together they are what Apply makes.
func Group(updates []Update, files []tree.File, o GroupOptions) (changes []Change, refused []Refused) {
	accepted, refused := plan(updates, files)
	byKey := map[string][]planned{}
	for _, p := range accepted {
		key := changeKey(o.Base, p.Site.Image)
		byKey[key] = append(byKey[key], p)
	}
	content := contents(files)
	for _, key := range keysOf(byKey) {
		members := byKey[key]
		changed, more := splice(members, content)
		refused = append(refused, more...)
		if len(changed) == 0 {
			continue
		}
		c := Change{Key: key, Files: changed, Diff: UnifiedDiff(changed)}
		for _, p := range members {
			c.Updates = append(c.Updates, p.Update)
			c.Edits = append(c.Edits, p.edits...)
		}
		c.Branch = BranchName(o.Base, c.Updates[0].Site.Image)
		c.Title = title(c.Updates)
		c.Body = body(c.Updates)
		c.Message = message(c.Title, c.Edits)
		changes = append(changes, c)
	}
	sortRefused(refused)
	return changes, refused
}

// changeKey identifies the change that updates an image on its way into base.
func changeKey(base string, image policy.Image) string { return base + "/image/" + image.Repository() }

// BranchName returns the branch on which Group proposes updates of an image into base: at most 100 characters that git
// accepts, the same for every way of writing the name. People read the words in it; the hash of the key keeps two images
// of one short name apart.
func BranchName(base string, image policy.Image) string {
	const longest = 40
	sum := sha256.Sum256([]byte(changeKey(base, image)))
	parts := []string{slug(base, longest), slug(image.Short(), longest), hex.EncodeToString(sum[:4])}
	name := strings.Join(parts, "-")
	return BranchPrefix + strings.TrimLeft(name, "-")
}

// slug keeps letters, digits and single dashes of a text, in lower case: nothing that git-check-ref-format forbids can be
// made of them.
func slug(s string, longest int) string {
	var b strings.Builder
	dash := false
	for _, c := range []byte(strings.ToLower(s)) {
		if b.Len() >= longest {
			break
		}
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
			dash = false
			continue
		}
		if !dash && b.Len() > 0 {
			b.WriteByte('-')
		}
		dash = true
	}
	return strings.TrimRight(b.String(), "-")
}
