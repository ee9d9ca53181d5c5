package backup_test

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kv/client"
	"kv/client/backup"
	"kv/proto/kverr"
)

// memory is a cluster as a map, which keeps all its revisions.
type memory struct {
	mu   sync.Mutex
	past []map[string]client.KeyValue // by revision
	// compactAfter is after how many scans none of the past can be read; 0 is never.
	compactAfter int
	// breakEvery ends each answer to a Scan after so many keys; 0 does not.
	breakEvery int
	scans      int
	mostParts  int // of a transaction; 0 for no limit
	// before is called before each transaction, with its number, from 1; may be nil.
	before func(n int) error
	txns   int
}

func newMemory() *memory { return &memory{past: []map[string]client.KeyValue{{}}} }

func (m *memory) revision() uint64                { return uint64(len(m.past) - 1) }
func (m *memory) now() map[string]client.KeyValue { return m.past[len(m.past)-1] }
func (m *memory) header() client.Header {
	return client.Header{ClusterID: "id", Member: "n1", Revision: m.revision()}
}
func (m *memory) Members(context.Context) (client.Membership, error) {
	return client.Membership{ClusterName: "memory"}, nil
}

func sorted(keys map[string]client.KeyValue, within client.Range) []client.KeyValue {
	var all []client.KeyValue
	for _, kv := range keys {
		if within.Contains(kv.Key) {
			all = append(all, kv)
		}
	}
	slices.SortFunc(all, func(a, b client.KeyValue) int { return strings.Compare(a.Key, b.Key) })
	return all
}

func each[T any](all []T, end error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, x := range all {
			if !yield(x, nil) {
				return
			}
		}
		if end != nil {
			yield(*new(T), end)
		}
	}
}

// Scan implements backup.Store.
func (m *memory) Scan(_ context.Context, keys client.Range, r backup.Read) (client.Header, iter.Seq2[client.KeyValue, error], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.scans++
	if keys.To != "" && keys.From >= keys.To {
		return client.Header{}, nil, kverr.ErrInvalid
	}
	revision := r.Revision
	switch {
	case revision == 0:
		revision = m.revision()
	case m.compactAfter > 0 && m.scans > m.compactAfter:
		return client.Header{}, nil, kverr.ErrCompacted
	}
	found := sorted(m.past[revision], keys)
	if m.breakEvery > 0 && len(found) >= m.breakEvery {
		return m.header(), each(found[:m.breakEvery], kverr.ErrShutdown), nil
	}
	return m.header(), each(found, nil), nil
}

// Txn implements backup.Store, for conditions on the revision and for single keys.
func (m *memory) Txn(_ context.Context, t client.Txn) (client.TxnResult, error) {
	m.mu.Lock()
	m.txns++
	n, before := m.txns, m.before
	m.mu.Unlock()
	if before != nil {
		if err := before(n); err != nil {
			return client.TxnResult{}, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if parts := len(t.If) + len(t.Then) + len(t.Else); m.mostParts > 0 && parts > m.mostParts {
		return client.TxnResult{}, kverr.ErrInvalid
	}
	r, ops := client.TxnResult{Succeeded: true}, t.Then
	for _, c := range t.If {
		if m.now()[c.Key].ModRevision != c.Number {
			r.Succeeded, ops = false, t.Else
		}
	}
	next, changed := maps.Clone(m.now()), false
	for _, op := range ops {
		old, there := next[op.Key]
		one := client.OpResult{Kind: op.Kind}
		switch op.Kind {
		case client.KindPut:
			next[op.Key], changed = m.put(old, there, op), true
		case client.KindDelete:
			delete(next, op.Key)
			changed = changed || there
		default:
			if there {
				one.KV = &old
			}
		}
		r.Results = append(r.Results, one)
	}
	if changed {
		m.past = append(m.past, next)
	}
	r.Header = m.header()
	return r, nil
}

func (m *memory) put(old client.KeyValue, there bool, op client.Op) client.KeyValue {
	rev := m.revision() + 1
	kv := client.KeyValue{Key: op.Key, Value: bytes.Clone(op.Value), CreateRevision: rev, ModRevision: rev, Version: 1, Lease: op.Lease}
	if there {
		kv.CreateRevision, kv.Version = old.CreateRevision, old.Version+1
	}
	return kv
}

// set puts a key, under a lease unless that is 0; remove deletes it.
func (m *memory) set(key, value string, lease client.LeaseID) {
	op := client.OpPut(key, []byte(value))
	op.Lease = lease
	m.do(op)
}

func (m *memory) remove(key string) { m.do(client.OpDelete(key)) }

func (m *memory) do(op client.Op) {
	before := m.before
	m.before = nil
	_, _ = m.Txn(context.Background(), client.Txn{Then: []client.Op{op}})
	m.before = before
	m.txns--
}

// values are the keys with their values, as text that tests can compare.
func (m *memory) values() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]string{}
	for k, kv := range m.now() {
		all[k] = string(kv.Value)
	}
	return all
}

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// written is a backup of a store.
func written(t testing.TB, st backup.Store, keys client.Range) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := backup.Write(t.Context(), st, &b, backup.Options{Keys: keys, Time: noon}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// restored restores a backup.
func restored(t testing.TB, st backup.Store, file []byte) backup.Result {
	t.Helper()
	r, err := restore(t, st, file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func restore(t testing.TB, st backup.Store, file []byte) (backup.Result, error) {
	t.Helper()
	p, err := backup.NewPlan(t.Context(), st, bytes.NewReader(file), nil)
	if err != nil {
		return backup.Result{}, err
	}
	defer p.Close()
	return p.Apply(t.Context(), st, nil)
}
