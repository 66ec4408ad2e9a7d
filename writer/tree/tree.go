// Package tree owns the files of an environment repository as values, what is left out of them, and how a directory is read and
// written as such. It refuses to know Git, and what the files say.
package tree

// File is one regular file.
type File struct {
	// Path is relative to the root, with slashes, as Git spells it.
	Path string
	// Blob is the Git object name of the content in hexadecimal; "" for files of a directory.
	Blob string
	// Content is the bytes, line endings as they are stored.
	Content []byte
}

// Skipped is a file that was left out as a whole, and why.
type Skipped struct {
	Path string `json:"path"`
	// Reason is a slash name such as `skip/symlink`.
	Reason string `json:"reason"`
	// Detail is one phrase for people, or "".
	Detail string `json:"detail,omitempty"`
}

// Change is new content for one file.
type Change struct {
	Path string
	Old  []byte
	New  []byte
}
