package policy

// docs is where the pages about reasons are.
const docs = "https://github.com/bumpboat/bumpboat/blob/main/docs/reasons/"

// URL returns the page that explains the reason, of whatever kind it is; "" for no reason.
func (r Reason) URL() string {
	if r == "" {
		return ""
	}
	return docs + string(r) + ".md"
}
