package writer

import (
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/writer/tree"
)

// Cache keeps pages. It may forget any of them at any time, and several Finders may share it.
type Cache interface {
	Get(PageKey) (Page, bool)
	Put(PageKey, Page)
}

// PageKey is all on which a page depends.
type PageKey struct {
	// Path is that of the file, and Blob the Git object name of its content.
	Path, Blob string
	// Claims are the values that rules name in the file.
	Claims string
}

// Page is what one file says, whatever the other files and the policies are. It never changes; the zero value is that of a file that
// names no image.
type Page struct {
	sheet   *sheet
	skipped *tree.Skipped
}

// size is about how many bytes of memory the page takes with its key.
func (p Page) size() int {
	const empty, perPlace, perProblem = 256, 1024, 256
	if p.sheet == nil {
		return empty
	}
	return empty + perPlace*(1+len(p.sheet.places)+len(p.sheet.strays)) + perProblem*len(p.sheet.list)
}

// Memory is a Cache of bounded size. Once half of it is full, what was not asked for since it was half full before is forgotten.
// It is safe for concurrent use.
type Memory struct {
	limit int

	mu         sync.Mutex
	young, old map[PageKey]Page
	// size is that of young.
	size int
}

// NewMemory makes a cache of at most about limit bytes.
func NewMemory(limit int) *Memory { return &Memory{limit: limit, young: map[PageKey]Page{}} }

// Get returns what was kept.
func (m *Memory) Get(key PageKey) (Page, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	page, ok := m.young[key]
	if !ok {
		if page, ok = m.old[key]; ok {
			m.put(key, page)
		}
	}
	return page, ok
}

// Put keeps a page. One that alone would fill the cache is not kept.
func (m *Memory) Put(key PageKey, page Page) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(key, page)
}

func (m *Memory) put(key PageKey, page Page) {
	size := page.size()
	if size > m.limit/2 {
		return
	}
	if m.size+size > m.limit/2 {
		m.old, m.young, m.size = m.young, map[PageKey]Page{}, 0
	}
	if _, known := m.young[key]; !known {
		m.size += size
	}
	m.young[key] = page
}

// release lets go of the nodes of the file, which take up many times what is found in it. Trails keep what they are made of.
func (s *sheet) release() {
	for _, p := range s.places {
		p.release()
	}
	for _, p := range s.strays {
		p.release()
	}
	for _, l := range s.lone {
		l.place.release()
	}
	for _, k := range s.kustomizations {
		k.variables.release()
		k.list.at.release()
		for _, e := range k.images {
			e.place.release()
		}
	}
	for _, m := range s.configMaps {
		m.variables.release()
	}
	for _, a := range s.applications {
		for _, element := range a.elements {
			element.release()
		}
	}
}

func (p *place) release() {
	for _, f := range []*field{p.whole, p.tag, p.digest, p.name, p.registry} {
		if f != nil {
			f.at.release()
		}
	}
}

func (v variables) release() {
	for _, variable := range v {
		variable.at.release()
	}
}

// Whether a step leads into a mapping or a sequence is all that a trail needs to know of the nodes on its way.
var releasedMapping, releasedSequence = &yaml.Node{Kind: yaml.MappingNode}, &yaml.Node{Kind: yaml.SequenceNode}

func (t *trail) release() {
	for ; t != nil && t.in != releasedMapping && t.in != releasedSequence; t = t.up {
		if t.in.Kind == yaml.SequenceNode {
			t.in = releasedSequence
		} else {
			t.in = releasedMapping
		}
	}
}
