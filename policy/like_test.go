package policy

import "testing"

// A short tag that stands for pre-releases only is not taken, whatever the tag in use looks like.
func TestFloating(t *testing.T) {
	run(t, []choice{
		{"it stands for a pre-release", "like-current", "2.1", "2.1.3 2.2 2.2.0-preview1", "stays"},
		{"it stands for a release", "like-current", "2.1", "2.1.3 2.2 2.2.0-preview1 2.2.0", "-> 2.2"},
		{"pre-releases are asked for", "like-current prerelease=true", "2.1", "2.1.3 2.2 2.2.0-preview1", "-> 2.2"},
		{"it stands for nothing that is listed", "like-current", "2.1", "2.2", "-> 2.2"},
		{"one part", "like-current", "2", "3 3.0.0-rc.1 3.0-rc", "stays"},
		{"from a longer one", "like-current precision=any", "2.1.0", "3 3.0.0-rc.1", "stays"},
		{"from a longer one to a release", "like-current precision=any", "2.1.0", "3 3.0.0-rc.1 3.0.0", "-> 3"},
	})
}
