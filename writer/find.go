package writer

import "github.com/bumpboat/bumpboat/writer/tree"

// Find returns every site of a repository with the policy that governs it, the files that were left out, and what is
// written for bumpboat without having an effect. It depends on nothing but its arguments, and never fails: a file that
// cannot be read is skipped with a reason, and the others are read.
func Find(files []tree.File, rules Rules) Found {
	found := Found{Sites: []Site{}, Skipped: []tree.Skipped{}, Problems: []Problem{}}
	var sheets []*sheet
	for _, f := range files {
		s, skipped := readFile(f)
		switch {
		case skipped != nil:
			found.Skipped = append(found.Skipped, *skipped)
		case s != nil:
			sheets = append(sheets, s)
		}
	}
	// A marker may name an ImagePolicy of any file, so binding comes after all files are read.
	b := &binder{rules: rules, flux: newFluxIndex(sheets, rules), annotations: map[*annotation]binding{}}
	for _, s := range sheets {
		b.sheet = s
		for _, p := range s.strays {
			b.stray(p)
		}
		for _, p := range s.places {
			if site, ok := b.site(p); ok {
				found.Sites = append(found.Sites, site)
			}
		}
		found.Problems = append(found.Problems, s.problems...)
	}
	found.sort()
	return found
}
