package linear

import (
	"context"
	"errors"

	"kv/client"
	"kv/proto/kverr"
)

// Conn is a client of the store, as far as a history knows of one.
type Conn interface {
	// Put writes a key; on condition that it is at a revision, if ifRevision is not nil.
	// It returns the revision that it made. A condition that does not hold gives
	// client.ErrConflict with the revision of the key.
	Put(ctx context.Context, key string, value []byte, ifRevision *uint64) (Answered, error)
	// Get reads a key.
	Get(ctx context.Context, key string, r Read) (Answered, error)
	// Delete deletes a key.
	Delete(ctx context.Context, key string) (Answered, error)
	// Txn puts a value at some keys, and reads others; see Client.Txn.
	Txn(ctx context.Context, value []byte, parts []Part) (TxnAnswer, error)
}

// Read says how to read.
type Read struct {
	Stale bool
	At    string // the member to ask; "" for any
}

// Answered is the answer to an operation.
type Answered struct {
	Value    []byte // of a Get
	Absent   bool   // there was nothing to be read or deleted
	Revision uint64 // see Op.Revision
	Member   string // who answered
}

// Over returns the Conn of a client, which stays the caller's to close.
func Over(c *client.Client) Conn { return conn{c} }

type conn struct{ c *client.Client }

// Put implements Conn.
func (c conn) Put(ctx context.Context, key string, value []byte, ifRevision *uint64) (Answered, error) {
	var options []client.WriteOption
	if ifRevision != nil {
		options = append(options, client.IfRevision(*ifRevision))
	}
	r, err := c.c.Put(ctx, key, value, options...)
	return Answered{Revision: r.Revision, Member: r.Member}, err
}

// Get implements Conn.
func (c conn) Get(ctx context.Context, key string, r Read) (Answered, error) {
	var options []client.ReadOption
	if r.Stale {
		options = append(options, client.Stale())
	}
	if r.At != "" {
		options = append(options, client.At(r.At))
	}
	got, err := c.c.Get(ctx, key, options...)
	if err != nil || got.KV == nil {
		return Answered{Absent: true, Revision: got.Revision, Member: got.Member}, err
	}
	return Answered{Value: got.KV.Value, Revision: got.KV.ModRevision, Member: got.Member}, nil
}

// Delete implements Conn.
func (c conn) Delete(ctx context.Context, key string) (Answered, error) {
	r, err := c.c.Delete(ctx, key)
	return Answered{Absent: r.Deleted == 0, Revision: r.Revision, Member: r.Member}, err
}

// Client is a Conn whose operations are noted in a history. One goroutine uses it.
type Client struct {
	History *History
	Conn    Conn
	// ID is its number in the history.
	ID int
}

// Put puts a value. The error is the store's, or ErrFull: then nothing was sent.
func (c Client) Put(ctx context.Context, key, value string) (Answered, error) {
	return c.write(Op{Kind: Put, Key: key, Value: Shorten([]byte(value))}, func() (Answered, error) {
		return c.Conn.Put(ctx, key, []byte(value), nil)
	})
}

// CAS puts a value on condition that the key is at a revision, 0 meaning absent.
func (c Client) CAS(ctx context.Context, key, value string, expect uint64) (Answered, error) {
	return c.write(Op{Kind: CAS, Key: key, Value: Shorten([]byte(value)), Expect: expect}, func() (Answered, error) {
		return c.Conn.Put(ctx, key, []byte(value), &expect)
	})
}

// Delete deletes a key.
func (c Client) Delete(ctx context.Context, key string) (Answered, error) {
	return c.write(Op{Kind: Delete, Key: key}, func() (Answered, error) { return c.Conn.Delete(ctx, key) })
}

// Get reads a key.
func (c Client) Get(ctx context.Context, key string, r Read) (Answered, error) {
	p, err := c.History.Begin(Op{Client: c.ID, Kind: Get, Key: key, Stale: r.Stale})
	if err != nil {
		return Answered{}, err
	}
	a, err := c.Conn.Get(ctx, key, r)
	p.Read(a, err)
	return a, err
}

// Read notes the end of a read. One that failed says nothing.
func (p *Pending) Read(a Answered, err error) {
	if err != nil {
		p.Drop()
		return
	}
	p.Done(func(o *Op) {
		o.Value, o.Absent, o.Revision, o.Member = Shorten(a.Value), a.Absent, a.Revision, a.Member
	})
}

func (c Client) write(o Op, do func() (Answered, error)) (Answered, error) {
	o.Client = c.ID
	p, err := c.History.Begin(o)
	if err != nil {
		return Answered{}, err
	}
	a, err := do()
	p.Wrote(a, err)
	return a, err
}

// Wrote notes the end of a write, as the store has told it.
func (p *Pending) Wrote(a Answered, err error) {
	var told *kverr.Error
	switch {
	case err == nil:
		p.Done(func(o *Op) { o.Absent, o.Revision, o.Member = a.Absent, a.Revision, a.Member })
	case client.OutcomeOf(err) != client.NotDone:
		p.Unknown()
	case p.op.Kind == CAS && errors.Is(err, client.ErrConflict) && errors.As(err, &told):
		p.Done(func(o *Op) { o.Refused, o.Revision = true, told.Revision })
	default:
		p.Drop()
	}
}
