package writer

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/bumpboat/bumpboat/policy"
)

const (
	// maxBody is the most that a body may have: GitHub takes 65,536 characters.
	maxBody = 60_000
	// maxMessageLines is how many edits a commit message lists.
	maxMessageLines = 200
	// maxNewer is how many newer tags that were not taken a body lists.
	maxNewer = 5
	// maxDigests is how many digests a body writes in full.
	maxDigests = 20
)

// title names the image and the step: `web: 1.4.2 -> 1.5.0`.
func title(updates []Update) string {
	short := plain(clip(updates[0].Site.Image.Short(), 60))
	show := shortVersion(updates)
	froms, tos, steps := distinct(updates, func(u Update) string { return show(u.Decision.From) }),
		distinct(updates, func(u Update) string { return show(u.Decision.To) }),
		distinct(updates, func(u Update) string { return show(u.Decision.From) + " -> " + show(u.Decision.To) })
	if len(tos) > 1 {
		return fmt.Sprintf("%s: %d updates", short, len(steps))
	}
	to := plain(tos[0])
	if froms = slices.DeleteFunc(froms, func(f string) bool { return f == "" }); len(froms) == 0 {
		return short + ": " + to
	}
	from := plain(strings.Join(froms, ", "))
	if len(froms) > 3 {
		from = fmt.Sprintf("%d versions", len(froms))
	}
	return short + ": " + from + " -> " + to
}

// shortVersion returns how a title writes versions. Where some sites are pinned to a digest and others are not, the tags tell
// the step, as long as they change.
func shortVersion(updates []Update) func(policy.Version) string {
	pinned, tagsMove := 0, true
	for _, u := range updates {
		if u.Decision.To.Digest != "" {
			pinned++
		}
		if to := u.Decision.To.Tag; to == "" || to == u.Decision.From.Tag {
			tagsMove = false
		}
	}
	if tagsMove && pinned < len(updates) {
		return func(v policy.Version) string { return v.Tag }
	}
	return policy.Version.String
}

// distinct returns the different values of f, sorted.
func distinct(updates []Update, f func(Update) string) []string {
	seen := map[string]bool{}
	for _, u := range updates {
		seen[f(u)] = true
	}
	return keysOf(seen)
}

// message is the text of the commit: the title, and one line for each edit.
func message(title string, edits []Edit) string {
	var b strings.Builder
	b.WriteString(title + "\n\n")
	for i, e := range edits {
		if i == maxMessageLines {
			fmt.Fprintf(&b, "and %d more\n", len(edits)-i)
			break
		}
		fmt.Fprintf(&b, "%s:%d: %s -> %s\n", plain(e.Path), e.Line, plain(orNone(e.From)), plain(e.To))
	}
	return b.String()
}

func orNone(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

// body is the Markdown of the pull request.
func body(updates []Update) string {
	head := "Updates " + code(updates[0].Site.Image.Repository()) + ".\n\n" +
		"| Workload | Where | From | To | Reason |\n|---|---|---|---|---|\n"
	rest := digests(updates) + newer(updates) + locks(updates) + `
**To hold it back:** put ` + "`# bumpboat: ignore`" + ` at the end of the line, in place of the marker that may be there, or give the
image an ` + "`ignore`" + ` rule in ` + "`bumpboat.yaml`" + `, or narrow its policy. If you close this pull request, the same update is not proposed
again; something newer is. If you push to its branch, the branch is left alone.

---
Made by [bumpboat](https://github.com/bumpboat/bumpboat), which changed nothing but the values above.
`
	var rows strings.Builder
	left := maxBody - len(head) - len(rest) - 100 // room for the line that counts the rest
	for i, u := range updates {
		row := row(u)
		if rows.Len()+len(row) > left {
			fmt.Fprintf(&rows, "\nand %d more\n", len(updates)-i)
			break
		}
		rows.WriteString(row)
	}
	return head + rows.String() + rest
}

func row(u Update) string {
	s := u.Site
	workload := code(s.Object)
	switch {
	case s.Object == "" || strings.HasSuffix(s.Object, "/"): // kustomizations have no name
		workload = code(s.Field)
	case s.Container != "":
		workload += " " + code(s.Container)
	}
	cells := []string{
		workload, code(fmt.Sprintf("%s:%d", clip(s.Path, 250), s.Line)), code(u.Decision.From.String()), code(u.Decision.To.String()), why(s, u.Decision),
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// why names the policy and where it came from.
func why(s Site, d policy.Decision) string {
	out := code(d.Policy)
	if s.PolicyName != "" {
		out = code(s.PolicyName) + ": " + out
	}
	if s.PolicyPlace != "" {
		return out + " (" + string(s.Source) + " in " + code(s.PolicyPlace) + ")"
	}
	return out + " (" + string(s.Source) + ")"
}

// digests writes in full the digests that the table has cut.
func digests(updates []Update) string {
	lines := map[string]bool{}
	for _, u := range updates {
		if to := u.Decision.To; to.Digest != "" {
			lines["- "+code(to.Tag)+" "+code(to.Digest)+"\n"] = true
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "\n**Digests**\n\n" + list(keysOf(lines), maxDigests)
}

// locks names the lock files that have to follow, which are not written by hand.
func locks(updates []Update) string {
	lines := map[string]bool{}
	for _, u := range updates {
		if lock := u.Site.lock; lock != "" {
			lines["- "+code(clip(lock, 250))+": run "+code("helm dependency update "+clip(path.Dir(lock), 250))+" on this branch\n"] = true
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "\n**Lock files that have to follow**\n\n" + list(keysOf(lines), maxDigests)
}

// link names a reason and leads to its page.
func link(r policy.Reason) string { return "[" + code(string(r)) + "](" + r.URL() + ")" }

func list(lines []string, most int) string {
	if len(lines) <= most {
		return strings.Join(lines, "")
	}
	return strings.Join(lines[:most], "") + fmt.Sprintf("- and %d more\n", len(lines)-most)
}

// newer lists tags that look newer than what was chosen, and why they were not taken: the first thing a reviewer asks.
func newer(updates []Update) string {
	type refused struct {
		version *semver.Version
		line    string
	}
	found := map[string]refused{}
	for _, u := range updates {
		chosen, err := semver.NewVersion(u.Decision.To.Tag)
		if err != nil {
			continue
		}
		for _, v := range u.Decision.Verdicts {
			if v.Accepted || v.Reason == policy.ReasonMalformed || v.Reason == policy.ReasonNotVersion || v.Reason == policy.ReasonArtifact {
				continue
			}
			if version, err := semver.NewVersion(v.Tag); err == nil && version.GreaterThan(chosen) {
				found[v.Tag] = refused{version, "- " + code(v.Tag) + ": " + link(v.Reason) + "\n"}
			}
		}
	}
	for _, u := range updates {
		delete(found, u.Decision.To.Tag) // what one site may not have, another may
	}
	if len(found) == 0 {
		return ""
	}
	keys := keysOf(found)
	slices.SortStableFunc(keys, func(a, b string) int { return found[b].version.Compare(found[a].version) })
	lines := make([]string, len(keys))
	for i, key := range keys {
		lines[i] = found[key].line
	}
	return "\n**Newer tags that were not taken**\n\n" + list(lines, maxNewer)
}
