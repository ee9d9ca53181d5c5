package backup

import (
	"context"
	"io"
	"iter"

	"kv/client"
)

// Plan is what has to be changed so that a cluster has the keys of a backup. It is for one
// goroutine, and is to be closed.
type Plan struct {
	// Backup is the one that was read.
	Backup Summary
	// Present is from the answer of the cluster: all that is planned rests on what the
	// keys were at its revision.
	Present client.Header
	// Put, Delete, Same and Leased count the keys of each kind.
	Put, Delete, Same, Leased uint64

	spool *spool
	size  int // bytes of what is in it, as a transaction counts them
}

// NewPlan reads a backup to its end, compares it with the keys that the cluster has in the
// range of the backup, and keeps the differences in a temporary file. It changes nothing.
// progress is told now and then how many keys were compared; it may be nil. Errors: those
// of a Reader, of a List, and of the temporary file.
func NewPlan(ctx context.Context, st Store, r io.Reader, progress func(keys uint64)) (_ *Plan, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rd, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	present, found, err := scan(ctx, st, rd.Head().Keys, Read{})
	if err != nil {
		return nil, err
	}
	p := &Plan{Present: present}
	if p.spool, err = newSpool(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = p.Close() // the first error says why
		}
	}()
	for d, err := range Compare(rd.All(), found) {
		if err == nil {
			err = p.add(d)
		}
		if err != nil {
			return nil, err
		}
		if n := p.Put + p.Delete + p.Same + p.Leased; progress != nil && n%progressEvery == 0 {
			progress(n)
		}
	}
	p.Backup = rd.Summary()
	return p, nil
}

func (p *Plan) add(d Difference) error {
	switch d.Kind {
	case Put:
		p.Put++
	case Delete:
		p.Delete++
	case Leased:
		p.Leased++
		return nil
	default:
		p.Same++
		return nil
	}
	p.size += d.size()
	return p.spool.add(d)
}

// Changes is the number of keys to change.
func (p *Plan) Changes() uint64 { return p.Put + p.Delete }

// Atomic reports whether one transaction is enough, so that nobody sees half of it.
func (p *Plan) Atomic() bool {
	return p.Changes() <= 1 || p.Changes() <= mostChanges && p.size <= mostBytes
}

// All yields the keys to change, in order.
func (p *Plan) All() iter.Seq2[Difference, error] { return p.spool.all() }

// Close drops the plan.
func (p *Plan) Close() error { return p.spool.close() }
