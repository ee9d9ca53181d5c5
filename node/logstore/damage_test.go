package logstore

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/raft"
)

// history of the log that the sweeps damage: two segments, a truncation and a
// compaction, of which the files hold traces.
func sweepLog(t *testing.T) (map[string][]byte, []*raft.Log) {
	t.Helper()
	dir := t.TempDir()
	l := mustOpen(t, dir, small)
	store(t, l, batch(1, 1, 3, 200)...)
	store(t, l, batch(4, 1, 2, 700)...)
	if err := errors.Join(l.DeleteRange(5, 5), l.DeleteRange(1, 1)); err != nil {
		t.Fatal(err)
	}
	store(t, l, batch(5, 2, 3, 300)...)
	store(t, l, entry(8, 2, 0))
	want := contents(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return files(t, dir), want
}

// TestEveryFlippedBit flips each bit that was written to a log, and some of the
// zeros after it: Open must refuse and
// change nothing, or give the very same entries.
func TestEveryFlippedBit(t *testing.T) {
	t.Parallel()
	image, want := sweepLog(t)
	dir := filepath.Join(t.TempDir(), "log")
	put(t, dir, image)
	refused := map[string]int{}
	for name, data := range image {
		used := len(bytes.TrimRight(data, "\x00"))
		for bit := range len(data) * 8 {
			if bit >= used*8 && bit%251 > 0 || testing.Short() && bit%13 > 0 {
				continue // zeros behind the frames are all alike
			}
			if flipLog(t, dir, name, bit, image, want) {
				refused[name]++
			}
		}
	}
	for name, data := range image {
		if n := refused[name]; n == 0 && !allZero(data) {
			t.Errorf("no flip in %s was noticed", name)
		}
	}
}

// flipLog reports whether the log with one bit flipped is refused; at its end the
// files are those of image again.
func flipLog(t *testing.T, dir, name string, bit int, image map[string][]byte, want []*raft.Log) bool {
	t.Helper()
	flipped := bytes.Clone(image[name])
	flipped[bit/8] ^= 1 << (bit % 8)
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{SegmentBytes: 4096, CacheBytes: -1}
	l, err := Open(dir, o)
	if err == nil {
		found := contents(t, l)
		l.Close()
		put(t, dir, image)
		if !equal(found, want) {
			t.Fatalf("bit %d of %s: found %s, expected %s", bit, name, span(found), span(want))
		}
		return false
	}
	if !errors.Is(err, ErrCorrupt) {
		t.Fatalf("bit %d of %s: %v", bit, name, err)
	}
	changed := maps.Clone(image)
	changed[name] = flipped
	if !maps.EqualFunc(files(t, dir), changed, bytes.Equal) {
		t.Fatalf("bit %d of %s: a refused log was changed", bit, name)
	}
	if err := os.WriteFile(path, image[name], 0o600); err != nil {
		t.Fatal(err)
	}
	return true
}

func TestDamageTellsWhereAndWhatToDo(t *testing.T) {
	t.Parallel()
	image, _ := sweepLog(t)
	dir := filepath.Join(t.TempDir(), "log")
	image["0000000000000001.seg"][700] ^= 1
	put(t, dir, image)
	_, err := Open(dir, small)
	if !errors.Is(err, ErrCorrupt) {
		t.Fatal(err)
	}
	for _, part := range []string{"0000000000000001.seg", "offset 512", "remove it from the cluster"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not tell %q", err, part)
		}
	}
}

// TestMissingFiles removes, empties or shortens each file that the log needs.
func TestMissingFiles(t *testing.T) {
	t.Parallel()
	whole, want := sweepLog(t)
	for name, data := range whole {
		if allZero(data) {
			continue // prepared for the future
		}
		for _, keep := range []int{-1, 0, len(data) / 3, 2*sector + 10} {
			image := maps.Clone(whole)
			delete(image, name)
			if keep >= 0 {
				image[name] = data[:min(keep, len(data)-1)]
			}
			dir := filepath.Join(t.TempDir(), "log")
			put(t, dir, image)
			if l, err := Open(dir, small); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s of %d bytes: %v", name, keep, err)
				if err == nil {
					t.Logf("found %s, expected %s", span(contents(t, l)), span(want))
					l.Close()
				}
			}
			if !maps.EqualFunc(files(t, dir), image, bytes.Equal) {
				t.Errorf("%s of %d bytes: a refused log was changed", name, keep)
			}
		}
	}
}

// TestDamageUnderARunningLog changes an entry behind the log's back.
func TestDamageUnderARunningLog(t *testing.T) {
	t.Parallel()
	var told []error
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{CacheBytes: -1, OnFatal: func(err error) { told = append(told, err) }})
	store(t, l, batch(1, 1, 3, 400)...)
	f, err := os.OpenFile(segmentPath(dir, 1), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte{99}, 3*sector-7); err != nil {
		t.Fatal(err)
	}
	var e raft.Log
	if err := l.GetLog(1, &e); err != nil {
		t.Fatalf("the entry beside the damage: %v", err)
	}
	for i := range uint64(3) {
		if err = l.GetLog(3-i, &e); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrCorrupt) {
		t.Fatalf("damage was read: %v", err)
	}
	if again := l.StoreLog(entry(4, 1, 1)); !errors.Is(again, ErrCorrupt) || len(told) != 1 {
		t.Fatalf("after it: %v, OnFatal called %d times", again, len(told))
	}
}
