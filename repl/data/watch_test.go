package data_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"testing"
	"time"

	"kv/client"
	"kv/repl/data"
	"kv/repl/failure"
	"kv/repl/internal/fake"
	"kv/repl/shell"
)

// watchStore looks at what a watch is asked for.
type watchStore struct {
	*fake.Store
	asked   *data.WatchRequest
	bounded *bool // its context has a deadline
}

func newWatchStore() watchStore {
	return watchStore{fake.New(), new(data.WatchRequest), new(bool)}
}

func (s watchStore) Watch(ctx context.Context, keys client.Range, w data.WatchRequest) (iter.Seq2[client.Changes, error], error) {
	_, *s.bounded = ctx.Deadline()
	*s.asked = w
	return s.Store.Watch(ctx, keys, w)
}

// A watch has no timeout, and to stop it is no failure.
func TestAWatchEndsWellWhenItIsStopped(t *testing.T) {
	t.Parallel()
	store := newWatchStore()
	lines, out := io.Pipe()
	defer lines.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	s := fake.Session(out, io.Discard, data.Room(store))
	go func() { ended <- s.Exec(ctx, []string{"watch", "a"}) }()
	go func() {
		// The watch may begin after any of them; one is seen in the end.
		for ctx.Err() == nil {
			_, _ = store.Put(ctx, "a", []byte("x y"), data.Write{})
		}
	}()
	got := make([]byte, len("PUT\t"))
	if _, err := io.ReadFull(lines, got); err != nil || string(got) != "PUT\t" {
		t.Errorf("%q, %v", got, err)
	}
	stop()
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	if err := <-ended; !failure.IsStopped(err) || *store.bounded {
		t.Errorf("it ended with %v; the context has a deadline: %t", err, *store.bounded)
	}
}

// A reader that goes away ends a watch.
func TestAWatchEndsWithItsReader(t *testing.T) {
	t.Parallel()
	store := fake.New()
	if _, err := store.Put(t.Context(), "a", nil, data.Write{}); err != nil {
		t.Fatal(err)
	}
	lines, out := io.Pipe()
	lines.Close()
	s := fake.Session(out, io.Discard, data.Room(store))
	if err := s.Exec(t.Context(), []string{"watch", "-from-rev", "1"}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("it ended with %v", err)
	}
}

func TestWatchPassesItsOptionsOn(t *testing.T) {
	t.Parallel()
	store := newWatchStore()
	if _, err := store.Put(t.Context(), "a", nil, data.Write{}); err != nil {
		t.Fatal(err)
	}
	s := fake.Session(io.Discard, io.Discard, data.Room(store))
	words := []string{"watch", "-from-rev", "1", "-count", "1", "-stale", "-progress", "2s"}
	if err := s.Exec(t.Context(), words); err != nil {
		t.Error(err)
	}
	if want := (data.WatchRequest{From: 1, Stale: true, Progress: 2 * time.Second}); *store.asked != want {
		t.Errorf("asked for %+v", *store.asked)
	}
}

// A watch begins as the session reads.
func TestAWatchHeedsTheLevelOfReads(t *testing.T) {
	t.Parallel()
	store := newWatchStore()
	if _, err := store.Put(t.Context(), "a", nil, data.Write{}); err != nil {
		t.Fatal(err)
	}
	s := fake.Session(io.Discard, io.Discard, data.Room(store))
	for level, want := range map[shell.Level]bool{shell.Stale: true, shell.Linearizable: false} {
		s.SetLevel(level)
		if err := s.Exec(t.Context(), []string{"watch", "-from-rev", "1", "-count", "1"}); err != nil || store.asked.Stale != want {
			t.Errorf("%s: asked for %+v, %v", level, *store.asked, err)
		}
	}
}

// failingWriter cannot be written to.
type failingWriter struct{}

var errFull = errors.New("full")

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

// A reader that goes away is noticed by the notices, too.
func TestProgressEndsWithItsReader(t *testing.T) {
	t.Parallel()
	s := fake.Session(failingWriter{}, io.Discard, data.Room(fake.New()))
	if err := s.Exec(t.Context(), []string{"watch", "-progress", "1s"}); !errors.Is(err, errFull) {
		t.Errorf("it ended with %v", err)
	}
}
