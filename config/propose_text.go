package config

import (
	"fmt"
	"strconv"
	"strings"
)

const proposedHead = `# bumpboat.yaml says which images are kept up to date, and how far. It was proposed from what this repository
# holds today: read it, change it, and see what it would do with: bumpboat plan
#
# The first rule that matches an image wins. A comment behind an image in a manifest goes before any rule: it
# begins with "bumpboat:" and goes on with the name of a policy, an expression such as semver:^1.4, or ignore.
apiVersion: ` + APIVersion + `
`

// render writes the proposal. Names and tags are foreign text: they stand in quotes or in one line of comment.
func render(rules []rule, moving, others []finding) []byte {
	var b strings.Builder
	b.WriteString(proposedHead)
	if len(rules) == 0 {
		b.WriteString("rules: []\n")
	} else {
		b.WriteString("rules:\n")
	}
	for _, r := range rules {
		for _, f := range r.found {
			fmt.Fprintf(&b, "# %s %s in %s\n", oneLine(f.repository), oneLine(strings.Join(f.tags, ", ")), places(f.paths))
		}
		writeRule(&b, "", r.images, r.policy)
	}
	if len(moving) > 0 {
		b.WriteString("\n# Tags that move. To pin them to a digest and to be told when they moved, take the # off")
		if len(rules) == 0 {
			b.WriteString("\n# and the [] away behind rules")
		}
		b.WriteString(".\n")
	}
	for _, f := range moving {
		fmt.Fprintf(&b, "# in %s\n", places(f.paths))
		writeRule(&b, "# ", []string{f.repository}, "digest:"+f.moving)
	}
	if len(others) > 0 {
		b.WriteString("\n# No policy proposed:\n")
	}
	for _, f := range others {
		fmt.Fprintf(&b, "# - %s in %s: %s\n", oneLine(f.repository), places(f.paths), oneLine(f.why))
	}
	return []byte(b.String())
}

func writeRule(b *strings.Builder, comment string, images []string, policy string) {
	quoted := make([]string, len(images))
	for i, image := range images {
		quoted[i] = strconv.Quote(image)
	}
	fmt.Fprintf(b, "%s- match: {images: [%s]}\n%s  policy: %s\n", comment, strings.Join(quoted, ", "), comment, strconv.Quote(policy))
}

// places names the first files, and how many more there are.
func places(paths []string) string {
	const most = 2
	if len(paths) == 0 {
		return "this repository"
	}
	shown := paths[:min(len(paths), most)]
	text := oneLine(strings.Join(shown, ", "))
	if more := len(paths) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// oneLine keeps foreign text from ending a comment.
func oneLine(s string) string {
	quoted := strconv.QuoteToGraphic(cut(s, 300))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
