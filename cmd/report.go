package cmd

import (
	"cmp"
	"errors"
	"io"
	"slices"

	"github.com/bumpboat/bumpboat/config"
	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/policy/fault"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
	"github.com/bumpboat/bumpboat/writer/yamledit"
)

// Report is everything that happened in one pass over one repository. The table, the JSON, the log line and the
// exit code are views of it. Its JSON names are a contract: fields may be added, never renamed.
type Report struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Repository is the name of the repository, or the directory as it was given.
	Repository string `json:"repository"`
	// Base is the branch that was read, Revision its commit; both are empty for a directory.
	Base     string `json:"base"`
	Revision string `json:"revision"`
	// Memory says whether what people decided before was looked at: `consulted` or `not consulted`.
	Memory    string           `json:"memory"`
	Sites     []SiteReport     `json:"sites"`
	Decisions []DecisionReport `json:"decisions"`
	Changes   []ChangeReport   `json:"changes"`
	Skipped   []tree.Skipped   `json:"skipped"`
	Errors    []ErrorReport    `json:"errors"`

	// listed says that the sites are what was asked for, and not the changes.
	listed bool
	// onlySkipped says that the files that were skipped are what was asked for.
	onlySkipped bool
	// files is all changes at once, for the diff.
	files []tree.Change
	// fatal is why the repository could not be worked on at all; nil when it could.
	fatal error
}

// ReportList is the reports of several repositories.
type ReportList struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Items      []*Report `json:"items"`
}

// SiteReport is one place that names an image, and what was decided for it. Lines and columns count from 1,
// columns in bytes, at the start of the scalar.
type SiteReport struct {
	Path      string `json:"path"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	Format    string `json:"format"`
	Field     string `json:"field"`
	Part      string `json:"part"`
	Object    string `json:"object"`
	Container string `json:"container"`
	Image     string `json:"image"`
	Policy    string `json:"policy"`
	// PolicyName is the name under which the policy was found, when it has one.
	PolicyName string         `json:"policyName,omitempty"`
	Source     string         `json:"source"`
	Outcome    policy.Outcome `json:"outcome"`
	Reason     policy.Reason  `json:"reason"`
	// ShadowedBy is one of the places that replace the version wherever this one is deployed.
	ShadowedBy string `json:"shadowedBy,omitempty"`
	// Docs is the page that explains the reason.
	Docs string `json:"docs,omitempty"`

	site     writer.Site
	from, to policy.Version
}

// ChangeReport is one set of edits that belong together, and what became of it.
type ChangeReport struct {
	Branch string        `json:"branch"`
	Title  string        `json:"title"`
	Edits  []writer.Edit `json:"edits"`
	Diff   string        `json:"diff"`
	// Body is the text of the pull request.
	Body string `json:"body,omitempty"`
	// PullRequest is nil when nothing was proposed.
	PullRequest *PullRequestReport `json:"pullRequest"`
	// Action is what was done or would be done: see the Action constants.
	Action Action `json:"action"`
	// Reason is a slash name when the change was not proposed, Detail one sentence for people.
	Reason string `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"`
	// Docs is the page that explains the reason.
	Docs string `json:"docs,omitempty"`
}

// PullRequestReport is the pull request of a change.
type PullRequestReport struct {
	Number int64  `json:"number"`
	URL    string `json:"url"`
	Title  string `json:"title"`
	State  string `json:"state"`
}

// Action is what became of a change. The set is closed.
type Action string

// The actions.
const (
	// ActionPlanned: nothing was written, because nobody asked for it.
	ActionPlanned Action = "planned"
	// ActionWritten: the files of a directory were changed.
	ActionWritten Action = "written"
	// ActionOpened: a pull request was opened.
	ActionOpened Action = "opened"
	// ActionUpdated: an open pull request was moved or its text renewed.
	ActionUpdated Action = "updated"
	// ActionUnchanged: the pull request already says and holds exactly this.
	ActionUnchanged Action = "unchanged"
	// ActionClosed: the pull request was closed, because its base already has everything it proposed.
	ActionClosed Action = "closed"
	// ActionHeld: a person's decision or a limit holds it; the reason says which.
	ActionHeld Action = "held"
	// ActionFailed: it could not be done; the report's errors say why.
	ActionFailed Action = "failed"
)

// ErrorReport is one thing that went wrong, and what to do about it.
type ErrorReport struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Path    string `json:"path"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	// Reason is a slash name, when the problem has one, and Docs the page that explains it.
	Reason string `json:"reason"`
	Docs   string `json:"docs,omitempty"`
}

const (
	memoryConsulted    = "consulted"
	memoryNotConsulted = "not consulted"
)

func newReport(repository string) *Report {
	return &Report{
		APIVersion: config.APIVersion, Kind: "Report", Repository: repository, Memory: memoryNotConsulted,
		Sites: []SiteReport{}, Decisions: []DecisionReport{}, Changes: []ChangeReport{},
		Skipped: []tree.Skipped{}, Errors: []ErrorReport{},
	}
}

// fail records an error that kept the whole repository from being worked on.
func (r *Report) fail(err error) *Report {
	r.fatal = err
	r.addError(err)
	return r
}

// addError records an error. A file of several problems becomes several errors.
func (r *Report) addError(err error) {
	if problems, ok := errors.AsType[*config.Problems](err); ok {
		for _, p := range problems.List {
			r.Errors = append(r.Errors, ErrorReport{
				Kind: string(fault.Invalid), Message: p.Message, Hint: p.Hint, Path: p.Path, Line: p.Line, Column: p.Column,
			})
		}
		return
	}
	kind, hint := fault.KindOf(err), fault.HintOf(err)
	if hint == "" && (kind == fault.Temporary || kind == fault.RateLimited || kind == fault.Conflict) {
		hint = "nothing is lost: the next pass tries again"
	}
	r.Errors = append(r.Errors, ErrorReport{Kind: string(kind), Message: err.Error(), Hint: hint})
}

// addFound records the sites with their decisions, and what finding them complained of.
func (r *Report) addFound(found writer.Found, decisions map[subjectKey]policy.Decision, only func(writer.Site) bool) {
	for _, s := range found.Sites {
		if only(s) {
			r.Sites = append(r.Sites, siteReport(s, decisionFor(s, decisions)))
		}
	}
	r.Skipped = append(r.Skipped, found.Skipped...)
	slices.SortStableFunc(r.Skipped, func(a, b tree.Skipped) int { return cmp.Compare(a.Path, b.Path) })
	for _, p := range found.Problems {
		r.Errors = append(r.Errors, ErrorReport{
			Kind: string(fault.Invalid), Message: p.Message, Hint: p.Hint, Path: p.Path, Line: p.Line, Column: p.Column, Reason: p.Reason,
		})
	}
	for _, s := range r.Skipped {
		if hint := brokenFile(s.Reason); hint != "" {
			r.Errors = append(r.Errors, ErrorReport{
				Kind: string(fault.Invalid), Message: "the file is skipped: " + cmp.Or(s.Detail, s.Reason), Hint: hint, Path: s.Path, Reason: s.Reason,
			})
		}
	}
}

// brokenFile returns the next step for a skipped file that a person has to mend, and "" for one that is skipped as
// it should be: links, encrypted files, templates.
func brokenFile(reason string) (hint string) {
	switch reason {
	case string(yamledit.ReasonSyntax):
		return "correct the YAML; until then nothing in this file is looked at"
	case string(yamledit.ReasonNotUTF8):
		return "save the file as UTF-8"
	case string(yamledit.ReasonTooDeep), string(yamledit.ReasonTooMany):
		return "split the file, or leave it out of the repository"
	case string(yamledit.ReasonAliasCycle):
		return "an alias must not contain itself"
	case tree.ReasonBadIgnore:
		return "correct it; until then nothing below its directory is looked at"
	case tree.ReasonUnreadable:
		return "make the file readable"
	default:
		return ""
	}
}

func siteReport(s writer.Site, d policy.Decision) SiteReport {
	r := SiteReport{
		Path: s.Path, Line: s.Line, Column: s.Column, Format: s.Format, Field: s.Field, Part: string(s.Part),
		Object: s.Object, Container: s.Container, Image: s.Image.String(),
		PolicyName: s.PolicyName, Source: string(s.Source), ShadowedBy: s.ShadowedBy,
		Outcome: d.Outcome, Reason: d.Reason, site: s, from: policy.Version{Tag: s.Image.Tag, Digest: s.Image.Digest}, to: d.To,
	}
	if s.Policy != nil {
		r.Policy = s.Policy.String()
	} else if s.Reason != "" {
		r.Reason = policy.Reason(s.Reason) // a policy was meant, and the report's errors say what is wrong with it
	}
	return r
}

// addDecisions records the decisions, and an error for each that is unknown, at the first place that it is about.
func (r *Report) addDecisions(decisions []policy.Decision) {
	said := map[string]bool{}
	for _, d := range decisions {
		r.Decisions = append(r.Decisions, decisionReport(d))
		if d.Outcome != policy.OutcomeUnknown || said[d.Detail] {
			continue
		}
		said[d.Detail] = true
		e := ErrorReport{Kind: string(fault.KindOf(d.Err)), Message: d.Image + ": " + d.Detail, Hint: d.Hint, Reason: string(d.Reason)}
		if i := slices.IndexFunc(r.Sites, func(s SiteReport) bool { return s.Image == d.Image && s.Policy == d.Policy }); i >= 0 {
			e.Path, e.Line, e.Column = r.Sites[i].Path, r.Sites[i].Line, r.Sites[i].Column
		}
		r.Errors = append(r.Errors, e)
	}
}

// addRefused records edits that could not be made without breaking the promise about bytes. Their sites are held.
func (r *Report) addRefused(refused []writer.Refused) {
	for _, f := range refused {
		r.Errors = append(r.Errors, ErrorReport{
			Kind: string(fault.Invalid), Message: "edit refused: " + f.Detail, Hint: f.Hint,
			Path: f.Path, Line: f.Line, Column: f.Column, Reason: f.Reason,
		})
		for i, s := range r.Sites {
			if s.Path == f.Update.Site.Path && s.Line == f.Update.Site.Line && s.Column == f.Update.Site.Column {
				r.Sites[i].Outcome, r.Sites[i].Reason = policy.OutcomeHeld, policy.Reason(f.Reason)
			}
		}
	}
}

// failed says that the repository could not be worked on, or that nothing could be found out about any managed image.
func (r *Report) failed() bool {
	if r.fatal != nil {
		return true
	}
	unknown, managed := 0, 0
	for _, d := range r.Decisions {
		if d.Outcome != policy.OutcomeIgnored && d.Outcome != policy.OutcomeUnmanaged {
			managed++
		}
		if d.Outcome == policy.OutcomeUnknown {
			unknown++
		}
	}
	return unknown > 0 && unknown == managed
}

// partial says that something was not done or is unknown.
func (r *Report) partial() bool { return len(r.Errors) > 0 }

// pending counts changes that exist and were not written.
func (r *Report) pending() int {
	n := 0
	for _, c := range r.Changes {
		if c.Action == ActionPlanned {
			n++
		}
	}
	return n
}

// count returns how many sites have an outcome.
func (r *Report) count(o policy.Outcome) int {
	n := 0
	for _, s := range r.Sites {
		if s.Outcome == o {
			n++
		}
	}
	return n
}

// printErrors prints what went wrong, each with the next step.
func (r *Report) printErrors(w io.Writer) {
	for _, e := range r.Errors {
		printProblem(w, cleanLine(place(e.Path, e.Line, e.Column))+e.Message, e.Hint)
	}
}
