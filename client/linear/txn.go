package linear

import (
	"context"

	"kv/client"
)

// Txn is a transaction, of which each operation that names it is a part. It does not change.
type Txn struct {
	// Parts is how many there are.
	Parts int
}

// Part is what a transaction has to do with a key.
type Part struct {
	Key string
	// Compare: it depends on the key being at the revision Expect, 0 meaning absent.
	Compare bool
	Expect  uint64
	// Put: it puts the key. It reads those that it does not put.
	Put bool
}

// op is the part as an operation of a history.
func (p Part) op(value []byte, of *Txn) Op {
	o := Op{Kind: Get, Key: p.Key, Compared: p.Compare, Expect: p.Expect, Txn: of}
	if p.Put {
		o.Kind, o.Value = Put, Shorten(value)
		if p.Compare {
			o.Kind = CAS
		}
	}
	return o
}

// TxnAnswer is the answer to a transaction.
type TxnAnswer struct {
	// Succeeded: all conditions held, and it was carried out.
	Succeeded bool
	Revision  uint64 // that it made
	Member    string // who answered
	// Saw is what it read: the keys that it does not put or, if it did not succeed, all.
	Saw map[string]Answered
}

// Txn puts a value at some of the keys if all conditions hold, at one revision, and reads the
// others; else it reads all of them. The error is the store's, or ErrFull: then nothing was
// sent.
func (c Client) Txn(ctx context.Context, value string, parts []Part) (TxnAnswer, error) {
	of := &Txn{Parts: len(parts)}
	ops := make([]Op, len(parts))
	for i, p := range parts {
		ops[i] = p.op([]byte(value), of)
		ops[i].Client = c.ID
	}
	pending, err := c.History.begin(ops)
	if err != nil {
		return TxnAnswer{}, err
	}
	a, err := c.Conn.Txn(ctx, []byte(value), parts)
	for _, p := range pending {
		p.transacted(a, err)
	}
	return a, err
}

// transacted notes the end of a part of a transaction.
func (p *Pending) transacted(a TxnAnswer, err error) {
	saw, read := a.Saw[p.op.Key]
	switch {
	case p.op.writes() && (err != nil || a.Succeeded):
		p.Wrote(Answered{Revision: a.Revision, Member: a.Member}, err)
	case !read: // it has no answer
		p.Drop()
	default:
		p.Done(func(o *Op) {
			o.Kind, o.Declined = Get, !a.Succeeded
			o.Value, o.Absent, o.Revision, o.Member = Shorten(saw.Value), saw.Absent, saw.Revision, a.Member
		})
	}
}

// Txn implements Conn.
func (c conn) Txn(ctx context.Context, value []byte, parts []Part) (TxnAnswer, error) {
	r, err := c.c.Txn(ctx, Request(value, parts))
	return AnswerTo(parts, r), err
}

// Request is a transaction as a client of the store takes it.
func Request(value []byte, parts []Part) (t client.Txn) {
	for _, p := range parts {
		read := client.OpGet(p.Key)
		if p.Compare {
			t.If = append(t.If, client.ModRevisionIs(p.Key, p.Expect))
		}
		if t.Else = append(t.Else, read); p.Put {
			t.Then = append(t.Then, client.OpPut(p.Key, value))
		} else {
			t.Then = append(t.Then, read)
		}
	}
	return t
}

// AnswerTo is what the store's answer to the Request of parts says.
func AnswerTo(parts []Part, r client.TxnResult) TxnAnswer {
	a := TxnAnswer{Succeeded: r.Succeeded, Revision: r.Revision, Member: r.Member, Saw: map[string]Answered{}}
	for i, got := range r.Results {
		switch {
		case i >= len(parts) || got.Kind != client.KindGet:
		case got.KV == nil:
			a.Saw[parts[i].Key] = Answered{Absent: true, Revision: r.Revision}
		default:
			a.Saw[parts[i].Key] = Answered{Value: got.KV.Value, Revision: got.KV.ModRevision}
		}
	}
	return a
}
