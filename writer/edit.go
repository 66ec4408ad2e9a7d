package writer

import (
	"fmt"
	"strings"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer/yamledit"
)

// Update is a site and the decision to change it. The decision's outcome is policy.OutcomeUpdate.
type Update struct {
	Site     Site
	Decision policy.Decision
}

// Edit is one scalar that changes, or one that is added where there was none. From and To are the decoded values.
type Edit struct {
	Path string `json:"path"`
	// Line and Column are where the scalar begins, as in Site.
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Field  string `json:"field"`
	From   string `json:"from"`
	To     string `json:"to"`

	start, anchor int
	// added says that nothing is there yet, and entry has the lines of the first edit of an addition.
	added bool
	entry *yamledit.Entry
}

// Refused is an update that was not made, and why. It never stops the others.
type Refused struct {
	Update Update
	// Reason is a slash name: one of this package's (`edit/nothing`, `edit/no-digest`, `edit/bad-version`, `edit/no-file`, `edit/stale-digest`)
	// or of yamledit's.
	Reason string
	Detail string
	// Hint is the next step for a person, or "".
	Hint string
	// Path, Line and Column are where the update was to happen.
	Path         string
	Line, Column int
}

// Error returns the place and the reason.
func (r Refused) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", r.Path, r.Line, r.Reason, r.Detail)
}

// Kind says that a person has to look at the file.
func (r Refused) Kind() string { return "invalid" }

// The reasons for which an update is refused before the bytes are looked at.
const (
	reasonEditNothing    = "edit/nothing"
	reasonEditNoDigest   = "edit/no-digest"
	reasonEditBadVersion = "edit/bad-version"
	reasonEditNoFile     = "edit/no-file"
	reasonEditStale      = "edit/stale-digest"
	reasonEditShared     = string(yamledit.ReasonAlias)
	reasonEditBlock      = string(yamledit.ReasonBlockScalar)
)

func refuse(u Update, reason, detail string) Refused {
	return Refused{
		Update: u, Reason: reason, Detail: detail, Hint: hintOf(reason),
		Path: u.Site.Path, Line: u.Site.Line, Column: u.Site.Column,
	}
}

// hintOf returns the next step after a refusal for one of this package's reasons.
func hintOf(reason string) string {
	switch reason {
	case reasonEditNothing:
		return "nothing has to be done: run again"
	case reasonEditNoDigest:
		return "write the tag and the digest that belong together once by hand, each in its field; they move together from then on"
	case reasonEditBadVersion:
		return "look at what the registry offers: a deny pattern for this tag keeps it out"
	case reasonEditNoFile:
		return "run again: the file was moved or taken away in the meantime"
	case reasonEditStale:
		return "keep the digest as sha256:… in one field `digest` beside the tag, or take it away"
	case reasonEditBlock:
		return (&yamledit.Refusal{Reason: yamledit.ReasonBlockScalar}).Hint()
	case reasonEditShared:
		return "put a marker on the line itself if all places are to change together, or write the value out in each"
	default:
		return ""
	}
}

// Edits returns the scalars that an update changes, in the order of the site. Tag and digest move together, and the name stays as it is
// written. The error is a Refused.
func Edits(u Update) ([]Edit, error) {
	to := u.Decision.To
	target := policy.Image{Name: u.Site.Image.Name, Tag: to.Tag, Digest: to.Digest}
	if parsed, err := policy.ParseImage(target.String()); err != nil || parsed != target || to == (policy.Version{}) {
		return nil, refuse(u, reasonEditBadVersion, fmt.Sprintf("%s would not be a reference", quoted(target.String())))
	}
	if u.Site.stale != "" {
		return nil, refuse(u, reasonEditStale, "the digest in "+u.Site.stale+" belongs to the old tag and would go on to win")
	}
	if u.Site.shared != "" {
		return nil, refuse(u, reasonEditShared, "the alias *"+u.Site.shared+" repeats what is around this value elsewhere, where another policy may hold")
	}
	if u.Site.block != "" {
		return nil, refuse(u, reasonEditBlock, "the value is a block of text")
	}
	if u.Site.addition != nil {
		return u.additions(), nil
	}
	values, err := u.values(target)
	if err != nil {
		return nil, err
	}
	var edits []Edit
	for i, s := range u.Site.scalars {
		if values[i] != s.value {
			edits = append(edits, Edit{
				Path: u.Site.Path, Line: s.line, Column: s.column, Field: s.field, From: s.value, To: values[i], start: s.start, anchor: s.anchor,
			})
		}
	}
	if len(edits) == 0 {
		return nil, refuse(u, reasonEditNothing, "the file already says so")
	}
	return edits, nil
}

// values returns what each scalar of the site is to hold.
func (u Update) values(target policy.Image) ([]string, error) {
	values := make([]string, len(u.Site.scalars))
	tags, digests := 0, 0 // how many scalars take up each half of the version
	for i, s := range u.Site.scalars {
		switch s.part {
		case PartImage:
			values[i] = target.String()
			tags, digests = tags+1, digests+1
		case PartTag:
			values[i] = target.Tag
			tags++
			if strings.Contains(s.value, "@") || target.Digest != "" && u.tagCarriesDigest() {
				values[i] += "@" + target.Digest
				digests++
			}
			if target.Tag == "" || strings.HasSuffix(values[i], "@") {
				return nil, refuse(u, reasonEditNoDigest, "the decision lacks what stands in "+s.field)
			}
		case PartDigest:
			values[i] = target.Digest
			digests++
			if target.Digest == "" && s.value != "" {
				return nil, refuse(u, reasonEditNoDigest, "no digest was chosen, and the old one in "+s.field+" would go on to win")
			}
		case PartName:
			values[i] = s.read(s.value)
		}
		values[i] = s.write(values[i])
	}
	// A half that has no scalar may be missing only when it does not change: `name@digest` in two fields has no tag.
	switch {
	case target.Digest != "" && digests == 0:
		return nil, refuse(u, reasonEditNoDigest, "there is no field for the digest; write one, or tag@digest, once")
	case target.Tag != u.Site.Image.Tag && tags == 0:
		return nil, refuse(u, reasonEditNoDigest, "there is no field for the tag")
	default:
		return values, nil
	}
}

// tagCarriesDigest says whether `tag@digest` may be written where a tag stood: where the tool that reads the field joins
// name and tag with a colon, and no field for the digest exists.
func (u Update) tagCarriesDigest() bool {
	for _, s := range u.Site.scalars {
		if s.part == PartDigest {
			return false
		}
	}
	return u.Site.Format == formatHelm || u.Site.Format == formatKustomize || u.Site.Format == formatArgo
}
