package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// remote is a repository behind HTTP.
type remote struct {
	transport      http.RoundTripper
	endpoint       transport.Endpoint
	user, password string
	maxBytes       int64
	// abilities is what the server advertised last.
	abilities *capability.List
}

// errRefused is a server that understood the question and declines to answer it.
var errRefused = errors.New("refused by the server")

// session returns a client with a fresh allowance of bytes. The endpoint belongs to this connection: a redirect of
// the first request (a repository that was renamed) is remembered in it.
func (r *remote) session() (transport.Transport, *meter, transport.AuthMethod) {
	m := &meter{next: r.transport, left: r.maxBytes}
	client := githttp.NewClientWithOptions(&http.Client{Transport: m}, &githttp.ClientOptions{RedirectPolicy: githttp.FollowInitialRedirects})
	if r.user == "" && r.password == "" {
		return client, m, nil
	}
	return client, m, &githttp.BasicAuth{Username: r.user, Password: r.password}
}

func (r *remote) refs(ctx context.Context) (refs, error) {
	client, m, auth := r.session()
	ep := r.endpoint
	session, err := client.NewUploadPackSession(&ep, auth)
	if err != nil {
		return refs{}, err
	}
	adv, err := session.AdvertisedReferencesContext(ctx)
	if err != nil {
		return refs{}, m.explain(err)
	}
	if m.redirected {
		r.endpoint = ep
	}
	r.abilities = adv.Capabilities
	return readAdvertisement(adv)
}

func readAdvertisement(adv *packp.AdvRefs) (refs, error) {
	for _, format := range adv.Capabilities.Get(capability.ObjectFormat) {
		if format != "sha1" {
			return refs{}, errObjectFormat
		}
	}
	out := refs{heads: map[string]plumbing.Hash{}}
	for ref, h := range adv.References {
		if name := shortName(ref); name != "" {
			out.heads[name] = h
		}
	}
	for _, link := range adv.Capabilities.Get(capability.SymRef) {
		if target, ok := strings.CutPrefix(link, "HEAD:"); ok {
			out.head = shortName(target)
		}
	}
	if out.head == "" && adv.Head != nil {
		out.head = guessHead(out.heads, *adv.Head)
	}
	return out, nil
}

// blobless says whether content can be left out at first and asked for later.
func (r *remote) blobless() bool {
	return r.abilities.Supports(capability.Filter) && r.abilities.Supports(capability.Shallow) &&
		r.abilities.Supports(capability.AllowReachableSHA1InWant)
}

func (r *remote) load(ctx context.Context, o *objects, q query) (err error) {
	client, m, auth := r.session()
	ep := r.endpoint
	session, err := client.NewUploadPackSession(&ep, auth)
	if err != nil {
		return err
	}
	res, err := session.UploadPack(ctx, r.request(q))
	if err != nil {
		return m.explain(asRefusal(err))
	}
	defer func() { err = errors.Join(err, res.Close()) }()
	var pack io.Reader = res
	if r.abilities.Supports(capability.Sideband64k) {
		pack = sideband.NewDemuxer(sideband.Sideband64k, res)
	} else if r.abilities.Supports(capability.Sideband) {
		pack = sideband.NewDemuxer(sideband.Sideband, res)
	}
	if err := unpack(pack, o); err != nil {
		return m.explain(asRefusal(err))
	}
	return nil
}

func (r *remote) request(q query) *packp.UploadPackRequest {
	// Sets no multi_ack, which go-git does not speak and takes off what was advertised.
	req := packp.NewUploadPackRequestFromCapabilities(r.abilities)
	if r.abilities.Supports(capability.NoProgress) {
		_ = req.Capabilities.Set(capability.NoProgress) // fails only for a capability that takes a value
	}
	if len(q.blobs) > 0 {
		req.Wants = q.blobs
		return req
	}
	req.Wants = []plumbing.Hash{q.tip}
	if r.abilities.Supports(capability.Shallow) {
		_ = req.Capabilities.Set(capability.Shallow)
		req.Depth = packp.DepthCommits(q.depth)
	}
	if r.blobless() && !q.content {
		_ = req.Capabilities.Set(capability.Filter)
		req.Filter = packp.FilterBlobNone()
	}
	if !q.base.IsZero() {
		req.Haves = []plumbing.Hash{q.base}
		if r.blobless() && !q.content {
			// Without it git sends every tree of a commit that is not a child of base. Every server knows it, but go-git,
			// whose parser does not, takes it off what was advertised. Only trees are held, so only where none but
			// trees are sent can a difference to something we have be told.
			_ = req.Capabilities.Set(capability.ThinPack)
		}
		if r.abilities.Supports(capability.Shallow) {
			req.Shallows = []plumbing.Hash{q.base}
		}
	}
	return req
}

// asRefusal recognises the two ways in which a server says no inside an answer. go-git keeps only their text.
func asRefusal(err error) error {
	var line *pktline.ErrorLine
	text := err.Error()
	if errors.As(err, &line) || errors.Is(err, transport.ErrEmptyUploadPackRequest) ||
		strings.Contains(text, "not our ref") || strings.Contains(text, "unexpected error:") {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	return err
}

func (r *remote) push(ctx context.Context, u update) error {
	pack, err := u.pack()
	if err != nil {
		return err
	}
	client, m, auth := r.session()
	ep := r.endpoint
	session, err := client.NewReceivePackSession(&ep, auth)
	if err != nil {
		return err
	}
	adv, err := session.AdvertisedReferencesContext(ctx)
	if err != nil {
		return m.explain(err)
	}
	// A branch that is not advertised is either gone or hidden: the server says which.
	if now, ok := adv.References[u.ref().String()]; ok && now != u.old {
		return errMoved
	}
	req := packp.NewReferenceUpdateRequestFromCapabilities(adv.Capabilities)
	var said remarks
	if adv.Capabilities.Supports(capability.Sideband64k) {
		_ = req.Capabilities.Set(capability.Sideband64k)
		req.Progress = &said
	}
	req.Commands = []*packp.Command{{Name: u.ref(), Old: u.old, New: u.new}}
	req.Packfile = io.NopCloser(pack)
	report, err := session.ReceivePack(ctx, req)
	if err == nil {
		return accepted(report, u.ref())
	}
	if reason := declineIn(err, u.ref()); reason != "" {
		return &declined{reason: reason, remarks: said.String()}
	}
	return m.explain(err)
}

// accepted says whether the report names our branch. Anything else is an answer that was lost on its way.
func accepted(report *packp.ReportStatus, ref plumbing.ReferenceName) error {
	if report == nil || !slices.ContainsFunc(report.CommandStatuses, func(s *packp.CommandStatus) bool { return s.ReferenceName == ref }) {
		return errNoAnswer
	}
	return nil
}

// declineIn returns what a server said to decline a push, or "" if err is something else. go-git has only text for
// it: a status of the whole pack, a status of the reference, or a fatal message beside the answer. The name of the
// reference is cut out, since the reason is sorted by its words.
func declineIn(err error, ref plumbing.ReferenceName) string {
	text := err.Error()
	for _, prefix := range []string{"command error on " + ref.String() + ": ", "unpack error: ", "unexpected error: "} {
		if reason, ok := strings.CutPrefix(text, prefix); ok {
			return strings.ReplaceAll(reason, ref.String(), "the branch")
		}
	}
	return ""
}
