package gitstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// Signature names the author of a commit.
type Signature struct {
	Name  string
	Email string
}

// Commit is one commit to put on a branch of ours, on top of the snapshot.
type Commit struct {
	// Branch is the short name of the branch, which must not be the snapshot's own.
	Branch string
	// Message is subject and body, without trailers.
	Message string
	// Images goes into the trailers.
	Images []ImageChange
	// Files are the new contents. Old must equal what the snapshot has.
	Files []tree.Change
	// Author is also the committer.
	Author Signature
	When   time.Time
	// Replace is a tip of Branch, in hexadecimal, that may be replaced although it is not ours, because the caller knows
	// that nothing is lost: its pull request is merged with exactly this head. "" names none.
	Replace string
	// DryRun asks what would be done. Nothing is pushed.
	DryRun bool
}

// Outcome is what became of a proposal. The set is closed.
type Outcome string

// The outcomes.
const (
	// Pushed: the branch was created or moved.
	Pushed Outcome = "pushed"
	// Unchanged: the branch already does exactly this to the files as they are now. Nothing was pushed.
	Unchanged Outcome = "unchanged"
	// Edited: the tip of the branch is not ours. It was left alone.
	Edited Outcome = "edited"
)

// Result is the answer to a proposal.
type Result struct {
	Outcome Outcome
	// Commit is the tip of the branch afterwards, "" when it does not exist. A dry run leaves it where it is.
	Commit string
	// Detail says for people why the outcome is Edited; "" otherwise.
	Detail string
}

// Propose makes the branch hold one commit with these changes on top of the snapshot. A branch whose tip is not
// ours, nor the one that may be replaced, is left alone. The branch is moved only if it still is where the snapshot saw it; else the error's kind is conflict.
func (s *Snapshot) Propose(ctx context.Context, c Commit) (Result, error) {
	ctx, cancel := s.begin(ctx)
	defer cancel()
	result, err := s.propose(ctx, c)
	if err != nil {
		return Result{}, s.remote.fault(ctx, fmt.Sprintf("proposing branch %s of %s", c.Branch, s.remote), err)
	}
	return result, nil
}

func (s *Snapshot) propose(ctx context.Context, c Commit) (Result, error) {
	if err := s.check(c); err != nil {
		return Result{}, err
	}
	made, err := s.build(c)
	if err != nil {
		return Result{}, err
	}
	tip, exists := s.refs.heads[c.Branch]
	result := Result{Outcome: Pushed}
	if exists {
		if result, err = s.compare(ctx, tip, made, c.Replace); err != nil || result.Outcome != Pushed {
			return result, err
		}
	}
	if c.DryRun {
		return result, nil
	}
	if err := s.push(ctx, update{branch: c.Branch, old: tip, new: made.commit, objects: made.objects}); err != nil {
		return Result{}, err
	}
	s.refs.heads[c.Branch] = made.commit
	result.Commit = made.commit.String()
	return result, nil
}

// compare says what has to become of a branch that exists: it stands at tip, and would be moved to made.
func (s *Snapshot) compare(ctx context.Context, tip plumbing.Hash, made built, replace string) (Result, error) {
	result := Result{Outcome: Pushed, Commit: tip.String()}
	if tip == made.commit {
		result.Outcome = Unchanged
		return result, nil
	}
	if result.Commit == replace {
		return result, nil
	}
	found, err := s.judge(ctx, tip)
	switch {
	case err != nil:
		return Result{}, err
	case !found.Ours:
		result.Outcome, result.Detail = Edited, found.Why
	case found.Trailers.same(made.trailers):
		// The trailers hold old and new content of every file. If they are the same, base has not touched those files
		// either, and a new commit would only make reviewers look again.
		result.Outcome = Unchanged
	}
	return result, nil
}

// check refuses what must never reach a repository.
func (s *Snapshot) check(c Commit) error {
	if err := checkBranch(c.Branch); err != nil {
		return err
	}
	if c.Branch == s.Branch {
		return fault.New(fault.Invalid, "Use a branch of its own, such as bumpboat/web.", fmt.Errorf("branch %q is the one that was read", c.Branch))
	}
	if other := s.refs.inTheWay(c.Branch); other != "" {
		return fault.New(fault.Invalid, "Rename or delete that branch: Git cannot hold both names.",
			fmt.Errorf("branch %q cannot exist beside branch %q", c.Branch, other))
	}
	for _, part := range []string{c.Author.Name, c.Author.Email} {
		if strings.TrimSpace(part) == "" || strings.ContainsAny(part, "<>") || strings.ContainsFunc(part, isControl) {
			return fault.New(fault.Invalid, "Set a name and an e-mail address for commits.", fmt.Errorf("author %q <%q> cannot stand in a commit", c.Author.Name, c.Author.Email))
		}
	}
	if c.When.Unix() < 0 {
		return errors.New("commit has no date")
	}
	if strings.TrimSpace(c.Message) == "" || strings.ContainsRune(c.Message, 0) {
		return errors.New("commit message is empty or has a NUL character")
	}
	return s.checkFiles(c.Files)
}

func (s *Snapshot) checkFiles(files []tree.Change) error {
	if len(files) == 0 {
		return errors.New("there is nothing to commit")
	}
	seen := map[string]bool{}
	for _, change := range files {
		f := s.file(change.Path)
		switch {
		case f == nil:
			return fmt.Errorf("%s is not a file of the snapshot", change.Path)
		case seen[change.Path]:
			return fmt.Errorf("%s is changed twice", change.Path)
		case !bytes.Equal(f.Content, change.Old):
			return fmt.Errorf("%s was changed from something else than the snapshot has", change.Path)
		case bytes.Equal(change.Old, change.New):
			return fmt.Errorf("%s does not change", change.Path)
		}
		seen[change.Path] = true
	}
	return nil
}

// built is a commit that is ready to be pushed.
type built struct {
	commit   plumbing.Hash
	trailers Trailers
	// objects are all that is new, the commit last.
	objects []newObject
}

// newObject is an object that the repository may lack.
type newObject struct {
	hash plumbing.Hash
	object
}

// build makes blobs, trees and the commit. They are kept, so that the commit is recognised without asking the server.
func (s *Snapshot) build(c Commit) (built, error) {
	t := Trailers{Base: s.Commit}
	var hashes []plumbing.Hash
	blobs := map[string]plumbing.Hash{}
	for _, change := range c.Files {
		h := s.objects.put(plumbing.BlobObject, change.New)
		blobs[change.Path] = h
		hashes = append(hashes, h)
		t.Files = append(t.Files, FileChange{Path: change.Path, Old: s.file(change.Path).Blob, New: h.String()})
	}
	slices.SortFunc(t.Files, func(a, b FileChange) int { return strings.Compare(a.Path, b.Path) })
	for _, i := range c.Images {
		if !slices.Contains(t.Images, i) {
			t.Images = append(t.Images, i)
		}
	}
	root, trees, err := s.objects.rewrite(s.root, blobs)
	if err != nil {
		return built{}, err
	}
	message := strings.TrimSpace(strings.ReplaceAll(c.Message, "\r\n", "\n")) + "\n\n" + t.String()
	// What a later pass will read is what counts: JSON may have replaced bytes that are not UTF-8.
	if t, err = ParseTrailers(message); err != nil {
		return built{}, err
	}
	hashes = append(hashes, trees...)
	hashes = append(hashes, s.objects.put(plumbing.CommitObject, encodeCommit(root, s.tip, c, message)))
	b := built{commit: hashes[len(hashes)-1], trailers: t}
	for _, h := range hashes {
		b.objects = append(b.objects, newObject{h, s.objects.held[h]})
	}
	return b, nil
}

func encodeCommit(root, parent plumbing.Hash, c Commit, message string) []byte {
	who := fmt.Sprintf("%s <%s> %d %s", strings.TrimSpace(c.Author.Name), strings.TrimSpace(c.Author.Email), c.When.Unix(), c.When.Format("-0700"))
	return fmt.Appendf(nil, "tree %s\nparent %s\nauthor %s\ncommitter %s\n\n%s", root, parent, who, who, message)
}
