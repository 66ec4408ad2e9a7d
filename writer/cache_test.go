package writer

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/bumpboat/bumpboat/policy"
	"github.com/bumpboat/bumpboat/writer/tree"
)

// goldenFiles are the input files of all golden directories, as one repository.
func goldenFiles(t testing.TB) []tree.File {
	t.Helper()
	var files []tree.File
	err := filepath.WalkDir("testdata", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "/in/") {
			return err
		}
		content, err := os.ReadFile(path)
		files = append(files, tree.File{Path: path, Blob: fmt.Sprintf("%040x", len(files)), Content: content})
		return err
	})
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	return files
}

// everyImage is a rule for all images, and one that claims a field.
func everyImage(t testing.TB) Rules {
	t.Helper()
	spec, err := policy.Parse("semver:*")
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return Rules{Rules: []Rule{{Policy: p}}, Policies: map[string]policy.Policy{"web": p}}
}

// counting counts what was not there.
type counting struct {
	Cache
	missed atomic.Int64
}

func (c *counting) Get(key PageKey) (Page, bool) {
	page, ok := c.Cache.Get(key)
	if !ok {
		c.missed.Add(1)
	}
	return page, ok
}

func TestFinderReadsOnlyWhatChanged(t *testing.T) {
	files, rules := goldenFiles(t), everyImage(t)
	cache := &counting{Cache: NewMemory(64 << 20)}
	finder := Finder{Cache: cache}
	same := func(want, got Found) {
		t.Helper()
		if a, b := fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got); a != b {
			t.Errorf("found\n%s\nand with a cache\n%s", a, b)
		}
	}
	for range 3 {
		same(Find(files, rules), finder.Find(files, rules))
	}
	if n := cache.missed.Load(); n != int64(len(files)) {
		t.Errorf("%d of %d files were read in three passes", n, len(files))
	}
	files[7].Blob, files[7].Content = "changed", []byte("image: nginx:1.2.3 # bumpboat: nobody\n")
	same(Find(files, rules), finder.Find(files, rules))
	same(Find(files, Rules{}), finder.Find(files, Rules{}))
	same(Find(files, rules), finder.Find(files, rules))
	if n := cache.missed.Load(); n != int64(len(files))+1 {
		t.Errorf("%d files were read after one changed", n-int64(len(files)))
	}
	rules.Rules[0].Fields = []Field{{Path: "name", Image: "acme/web", Part: PartTag}}
	same(Find(files, rules), finder.Find(files, rules))
}

func TestFinderReadsFilesWithoutBlobAnew(t *testing.T) {
	finder := Finder{Cache: NewMemory(1 << 20)}
	for _, tag := range []string{"1", "2"} {
		found := finder.Find([]tree.File{{Path: "values.yaml", Content: []byte("image: nginx:" + tag)}}, Rules{})
		if len(found.Sites) != 1 || found.Sites[0].Image.Tag != tag {
			t.Errorf("found %+v", found)
		}
	}
}

// TestFinderTellsFilesApart is for repositories that share a cache: one path, one blob, and both in other pairs.
func TestFinderTellsFilesApart(t *testing.T) {
	finder := Finder{Cache: NewMemory(1 << 20)}
	for _, f := range []tree.File{
		{Path: "values.yaml", Blob: "1", Content: []byte("image: nginx:1")},
		{Path: "values.yaml", Blob: "2", Content: []byte("image: nginx:2")},
		{Path: ".github/values.yaml", Blob: "1", Content: []byte("image: nginx:1")},
	} {
		want, got := Find([]tree.File{f}, Rules{}), finder.Find([]tree.File{f}, Rules{})
		if !reflect.DeepEqual(want, got) {
			t.Errorf("found %+v, want %+v", got, want)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := NewMemory(100 * Page{}.size())
	key := func(i int) PageKey { return PageKey{Path: fmt.Sprint(i)} }
	for i := range 10_000 {
		m.Put(key(i), Page{})
		if _, ok := m.Get(key(0)); !ok {
			t.Fatalf("what is asked for all the time was forgotten behind %d others", i)
		}
		if n := len(m.young) + len(m.old); n > 101 {
			t.Fatalf("%d pages are kept", n)
		}
	}
	if _, ok := m.Get(key(9_999)); !ok {
		t.Error("the last one was forgotten")
	}
	if _, ok := m.Get(key(5_000)); ok {
		t.Error("nothing was forgotten")
	}
	m.Put(key(-1), Page{sheet: &sheet{places: make([]*place, 1000)}})
	if _, ok := m.Get(key(-1)); ok {
		t.Error("a page larger than the cache is kept")
	}
}

// TestPagesLetGoOfNodes walks over all that a page holds.
func TestPagesLetGoOfNodes(t *testing.T) {
	for _, f := range goldenFiles(t) {
		page := Finder{}.read(f, nil)
		seen := map[uintptr]bool{}
		var walk func(v reflect.Value, way string)
		walk = func(v reflect.Value, way string) {
			switch v.Kind() {
			case reflect.Pointer:
				if v.IsNil() || seen[v.Pointer()] {
					return
				}
				seen[v.Pointer()] = true
				if v.Type() == reflect.TypeFor[*yaml.Node]() && v.Elem().FieldByName("Content").Len() > 0 {
					t.Fatalf("%s: %s holds nodes", f.Path, way)
				}
				walk(v.Elem(), way)
			case reflect.Struct:
				for i := range v.NumField() {
					walk(v.Field(i), way+"."+v.Type().Field(i).Name)
				}
			case reflect.Slice:
				for i := range v.Len() {
					walk(v.Index(i), way)
				}
			case reflect.Map:
				for it := v.MapRange(); it.Next(); {
					walk(it.Key(), way)
					walk(it.Value(), way)
				}
			default:
			}
		}
		walk(reflect.ValueOf(page), "page")
	}
}
