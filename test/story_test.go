// Package test holds what can be seen from outside: stories over the real program, real servers, and the rules
// about imports.
package test

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bumpboat/bumpboat/cmd"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"bumpboat": func() { os.Exit(cmd.Main()) },
	})
}

// TestStories runs every story of stories/: each is one behaviour, told as commands and what they print.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "stories",
		UpdateScripts:       os.Getenv("BUMPBOAT_UPDATE_GOLDEN") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      exits,
			"expand":     expand,
			"registry":   startRegistry,
			"push":       pushImages,
			"tagslist":   setTags,
			"fault":      setFault,
			"repo":       makeRepo,
			"gitserve":   startGitServer,
			"github":     startGitHub,
			"pull":       decidePull,
			"forgefault": setForgeFault,
			"edit":       editFile,
			"address":    freeAddress,
			"ready":      waitFor,
		},
		Condition: func(cond string) (bool, error) {
			return cond == "git" && hasGit(), nil
		},
	})
}
