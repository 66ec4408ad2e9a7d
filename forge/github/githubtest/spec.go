package githubtest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

//go:embed openapi.json
var description []byte

// spec is GitHub's description, ready to check with.
type spec struct {
	doc    *openapi3.T
	router routers.Router
}

// load reads the description once per process: nothing changes it after that.
var load = sync.OnceValues(func() (*spec, error) {
	doc, err := openapi3.NewLoader().LoadFromData(description)
	if err != nil {
		return nil, fmt.Errorf("reading GitHub's description: %w", err)
	}
	correct(doc)
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("reading the paths of GitHub's description: %w", err)
	}
	return &spec{doc: doc, router: router}, nil
})

// correct is the first half of the allow-list: where GitHub answers something that its description forbids.
func correct(doc *openapi3.T) {
	for _, name := range []string{"pull-request", "pull-request-simple"} {
		// The head's repo is null once a fork is deleted. The description has it so in older versions only.
		head := doc.Components.Schemas[name].Value.Properties["head"].Value
		repo := *head.Properties["repo"].Value
		repo.Nullable = true
		head.Properties["repo"] = &openapi3.SchemaRef{Value: &repo}
	}
}

// undocumented is the second half of the allow-list: answers that GitHub gives for every operation although the description
// names them for few. Their bodies are still checked, as basic-error.
func undocumented(status int) bool {
	switch status {
	case http.StatusUnauthorized, // a bad token
		http.StatusForbidden, // a token without the permission, an archived repo, a limit
		http.StatusNotFound:  // a repo that is not there, or that the token may not see
		return true
	}
	return false
}

// request checks a request. Beyond the description, it refuses what GitHub would ignore: unknown parameters and fields.
func (s *spec) request(r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := s.router.FindRoute(r)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus: true,
			MultiError:            true,
		},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
		return nil, fmt.Errorf("request %s %s: %w", r.Method, r.URL.Path, err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	for name := range r.URL.Query() {
		if route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			return nil, fmt.Errorf("request %s %s: unknown parameter %q", r.Method, r.URL.Path, name)
		}
	}
	if route.Operation.RequestBody == nil {
		return input, nil
	}
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, fmt.Errorf("request %s %s: %w", r.Method, r.URL.Path, err)
	}
	known := route.Operation.RequestBody.Value.Content.Get("application/json").Schema.Value.Properties
	for name := range fields {
		if known[name] == nil {
			return nil, fmt.Errorf("request %s %s: unknown field %q", r.Method, r.URL.Path, name)
		}
	}
	return input, nil
}

func (s *spec) response(input *openapi3filter.RequestValidationInput, status int, header http.Header, body []byte) error {
	var err error
	if input.Route.Operation.Responses.Status(status) == nil && undocumented(status) {
		var value any
		if err = json.Unmarshal(body, &value); err == nil {
			err = s.doc.Components.Schemas["basic-error"].Value.VisitJSON(value)
		}
	} else {
		answer := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: status, Header: header, Options: input.Options,
		}
		err = openapi3filter.ValidateResponse(context.Background(), answer.SetBodyBytes(body))
	}
	if err != nil {
		return fmt.Errorf("answer %d to %s %s: %w", status, input.Request.Method, input.Request.URL.Path, err)
	}
	return nil
}
