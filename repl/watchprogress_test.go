package repl

import (
	"context"
	"errors"
	"io"
	"iter"
	"testing"
	"time"

	"kv/client"
)

// requestStore keeps what a watch was asked for.
type requestStore struct {
	*fakeStore
	asked *WatchRequest
}

func (s requestStore) Watch(ctx context.Context, keys client.Range, w WatchRequest) (iter.Seq2[client.Changes, error], error) {
	*s.asked = w
	return s.fakeStore.Watch(ctx, keys, w)
}

func TestWatchPassesItsOptionsOn(t *testing.T) {
	t.Parallel()
	store := requestStore{newFakeStore(), new(WatchRequest)}
	if _, err := store.Put(t.Context(), "a", nil, Write{}); err != nil {
		t.Fatal(err)
	}
	words := []string{"watch", "-from-rev", "1", "-count", "1", "-stale", "-progress", "2s"}
	if code := RunCommand(t.Context(), testConfig(store, io.Discard, io.Discard), words); code != ExitOK {
		t.Errorf("code %d", code)
	}
	if want := (WatchRequest{From: 1, Stale: true, Progress: 2 * time.Second}); *store.asked != want {
		t.Errorf("asked for %+v", *store.asked)
	}
}

// failingWriter cannot be written to.
type failingWriter struct{}

var errFull = errors.New("full")

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

// A reader that goes away is noticed by the notices, too.
func TestProgressEndsWithItsReader(t *testing.T) {
	t.Parallel()
	code := RunCommand(t.Context(), testConfig(newFakeStore(), failingWriter{}, io.Discard), []string{"watch", "-progress", "1s"})
	if code != ExitFailed {
		t.Errorf("code %d", code)
	}
}
