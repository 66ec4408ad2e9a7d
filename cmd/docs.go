package cmd

import "github.com/bumpboat/bumpboat/policy"

// DecisionReport is a decision and the page that explains its reason.
type DecisionReport struct {
	policy.Decision
	Docs string `json:"docs,omitempty"`
}

func decisionReport(d policy.Decision) DecisionReport { return DecisionReport{d, d.Reason.URL()} }

// addDocs gives everything that has a reason the page that explains it.
func (r *Report) addDocs() {
	for i, s := range r.Sites {
		r.Sites[i].Docs = s.Reason.URL()
	}
	for i, c := range r.Changes {
		r.Changes[i].Docs = policy.Reason(c.Reason).URL()
	}
	for i, e := range r.Errors {
		r.Errors[i].Docs = policy.Reason(e.Reason).URL()
	}
}
