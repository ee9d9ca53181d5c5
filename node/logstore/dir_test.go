package logstore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDataFolderIsHeldOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "data")
	d, err := OpenDir(path)
	if err != nil || d.Path() != path {
		t.Fatal(d, err)
	}
	if _, err := OpenDir(path); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Fatalf("second: %v", err)
	}
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}
	if d, err = OpenDir(path); err != nil {
		t.Fatalf("after Close: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDataFolderIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"newer":   {"FORMAT", "kv data format 2\n", "use a newer kv"},
		"foreign": {"letter.txt", "dear", "no kv data folder"},
		"damaged": {"FORMAT", "kv dat", "damaged"},
		"empty":   {"FORMAT", "", "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenDir(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, expected %q", err, c.want)
			}
			if got := files(t, dir); len(got) != 1 || string(got[c.file]) != c.text {
				t.Fatalf("a refused folder was changed: %q", got)
			}
		})
	}
}

func TestDataFolderMayBeAFileSystem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lost+found"), 0o700); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	if _, err := OpenDir(filepath.Join(dir, "FORMAT")); err == nil {
		t.Fatal("a file was taken for a folder")
	}
}

func TestOnlyTheOwnerMayRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() // open to others
	d, err := OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	l := mustOpen(t, filepath.Join(dir, "log"), small)
	store(t, l, batch(1, 1, 10, 900)...)
	s, err := OpenStable(filepath.Join(dir, "vote"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWriteFileAtomicReplaces(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f")
	for _, text := range []string{"a long text", "short", ""} {
		if err := WriteFileAtomic(path, []byte(text), 0o600, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); string(got) != text || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
}
