package bench

import (
	"context"
	"errors"
	"sync/atomic"

	"kv/client"
	"kv/proto/kverr"
)

// listLimit is how many keys an operation of the kind List reads at most.
const listLimit = 100

// KV is a kv cluster as a target: some clients of it, and the revisions of the
// keys as they have seen them, for txn.
type KV struct {
	clients []*client.Client
	reads   []client.ReadOption
	seen    []atomic.Uint64 // by key number: the highest revision seen
}

// DialKV makes so many clients of a cluster; a client has a connection to each
// member that it uses. They do no I/O yet. Stale lets gets and lists read what a
// member has at hand. Errors: those of client.Dial.
func DialKV(addresses []string, connections, keys int, stale bool, opts ...client.Option) (*KV, error) {
	kv := &KV{seen: make([]atomic.Uint64, keys)}
	if stale {
		kv.reads = append(kv.reads, client.Stale())
	}
	for range connections {
		c, err := client.Dial(addresses, opts...)
		if err != nil {
			kv.Close()
			return nil, err
		}
		kv.clients = append(kv.clients, c)
	}
	return kv, nil
}

// Targets returns the connections.
func (kv *KV) Targets() []Target {
	targets := make([]Target, len(kv.clients))
	for i, c := range kv.clients {
		targets[i] = &kvTarget{kv, c}
	}
	return targets
}

// Close closes the clients.
func (kv *KV) Close() {
	for _, c := range kv.clients {
		c.Close()
	}
}

type kvTarget struct {
	*KV
	c *client.Client
}

// Do carries out one operation; the client bounds its time.
func (t *kvTarget) Do(ctx context.Context, op Op) (missed bool, err error) {
	switch op.Kind {
	case Put:
		missed, err = t.put(ctx, op)
	case Get:
		var got client.GetResult
		got, err = t.c.Get(ctx, op.Key, t.reads...)
		missed = got.KV == nil
	case Txn:
		missed, err = t.compareAndSet(ctx, op)
	case Delete:
		var deleted client.DeleteResult
		deleted, err = t.c.Delete(ctx, op.Key)
		missed = deleted.Deleted == 0
	case List:
		err = t.list(ctx, op)
	}
	if err != nil {
		return false, failureOfKV(err)
	}
	return missed, nil
}

func (t *kvTarget) put(ctx context.Context, op Op) (missed bool, err error) {
	put, err := t.c.Put(ctx, op.Key, op.Value)
	t.see(op.Number, put.Revision)
	return false, err
}

// compareAndSet puts the key if it is still at the revision that was last seen,
// and otherwise reads it, so that the next one can succeed.
func (t *kvTarget) compareAndSet(ctx context.Context, op Op) (missed bool, err error) {
	done, err := t.c.Txn(ctx, client.Txn{
		If:   []client.Compare{client.ModRevisionIs(op.Key, t.seen[op.Number].Load())},
		Then: []client.Op{client.OpPut(op.Key, op.Value)},
		Else: []client.Op{client.OpGet(op.Key)},
	})
	if err != nil {
		return false, err
	}
	if done.Succeeded {
		t.see(op.Number, done.Revision)
		return false, nil
	}
	if kv := done.Results[0].KV; kv != nil {
		t.see(op.Number, kv.ModRevision)
	} else {
		t.seen[op.Number].Store(0) // it was deleted
	}
	return true, nil
}

// see notes a revision of a key; answers may come in another order than they were
// made in.
func (t *kvTarget) see(number int, revision uint64) {
	seen := &t.seen[number]
	for old := seen.Load(); old < revision && !seen.CompareAndSwap(old, revision); old = seen.Load() {
	}
}

// list reads the keys from the operation's on.
func (t *kvTarget) list(ctx context.Context, op Op) error {
	keys := client.Range{From: op.Key, To: client.Prefix(KeyPrefix).To}
	l, err := t.c.List(ctx, "", append(t.reads[:len(t.reads):len(t.reads)], client.Within(keys), client.Limit(listLimit))...)
	if err != nil {
		return err
	}
	for _, err := range l.All() {
		if err != nil {
			return err
		}
	}
	return nil
}

// failureOfKV returns an error of the client by the dictionary's reason.
func failureOfKV(err error) *Failure {
	var e *kverr.Error
	if !errors.As(err, &e) {
		return failureOf(err)
	}
	return &Failure{Reason: e.Reason, Unknown: e.Outcome == client.Unknown, Err: err}
}
