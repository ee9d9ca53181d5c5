package repl

import (
	"context"

	"kv/client"
	"kv/client/linear"
	"kv/client/lossy"
	"kv/repl/data"
	"kv/repl/lab/prove"
)

// proving is what the commands that prove deal with, of a configuration.
func proving(cfg Config, history *linear.History) prove.Config {
	p := prove.Config{History: history, Random: cfg.Random, Dial: func(lossy.Lose) (prove.Client, error) { return sharedClient{cfg.Store}, nil }}
	if cfg.Lab != nil {
		p.Lab = cfg.Lab
	}
	if store, ok := cfg.Store.(clientStore); ok {
		p.Dial = func(lose lossy.Lose) (prove.Client, error) {
			var options []client.Option
			if lose != nil {
				options = append(options, client.WithDialOptions(lossy.Options(lose)...))
			}
			c, err := store.again(options...)
			if err != nil {
				return nil, err
			}
			return loadClient{linear.Over(c), c}, nil
		}
	}
	return p
}

// leastLog is how many entries stay behind a snapshot: who lacks more is sent that.
const leastLog = 1

// loadClient is a client of its own for a load.
type loadClient struct {
	linear.Conn
	c *client.Client
}

// Members implements prove.Client.
func (c loadClient) Members(ctx context.Context) ([]string, error) {
	return memberNames(c.c.Members(ctx))
}

// Transfer implements prove.Client.
func (c loadClient) Transfer(ctx context.Context, name string) error {
	_, err := c.c.TransferLeadership(ctx, name)
	return err
}

// Remove implements prove.Client.
func (c loadClient) Remove(ctx context.Context, name string) error {
	_, err := c.c.RemoveMember(ctx, name)
	return err
}

// Snapshot implements prove.Client.
func (c loadClient) Snapshot(ctx context.Context, name string) error {
	_, err := c.c.Snapshot(ctx, name, leastLog)
	return err
}

// Roll implements prove.Client.
func (c loadClient) Roll(ctx context.Context) (members, voters []string, err error) {
	return roll(c.c.Members(ctx))
}

// Close implements prove.Client.
func (c loadClient) Close() error { return c.c.Close() }

// roll is what a leader has of the members.
func roll(m client.Membership, err error) (members, voters []string, _ error) {
	if err == nil && !m.FromLeader {
		err = client.ErrNoLeader
	}
	return m.Names(), m.Voters(), err
}

func memberNames(m client.Membership, err error) ([]string, error) {
	return m.Names(), err
}

// sharedClient is the session's store in place of a client for a load.
type sharedClient struct{ store Store }

// Put implements prove.Client.
func (c sharedClient) Put(ctx context.Context, key string, value []byte, ifRevision *uint64) (linear.Answered, error) {
	r, err := c.store.Put(ctx, key, value, data.Write{IfRevision: ifRevision})
	return linear.Answered{Revision: r.Revision, Member: r.Member}, err
}

// Get implements prove.Client.
func (c sharedClient) Get(ctx context.Context, key string, r linear.Read) (linear.Answered, error) {
	got, err := c.store.Get(ctx, key, data.Read{Stale: r.Stale, At: r.At})
	return answerOf(got), err
}

func answerOf(got client.GetResult) linear.Answered {
	if got.KV == nil {
		return linear.Answered{Absent: true, Revision: got.Revision, Member: got.Member}
	}
	return linear.Answered{Value: got.KV.Value, Revision: got.KV.ModRevision, Member: got.Member}
}

// Delete implements prove.Client.
func (c sharedClient) Delete(ctx context.Context, key string) (linear.Answered, error) {
	r, err := c.store.Delete(ctx, key, data.Write{})
	return linear.Answered{Absent: r.Deleted == 0, Revision: r.Revision, Member: r.Member}, err
}

// Txn implements prove.Client.
func (c sharedClient) Txn(ctx context.Context, value []byte, parts []linear.Part) (linear.TxnAnswer, error) {
	r, err := c.store.Txn(ctx, linear.Request(value, parts))
	return linear.AnswerTo(parts, r), err
}

// Members implements prove.Client.
func (c sharedClient) Members(ctx context.Context) ([]string, error) {
	return memberNames(c.store.Members(ctx))
}

// Transfer implements prove.Client.
func (c sharedClient) Transfer(ctx context.Context, name string) error {
	_, err := c.store.TransferLeadership(ctx, name)
	return err
}

// Remove implements prove.Client.
func (c sharedClient) Remove(ctx context.Context, name string) error {
	_, err := c.store.RemoveMember(ctx, name)
	return err
}

// Snapshot implements prove.Client.
func (c sharedClient) Snapshot(ctx context.Context, name string) error {
	_, err := c.store.Snapshot(ctx, name, leastLog)
	return err
}

// Roll implements prove.Client.
func (c sharedClient) Roll(ctx context.Context) (members, voters []string, err error) {
	return roll(c.store.Members(ctx))
}

// Close implements prove.Client: the store is the session's.
func (sharedClient) Close() error { return nil }

// recorded is a store that notes in a history what the session's own commands put, get
// and delete. What changes keys in other ways, such as a transaction or the end of a
// lease, takes the owner of the keys away (see linear.History.Disturb).
type recorded struct {
	Store
	history *linear.History
}

// Connect implements Store. Of another cluster's revisions the history knows nothing.
func (r recorded) Connect(ctx context.Context, target string) (client.Health, error) {
	h, err := r.Store.Connect(ctx, target)
	if err == nil {
		r.history.Forget()
	}
	return h, err
}

// Put implements Store.
func (r recorded) Put(ctx context.Context, key string, value []byte, w data.Write) (client.PutResult, error) {
	op := linear.Op{Kind: linear.Put, Key: key, Value: linear.Shorten(value)}
	if w.IfRevision != nil {
		op.Kind, op.Expect = linear.CAS, *w.IfRevision
	}
	if w.Lease != 0 || w.TTL != 0 {
		r.history.Disturb(func(k string) bool { return k == key })
	}
	p, full := r.history.Begin(op)
	res, err := r.Store.Put(ctx, key, value, w)
	if full == nil {
		p.Wrote(linear.Answered{Revision: res.Revision, Member: res.Member}, err)
	}
	return res, err
}

// Get implements Store. A read of the past says nothing about now, nor does a look at what a
// member has.
func (r recorded) Get(ctx context.Context, key string, read data.Read) (client.GetResult, error) {
	if read.Revision != 0 || read.Look {
		return r.Store.Get(ctx, key, read)
	}
	p, full := r.history.Begin(linear.Op{Kind: linear.Get, Key: key, Stale: read.Stale})
	res, err := r.Store.Get(ctx, key, read)
	if full == nil {
		p.Read(answerOf(res), err)
	}
	return res, err
}

// Delete implements Store.
func (r recorded) Delete(ctx context.Context, key string, w data.Write) (client.DeleteResult, error) {
	if w.IfRevision != nil {
		r.history.Disturb(func(k string) bool { return k == key })
		return r.Store.Delete(ctx, key, w)
	}
	p, full := r.history.Begin(linear.Op{Kind: linear.Delete, Key: key})
	res, err := r.Store.Delete(ctx, key, w)
	if full == nil {
		p.Wrote(linear.Answered{Absent: res.Deleted == 0, Revision: res.Revision, Member: res.Member}, err)
	}
	return res, err
}

// DeleteRange implements Store.
func (r recorded) DeleteRange(ctx context.Context, keys client.Range) (client.DeleteResult, error) {
	r.history.Disturb(keys.Contains)
	return r.Store.DeleteRange(ctx, keys)
}

// Revert implements Store.
func (r recorded) Revert(ctx context.Context, key string, revision uint64) (client.RevertResult, error) {
	r.history.Disturb(func(k string) bool { return k == key })
	return r.Store.Revert(ctx, key, revision)
}

// Txn implements Store.
func (r recorded) Txn(ctx context.Context, t client.Txn) (client.TxnResult, error) {
	for _, op := range append(t.Then[:len(t.Then):len(t.Then)], t.Else...) {
		r.history.Disturb(func(k string) bool { return op.Key == k || op.Range != nil && op.Range.Contains(k) })
	}
	return r.Store.Txn(ctx, t)
}
