package client_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func TestElection(t *testing.T) {
	t.Parallel()
	st, _, ss := contest(t, 2)
	ctx := within(t, 20*time.Second)
	a, b := client.NewElection(ss[0], "e"), client.NewElection(ss[1], "e")
	if kv, err := b.Leader(ctx); !errors.Is(err, client.ErrNotElected) {
		t.Errorf("%+v, %v", kv, err)
	}
	for name, err := range map[string]error{"proclaim": a.Proclaim(ctx, nil), "resign": a.Resign(ctx)} {
		if !errors.Is(err, client.ErrNotElected) {
			t.Errorf("%s: %v", name, err)
		}
	}
	watching, stop := context.WithCancel(ctx)
	seen, ended := make(chan client.KeyValue, 10), make(chan error, 1)
	go func() {
		for kv, err := range b.Observe(watching) {
			if err != nil {
				ended <- err
				return
			}
			seen <- kv
		}
	}()
	want := func(key, value string) {
		t.Helper()
		select {
		case kv := <-seen:
			if kv.Key != key || string(kv.Value) != value {
				t.Errorf("observed %s=%s, want %s=%s", kv.Key, kv.Value, key, value)
			}
		case <-ctx.Done():
			t.Fatalf("%s=%s was not observed", key, value)
		}
	}
	if err := a.Campaign(ctx, []byte("here")); err != nil {
		t.Fatal(err)
	}
	want("e/1", "here")
	if kv, err := b.Leader(ctx); err != nil || string(kv.Value) != "here" || kv.CreateRevision != a.Token() {
		t.Errorf("%+v, %v", kv, err)
	}
	next := background(t, st, "e/2", func() error { return b.Campaign(ctx, []byte("there")) })
	if err := a.Proclaim(ctx, []byte("moved")); err != nil {
		t.Error(err)
	}
	want("e/1", "moved")
	if !st.fulfils(a.Held()) || st.fulfils(b.Held()) {
		t.Error("the office does not go with the key")
	}
	if err := a.Resign(ctx); err != nil {
		t.Error(err)
	}
	want("e/2", "there")
	if err := <-next; err != nil {
		t.Error(err)
	}
	if err := b.Resign(ctx); err != nil {
		t.Error(err)
	}
	want("", "")
	stop()
	if err := <-ended; !errors.Is(err, client.ErrCanceled) {
		t.Errorf("%v", err)
	}
}

// fulfils reports whether a condition on a number holds.
func (st *store) fulfils(c client.Compare) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.holds(&kvv1.Compare{Key: []byte(c.Key), Field: kvv1.Compare_Field(c.Field), Relation: kvv1.Compare_Relation(c.Relation), Number: c.Number})
}

func TestObserveBeginsAgainWhenTheHistoryIsCompacted(t *testing.T) {
	t.Parallel()
	_, m, ss := contest(t, 2)
	ctx := within(t, 20*time.Second)
	e := client.NewElection(ss[0], "e")
	m.script(func(m *member) {
		m.watch = func(*kvv1.WatchRequest, watchStream) error {
			m.script(func(m *member) { m.watch = nil })
			return kverr.ErrCompacted.WithRevision(9)
		}
	})
	if err := e.Campaign(ctx, []byte("v1")); err != nil {
		t.Fatal(err)
	}
	n := 1
	for kv, err := range e.Observe(ctx) {
		if err != nil || string(kv.Value) != fmt.Sprint("v", n) {
			t.Fatalf("%+v, %v", kv, err)
		}
		if n++; n == 4 {
			break
		}
		if err := e.Proclaim(ctx, fmt.Append(nil, "v", n)); err != nil {
			t.Fatal(err)
		}
	}
}

// Keys of an election whose name begins with this one's are no candidates.
func TestQueuesWithNestedNamesAreApart(t *testing.T) {
	t.Parallel()
	st, _, ss := contest(t, 2)
	ctx := within(t, 20*time.Second)
	for _, name := range []string{"e/x", "e/1", "e"} {
		if err := client.NewElection(ss[0], name).Campaign(ctx, nil); err != nil {
			t.Fatal(err)
		}
	}
	st.mu.Lock()
	st.set("e/01", &kvv1.KeyValue{Key: []byte("e/01")})
	st.commit()
	st.mu.Unlock()
	kv, err := client.NewElection(ss[1], "e").Leader(ctx)
	if err != nil || kv.Key != "e/1" {
		t.Errorf("%+v, %v", kv, err)
	}
}
