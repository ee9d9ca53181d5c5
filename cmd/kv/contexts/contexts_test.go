package contexts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func tempFile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "deep", "contexts.json")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestContextsAreKept(t *testing.T) {
	t.Parallel()
	path := tempFile(t)
	want := Context{Addresses: []string{"a:1", "b:2"}, CA: "/ca", Cert: "/c", Key: "/k", ServerName: "s", Output: "json", Prompt: "> "}
	must(t, Change(path, func(b *Book) error { return b.Set("prod", want) }))
	must(t, Change(path, func(b *Book) error { return b.Set("dev", Context{Addresses: []string{"c:3"}}) }))
	b, err := Read(path)
	must(t, err)
	if got, err := b.Find("prod"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if b.Current != "prod" || fmt.Sprint(b.Names()) != "[dev prod]" {
		t.Errorf("current %q of %v", b.Current, b.Names())
	}
	must(t, b.Use("dev"))
	must(t, b.Remove("dev"))
	if b.Current != "" {
		t.Errorf("a removed context is current")
	}
	for _, err := range []error{b.Use("dev"), b.Remove("dev")} {
		if !errors.Is(err, ErrUnknown) {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "-x", "a/b", "a b", strings.Repeat("x", 65)} {
		if b.Set(name, want) == nil {
			t.Errorf("%q is a name", name)
		}
	}
}

func TestTheFileIsTheUsersAlone(t *testing.T) {
	t.Parallel()
	path := tempFile(t)
	must(t, Change(path, func(b *Book) error { return b.Set("a", Context{}) }))
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(entries) != 2 { // and the lock
		t.Errorf("%v were left", entries)
	}
}

// What fails changes nothing, and what is broken is not thrown away.
func TestAFailureLeavesTheFile(t *testing.T) {
	t.Parallel()
	path := tempFile(t)
	must(t, Change(path, func(b *Book) error { return b.Set("a", Context{}) }))
	no := errors.New("no")
	if err := Change(path, func(b *Book) error { _ = b.Remove("a"); return no }); !errors.Is(err, no) {
		t.Error(err)
	}
	if b, err := Read(path); err != nil || len(b.Contexts) != 1 {
		t.Errorf("%+v, %v", b, err)
	}
	for _, text := range []string{"{", `{"contexts":{"a":{"adresses":[]}}}`} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
		if err := Change(path, func(b *Book) error { return b.Set("b", Context{}) }); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", text, err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("%s became %s", text, got)
		}
	}
}

func TestChangesAtTheSameTime(t *testing.T) {
	t.Parallel()
	path := tempFile(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := Change(path, func(b *Book) error { return b.Set(fmt.Sprint("c", i), Context{}) }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if b, err := Read(path); err != nil || len(b.Contexts) != 20 {
		t.Errorf("%d of 20 contexts are kept, %v", len(b.Contexts), err)
	}
}
