package tree

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// MaxSize is the largest file, in bytes, that is looked at.
const MaxSize = 5 << 20

// The reasons why a file is left out as a whole, before anybody parses it.
const (
	// ReasonSOPS is a file that SOPS encrypted: any change breaks its checksum.
	ReasonSOPS = "skip/sops"
	// ReasonLFS is a pointer of Git LFS instead of the file.
	ReasonLFS = "skip/lfs-pointer"
	// ReasonTooLarge is a file above MaxSize.
	ReasonTooLarge = "skip/too-large"
	// ReasonBinary is a file with NUL bytes or in UTF-16.
	ReasonBinary = "skip/binary"
	// ReasonSymlink is a symbolic link, or a file behind one.
	ReasonSymlink = "skip/symlink"
	// ReasonSubmodule is a directory that is a Git repository of its own.
	ReasonSubmodule = "skip/submodule"
	// ReasonNotRegular is a device, a socket or a pipe.
	ReasonNotRegular = "skip/not-regular"
	// ReasonUnreadable is a file or directory that the operating system does not let us read.
	ReasonUnreadable = "skip/unreadable"
)

// Wanted says whether a file of this path can name images at all. It looks at nothing but the name: YAML, JSON, a file
// named Kustomization and the lock files of charts, but nothing of Git's own.
func Wanted(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if isGit(part) {
			return false
		}
	}
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
		return true
	default:
		switch path.Base(name) {
		case "Kustomization", "Chart.lock", "requirements.lock":
			return true
		default:
			return false
		}
	}
}

// isGit also knows the spellings that are the same on file systems that ignore case.
func isGit(part string) bool { return strings.EqualFold(part, ".git") }

// Screen says why a file must be left out as a whole, and one phrase about it; the reason is "" when it may be read.
func Screen(f File) (reason, detail string) {
	switch {
	case len(f.Content) > MaxSize:
		return ReasonTooLarge, tooLarge(int64(len(f.Content)))
	case lfsPointer(f.Content):
		return ReasonLFS, "Git LFS has the file"
	case utf16(f.Content):
		return ReasonBinary, "UTF-16 instead of UTF-8"
	case bytes.IndexByte(f.Content, 0) >= 0:
		return ReasonBinary, "a NUL byte"
	case encrypted(f.Content):
		return ReasonSOPS, "encrypted by SOPS"
	default:
		return "", ""
	}
}

func tooLarge(size int64) string {
	return fmt.Sprintf("%d bytes, more than %d", size, MaxSize)
}

// lfsPointer knows a pointer by its first line (github.com/git-lfs/git-lfs, docs/spec.md) and that it is small.
func lfsPointer(content []byte) bool {
	return len(content) < 1024 && bytes.HasPrefix(content, []byte("version https://git-lfs.github.com/spec/"))
}

func utf16(content []byte) bool {
	return bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff"))
}

// encrypted says whether SOPS wrote the file: the key `sops` at the top of a document (in JSON, anywhere) with a message
// authentication code below. A manifest that only mentions SOPS, as Flux's `decryption`, has none.
func encrypted(content []byte) bool {
	// The code is encrypted itself, whatever else is. A capital E is rare, so this is what is searched for in every file.
	if !bytes.Contains(content, []byte("ENC[")) || !bytes.Contains(content, []byte("sops")) {
		return false
	}
	inside := false
	for line := range bytes.Lines(content) {
		switch text := bytes.TrimSpace(line); {
		case len(text) == 0 || text[0] == '#':
		case line[0] == ' ' || line[0] == '\t':
			if _, ok := value(text, "mac"); ok && inside {
				return true
			}
		default:
			rest, ok := value(text, "sops")
			if inside = ok; ok && bytes.Contains(rest, []byte("mac")) {
				return true // on one line: {mac: …}
			}
		}
	}
	return encryptedJSON(content)
}

// value returns what follows `key:`, with or without quotes around the key.
func value(text []byte, key string) ([]byte, bool) {
	if len(text) > 0 && (text[0] == '"' || text[0] == '\'') {
		key = string(text[:1]) + key + string(text[:1])
	}
	rest, ok := bytes.CutPrefix(text, []byte(key))
	if !ok {
		return nil, false
	}
	return bytes.CutPrefix(bytes.TrimLeft(rest, " \t"), []byte(":"))
}

// encryptedJSON looks for "sops": { … "mac".
func encryptedJSON(content []byte) bool {
	for {
		i := bytes.Index(content, []byte(`"sops"`))
		if i < 0 {
			return false
		}
		content = content[i+len(`"sops"`):]
		rest, ok := bytes.CutPrefix(bytes.TrimLeft(content, " \t\r\n"), []byte(":"))
		if ok && bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("{")) && bytes.Contains(rest, []byte(`"mac"`)) {
			return true
		}
	}
}
