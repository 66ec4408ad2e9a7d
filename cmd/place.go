package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// fileArgument reads FILE or FILE:LINE; ok says that the file exists.
func fileArgument(arg string) (path string, line int, ok bool) {
	if info, err := os.Stat(arg); err == nil && info.Mode().IsRegular() {
		return arg, 0, true
	}
	i := strings.LastIndexByte(arg, ':')
	if i < 0 {
		return "", 0, false
	}
	line, err := strconv.Atoi(arg[i+1:])
	if err != nil || line < 1 {
		return "", 0, false
	}
	info, err := os.Stat(arg[:i])
	return arg[:i], line, err == nil && info.Mode().IsRegular()
}

// above returns the nearest directory, from dir upwards, that has an entry of this name.
func above(dir, name string) (string, bool) {
	for {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir, true
		}
		if dir == filepath.Dir(dir) {
			return "", false
		}
		dir = filepath.Dir(dir)
	}
}

// farthestAbove returns the farthest directory, from dir upwards, that has an entry of this name.
func farthestAbove(dir, name string) (farthest string, ok bool) {
	for {
		at, more := above(dir, name)
		if !more {
			return farthest, ok
		}
		if farthest, ok, dir = at, true, filepath.Dir(at); dir == at {
			return farthest, ok
		}
	}
}

// rootAbove returns the environment repository around a directory: the nearest directory from there upwards with a .git,
// else the farthest with a bumpboat.yaml.
func rootAbove(dir string) (string, bool) {
	if root, ok := above(dir, ".git"); ok {
		return root, true
	}
	return farthestAbove(dir, environmentFile)
}

// below returns the path of a file relative to a directory, with slashes; ok says that the file lies below it.
func below(dir, path string) (rel string, ok bool) {
	absDir, err1 := filepath.Abs(dir)
	absPath, err2 := filepath.Abs(path)
	if err1 != nil || err2 != nil {
		return "", false
	}
	rel, err := filepath.Rel(absDir, absPath)
	return filepath.ToSlash(rel), err == nil && filepath.IsLocal(rel)
}

// checkRoot refuses a directory inside of a checkout whose bumpboat.yaml stands further up: its rules would not
// count, and neither would what they forbid.
func checkRoot(dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	root, ok := above(abs, ".git")
	if !ok || root == abs {
		return nil
	}
	for at := abs; at != root; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(filepath.Dir(at), environmentFile)); err == nil {
			return hinted(fmt.Errorf("%s lies below %s, whose %s would not be read", dir, filepath.Dir(at), environmentFile),
				"name "+filepath.Dir(at)+" instead; --image selects images")
		}
	}
	return nil
}
