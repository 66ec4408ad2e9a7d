package githubtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Fault is what goes wrong with the next requests of one sort. It stands between the client and GitHub, so its answers are
// not checked against the description.
type Fault struct {
	// Method and PathSuffix choose the requests; "" chooses all.
	Method     string
	PathSuffix string
	// Times is how often; 0 is once.
	Times int
	// After lets the request take effect before its answer is lost.
	After bool
	// Hang gives no answer until the client goes away.
	Hang bool
	// Status, Header and Body are the answer instead; status 0 cuts the connection.
	Status int
	Header map[string]string
	Body   string
	// Edit changes GitHub's own answer before it is checked: to see that the check works.
	Edit func(body map[string]any)
}

// Inject adds a fault. Faults are used up in the order in which they were added.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Times = max(f.Times, 1)
	s.faults = append(s.faults, &f)
}

// TakeFaults removes the faults that were not used up and returns how many they were.
func (s *Server) TakeFaults() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := len(s.faults)
	s.faults = nil
	return left
}

func (s *Server) takeFault(method, path string) *Fault {
	for i, f := range s.faults {
		if (f.Method == "" || f.Method == method) && strings.HasSuffix(path, f.PathSuffix) {
			f.Times--
			if f.Times == 0 {
				s.faults = slices.Delete(s.faults, i, i+1)
			}
			return f
		}
	}
	return nil
}

func (f *Fault) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.Hang:
		<-r.Context().Done()
	case f.Status == 0:
		panic(http.ErrAbortHandler)
	default:
		for _, k := range slices.Sorted(maps.Keys(f.Header)) {
			w.Header().Set(k, f.Header[k])
		}
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Body)) // the client may have gone
	}
}

func (f *Fault) edit(text []byte) ([]byte, error) {
	var body any
	if err := json.Unmarshal(text, &body); err != nil {
		return nil, err
	}
	switch body := body.(type) {
	case map[string]any:
		f.Edit(body)
	case []any:
		for _, item := range body {
			f.Edit(item.(map[string]any)) // GitHub's lists hold objects only
		}
	}
	return json.Marshal(body)
}
