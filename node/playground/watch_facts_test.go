package playground

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"kv/client"
)

// after separates a change, as a watcher saw it, from what it replaced.
const after = " after "

// fact is what a revision did to a key, in a form that can be compared.
func fact(revision uint64, key string, deleted bool, value string) string {
	return fmt.Sprintf("%d %s %t %s", revision, key, deleted, value)
}

func factOf(c client.Change) string {
	return fact(c.KV.ModRevision, c.KV.Key, c.Deleted, string(c.KV.Value))
}

// factsOf returns what a watcher saw, without what it replaced.
func factsOf(seen []string) []string {
	facts := make([]string, len(seen))
	for i, s := range seen {
		facts[i], _, _ = strings.Cut(s, after)
	}
	return facts
}

// acknowledged are the facts that writers were told of: what no watch has a part in.
type acknowledged struct {
	mu    sync.Mutex
	facts []string // guarded by mu
}

func (a *acknowledged) add(facts ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.facts = append(a.facts, facts...)
}

// last returns the highest revision of them.
func (a *acknowledged) last() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	var last uint64
	for _, f := range a.facts {
		var revision uint64
		fmt.Sscan(f, &revision)
		last = max(last, revision)
	}
	return last
}

func (a *acknowledged) put(ctx context.Context, cl *client.Client, key, value string) {
	if r, err := cl.Put(ctx, key, []byte(value)); err == nil {
		a.add(fact(r.Revision, key, false, value))
	}
}

func (a *acknowledged) delete(ctx context.Context, cl *client.Client, key string) {
	if r, err := cl.Delete(ctx, key); err == nil && r.Deleted > 0 {
		a.add(fact(r.Revision, key, true, ""))
	}
}

// txn puts two keys and deletes some others in one revision.
func (a *acknowledged) txn(ctx context.Context, cl *client.Client, key string) {
	first := key[:1] + "/0"
	r, err := cl.Txn(ctx, client.Txn{Then: []client.Op{
		client.OpPut("a/txn", []byte(key)), client.OpDeleteRange(client.Range{From: "b/3"}), client.OpPut(first, nil),
	}})
	if err == nil {
		a.add(fact(r.Revision, "a/txn", false, key), fact(r.Revision, first, false, ""))
	}
}

// compare fails the test unless each acknowledged write is among the facts, once.
func (a *acknowledged) compare(t *testing.T, facts []string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	times := make(map[string]int, len(facts))
	for _, f := range facts {
		times[f]++
	}
	for _, f := range a.facts {
		if times[f] != 1 {
			t.Errorf("acknowledged, and seen %d times by a watch: %s", times[f], f)
		}
	}
	if len(a.facts) < 100 {
		t.Errorf("only %d acknowledged writes: the test proves little", len(a.facts))
	}
}

// compareHistories fails the test unless the history of each key has the facts about
// it, and no others.
func compareHistories(ctx context.Context, t *testing.T, cl *client.Client, facts []string) {
	t.Helper()
	byKey := make(map[string][]string)
	for _, f := range facts {
		key := strings.Fields(f)[1]
		byKey[key] = append(byKey[key], f)
	}
	for key, want := range byKey {
		history, err := cl.History(ctx, key)
		must(t, err)
		var got []string
		for c, err := range history.All() {
			must(t, err)
			got = append(got, factOf(c))
		}
		slices.Reverse(got) // the newest comes first
		if !slices.Equal(got, want) {
			t.Errorf("the history of %s has %d changes, a watch saw %d:\n%q\n%q", key, len(got), len(want), got, want)
		}
	}
}
