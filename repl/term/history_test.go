package term

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Many shells at once lose nothing, also while the file is shortened.
func TestHistoriesShareAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history")
	var all sync.WaitGroup
	const shells, texts = 4, 50
	for shell := range shells {
		h := openHistory(path)
		all.Go(func() {
			for i := range texts {
				h.add(fmt.Sprintf("put %d/%d 'two\nrows'", shell, i))
			}
		})
	}
	all.Wait()
	got := openHistory(path).entries
	if len(got) != shells*texts {
		t.Errorf("%d texts of %d", len(got), shells*texts)
	}
	for shell := range shells {
		last := -1
		for i := range texts {
			at := slices.Index(got, fmt.Sprintf("put %d/%d 'two\nrows'", shell, i))
			if at <= last {
				t.Fatalf("text %d of shell %d is at %d, after %d", i, shell, at, last)
			}
			last = at
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history")
	h, other := openHistory(path), openHistory(path)
	h.add(strings.Repeat("x", entryMost+1)) // too long for the file
	value := strings.Repeat("v", 60<<10)
	for i := range 40 {
		h.add(fmt.Sprintf("put k%d %s", i, value))
		other.add(fmt.Sprintf("get k%d", i))
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > 2*historyMost+entryMost || info.Mode().Perm() != 0o600 {
		t.Errorf("file of %d bytes, mode %v, %v", info.Size(), info.Mode(), err)
	}
	h.refresh()
	for name, entries := range map[string][]string{"one": h.entries, "other": other.entries, "new": openHistory(path).entries} {
		if n := len(entries); n < 20 || entries[n-1] != "get k39" || !strings.HasPrefix(entries[n-2], "put k39 ") {
			t.Errorf("%s has %d entries, the last %.20q", name, n, entries[n-1])
		}
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) != 1 {
		t.Errorf("beside the history there are %q", left)
	}
}

func TestHistoryKeepsWhatIsWorthIt(t *testing.T) {
	t.Parallel()
	h := openHistory("")
	for _, text := range []string{"", "  ", " secret", "a", "a  ", "a\n", `b\ `, "a"} {
		h.add(text)
	}
	if want := []string{"a", `b\ `, "a"}; !slices.Equal(h.entries, want) {
		t.Errorf("%q, want %q", h.entries, want)
	}
}

// A file that cannot be written, or ends in half a line, costs nothing else.
func TestHistoryBearsBadFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHistory(filepath.Join(dir, "file", "history"))
	if err := os.RemoveAll(filepath.Join(dir, "file")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h.add("a")
	if !slices.Equal(h.entries, []string{"a"}) {
		t.Errorf("without a file: %q", h.entries)
	}

	half := filepath.Join(dir, "half")
	if err := os.WriteFile(half, []byte("\n\na\xff\nhalf"), 0o644); err != nil {
		t.Fatal(err)
	}
	h = openHistory(half)
	h.add("b")
	if want := []string{"a\ufffd", "half", "b"}; !slices.Equal(h.entries, want) {
		t.Errorf("half a line: %q, want %q", h.entries, want)
	}
	if info, err := os.Stat(half); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// A link to the file stays one.
func TestHistoryMayBeALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	openHistory(link).add("a")
	if got, err := os.ReadFile(target); err != nil || string(got) != "a\n" {
		t.Errorf("%q, %v", got, err)
	}
}
