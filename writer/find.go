package writer

import "github.com/bumpboat/bumpboat/writer/tree"

// Find returns every site of a repository with the policy that governs it, the files that were left out, and what is
// written for bumpboat without having an effect. It depends on nothing but its arguments, and never fails: a file that
// cannot be read is skipped with a reason, and the others are read.
func Find(files []tree.File, rules Rules) Found {
	found := Found{Sites: []Site{}, Skipped: []tree.Skipped{}, Problems: []Problem{}}
	var sheets []*sheet
	var reached reaches
	for _, f := range files {
		claims, by := rules.at(f.Path).claims(f.Path)
		s, skipped := readFile(f, claims)
		reached.add(by, s)
		switch {
		case skipped != nil:
			found.Skipped = append(found.Skipped, *skipped)
		case s != nil:
			sheets = append(sheets, s)
		}
	}
	// A marker may name an ImagePolicy of any file, so binding comes after all files are read.
	b := newBinder(rules, sheets, files)
	for _, s := range b.sheets {
		found.Sites = append(found.Sites, b.bindSheet(s)...)
		found.Problems = append(found.Problems, b.list...)
	}
	found.Problems = append(found.Problems, reached.problems()...)
	found.sort()
	return found
}
