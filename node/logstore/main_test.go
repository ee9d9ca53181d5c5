package logstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// small makes segments of a few frames, so that logs roll often.
var small = Options{SegmentBytes: 4096, CacheBytes: 1024}

func mustOpen(t testing.TB, dir string, o Options) *Log {
	t.Helper()
	l, err := Open(dir, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// entry returns an entry whose data tells its index, term and size.
func entry(index, term uint64, size int) *raft.Log {
	data := bytes.Repeat([]byte{byte(index), byte(term), byte(size), 7}, size/4+1)[:size]
	return &raft.Log{Index: index, Term: term, Type: raft.LogCommand, Data: data}
}

// batch returns n entries from index first on.
func batch(first, term uint64, n, size int) []*raft.Log {
	var logs []*raft.Log
	for i := range uint64(n) {
		logs = append(logs, entry(first+i, term, size))
	}
	return logs
}

func store(t testing.TB, l *Log, logs ...*raft.Log) {
	t.Helper()
	if err := l.StoreLogs(logs); err != nil {
		t.Fatalf("store %d entries from %d: %v", len(logs), logs[0].Index, err)
	}
}

func same(a, b *raft.Log) bool {
	return a.Index == b.Index && a.Term == b.Term && a.Type == b.Type && a.AppendedAt.Equal(b.AppendedAt) &&
		bytes.Equal(a.Data, b.Data) && bytes.Equal(a.Extensions, b.Extensions)
}

// contents reads the whole log.
func contents(t testing.TB, l *Log) []*raft.Log {
	t.Helper()
	first, err := l.FirstIndex()
	if err != nil {
		t.Fatalf("first index: %v", err)
	}
	last, err := l.LastIndex()
	if err != nil {
		t.Fatalf("last index: %v", err)
	}
	var logs []*raft.Log
	for i := first; i <= last && i > 0; i++ {
		e := new(raft.Log)
		if err := l.GetLog(i, e); err != nil {
			t.Fatalf("get %d of %d to %d: %v", i, first, last, err)
		}
		logs = append(logs, e)
	}
	return logs
}

func equal(a, b []*raft.Log) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !same(a[i], b[i]) {
			return false
		}
	}
	return true
}

// files reads every file below dir.
func files(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	image := map[string][]byte{}
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if image[n.Name()], err = os.ReadFile(filepath.Join(dir, n.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return image
}

// put makes dir hold exactly the files of image.
func put(t testing.TB, dir string, image map[string][]byte) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	for name, data := range image {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
