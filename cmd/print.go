package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	"github.com/bumpboat/bumpboat/config"
	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// print writes the reports in the chosen format to stdout, and their errors to stderr.
func (g *global) print(reports []*Report) error {
	for _, r := range reports {
		r.addDocs()
	}
	var err error
	switch g.output {
	case "json", "yaml":
		err = g.printObject(reportObject(reports))
	case "diff":
		for _, r := range reports {
			_, err = fmt.Fprint(g.io.Out, writer.UnifiedDiff(r.files))
		}
	case "name":
		err = printNames(g.io.Out, reports)
	default:
		for _, r := range reports {
			if err = g.printTable(r); err != nil {
				break
			}
		}
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	for _, r := range reports {
		r.printErrors(g.io.Err)
	}
	return nil
}

// reportObject is one report, or a list of several.
func reportObject(reports []*Report) any {
	if len(reports) == 1 {
		return reports[0]
	}
	return ReportList{APIVersion: config.APIVersion, Kind: "ReportList", Items: reports}
}

// printObject prints a value as JSON or YAML.
func (g *global) printObject(v any) error {
	if g.output == "yaml" {
		data, err := yaml.Marshal(v)
		if err == nil {
			_, err = g.io.Out.Write(data)
		}
		return err
	}
	enc := json.NewEncoder(g.io.Out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printNames prints the branches of the changes, or the places that were listed, one per line.
func printNames(w io.Writer, reports []*Report) error {
	var names []string
	for _, r := range reports {
		for _, c := range r.Changes {
			names = append(names, c.Branch)
		}
		for _, s := range r.Skipped {
			if r.onlySkipped {
				names = append(names, s.Path)
			}
		}
		for _, s := range r.Sites {
			if r.listed {
				names = append(names, fmt.Sprintf("%s:%d", s.Path, s.Line))
			}
		}
	}
	for _, name := range names {
		if _, err := fmt.Fprintln(w, cleanLine(name)); err != nil {
			return err
		}
	}
	return nil
}

// place is `path:line:column: `, as far as it is known.
func place(path string, line, column int) string {
	switch {
	case path == "":
		return ""
	case line == 0:
		return path + ": "
	case column == 0:
		return fmt.Sprintf("%s:%d: ", path, line)
	default:
		return fmt.Sprintf("%s:%d:%d: ", path, line, column)
	}
}

// printTable prints one report for people.
func (g *global) printTable(r *Report) error {
	w := g.io.Out
	head := cleanLine(r.Repository)
	if r.Revision != "" {
		head += fmt.Sprintf(" (%s at %.10s)", cleanLine(r.Base), r.Revision)
	}
	_, _ = fmt.Fprintf(w, "%s\n\n", g.bold(head))
	if r.onlySkipped {
		return printSkipped(w, r.Skipped)
	}
	g.printSites(r)
	for _, c := range r.Changes {
		g.printChange(c, r.Base)
	}
	for _, s := range r.Skipped {
		_, _ = fmt.Fprintf(w, "skipped %s: %s %s\n", cleanLine(s.Path), s.Reason, cleanLine(s.Detail))
	}
	if len(r.Skipped) > 0 {
		_, _ = fmt.Fprintln(w)
	}
	_, err := fmt.Fprintf(w, "%s\n", r.summary())
	if r.Memory == memoryNotConsulted && r.fatal == nil {
		_, err = fmt.Fprintln(w, "memory: not consulted (pull requests that people closed or undid)")
	}
	return err
}

// printSkipped prints the files that were skipped as a table.
func printSkipped(w io.Writer, skipped []tree.Skipped) error {
	rows := [][]string{{"FILE", "REASON", "DETAIL"}}
	for _, s := range skipped {
		rows = append(rows, []string{s.Path, s.Reason, orDash(s.Detail)})
	}
	if len(skipped) > 0 {
		printRows(w, rows)
		_, _ = fmt.Fprintln(w)
	}
	_, err := fmt.Fprintf(w, "%s skipped\n", plural(len(skipped), "file"))
	return err
}

func (g *global) printSites(r *Report) {
	if len(r.Sites) == 0 {
		return
	}
	rows := [][]string{{"PLACE", "IMAGE", "FROM", "TO", "OUTCOME", "REASON"}}
	if g.output == "wide" {
		rows[0] = append(rows[0], "POLICY", "SOURCE", "FIELD", "OBJECT", "CONTAINER")
	}
	for _, s := range r.Sites {
		row := []string{
			fmt.Sprintf("%s:%d", s.Path, s.Line), s.site.Image.Name, orDash(s.from.String()), orDash(s.shownTo()), string(s.Outcome), string(s.Reason),
		}
		if g.output == "wide" {
			row = append(row, orDash(s.Policy), orDash(s.Source), s.Field, orDash(s.Object), orDash(s.Container))
		}
		rows = append(rows, row)
	}
	printRows(g.io.Out, rows)
	_, _ = fmt.Fprintln(g.io.Out)
}

// printRows prints aligned columns, without spaces at the ends of lines and with foreign text made safe.
func printRows(w io.Writer, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			row[i] = cleanLine(c)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, c := range row {
			line.WriteString(c)
			line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)+2))
		}
		_, _ = fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// shownTo is the version that an update leads to; nothing else has one.
func (s SiteReport) shownTo() string {
	if s.Outcome != policy.OutcomeUpdate {
		return ""
	}
	return s.to.String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (g *global) printChange(c ChangeReport, base string) {
	w := g.io.Out
	_, _ = fmt.Fprintf(w, "%s %s\n", g.bold(string(c.Action)+":"), cleanLine(c.Title))
	if base != "" { // a directory has no branches
		_, _ = fmt.Fprintf(w, "  branch %s\n", cleanLine(c.Branch))
	}
	if c.PullRequest != nil {
		_, _ = fmt.Fprintf(w, "  pull request #%d %s\n", c.PullRequest.Number, cleanLine(c.PullRequest.URL))
	}
	for _, e := range c.Edits {
		_, _ = fmt.Fprintf(w, "  %s%s -> %s\n", cleanLine(place(e.Path, e.Line, e.Column)), orDash(cleanLine(e.From)), cleanLine(e.To))
	}
	if c.Reason != "" || c.Detail != "" {
		_, _ = fmt.Fprintf(w, "  %s\n", strings.TrimSpace(c.Reason+" "+clean(c.Detail)))
	}
	_, _ = fmt.Fprintln(w)
}

// summary is one line: what was found and what became of it.
func (r *Report) summary() string {
	parts := []string{plural(len(r.Sites), "image reference")}
	for _, o := range []policy.Outcome{
		policy.OutcomeUpdate, policy.OutcomeCurrent, policy.OutcomeHeld, policy.OutcomeNone,
		policy.OutcomeUnknown, policy.OutcomeIgnored, policy.OutcomeUnmanaged,
	} {
		if n := r.count(o); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	line := strings.Join(parts, ", ")
	if n := len(r.Changes); n > 0 {
		line += "; " + plural(n, "change")
	}
	if n := len(r.Errors); n > 0 {
		line += "; " + plural(n, "error")
	}
	return line
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// bold marks text on a terminal. It never carries meaning of its own.
func (g *global) bold(s string) string {
	if !g.io.Terminal {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}
