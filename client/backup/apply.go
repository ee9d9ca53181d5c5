package backup

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"kv/client"
	"kv/proto/kverr"
)

const (
	// mostChanges is how many changes a transaction has: each is a condition and an
	// operation, of which a cluster takes 128 together unless it is told otherwise.
	mostChanges = 64
	// mostBytes bounds the keys and values of a transaction; a change that is larger is
	// alone in one.
	mostBytes = 1 << 20
	// inFlight is how many transactions are under way at a time.
	inFlight = 8
	// mostNamed is how many keys a Result names.
	mostNamed = 5
)

// Result is what a plan has come to, or how far it has come.
type Result struct {
	// Header is of the newest answer; without a change it is the plan's.
	client.Header
	// Put and Delete are the keys that are now as in the backup. A key that somebody else
	// has made so meanwhile counts, too.
	Put, Delete uint64
	// Changed is the number of keys that somebody else has changed since the plan was
	// made, and that were left as they are. Named are the first of them.
	Changed uint64
	Named   []string
	// Unknown is the number of keys of which nobody knows whether they were changed; it is
	// 0 unless there was an error.
	Unknown uint64
}

// Done is the number of keys that are as in the backup, or were left for a reason.
func (r Result) Done() uint64 { return r.Put + r.Delete + r.Changed }

// Apply carries out the plan. Each key is changed only if it still is as it was when the
// plan was made. All is done at one revision if it fits into one transaction, 64 changes
// and 1 MiB; else by several, so that others see it under way. progress is told now and
// then how far it has come; it may be nil.
//
// It ends with the first transaction that fails, when others may be under way; the result
// tells what was done by then. Another plan of the same backup goes on from there.
func (p *Plan) Apply(ctx context.Context, st Store, progress func(Result)) (Result, error) {
	a := &apply{store: st, most: mostChanges, progress: progress, result: Result{Header: p.Present}}
	var running sync.WaitGroup
	slots := make(chan struct{}, inFlight)
	send := func(batch []Difference) bool {
		slots <- struct{}{}
		if err := ctx.Err(); err != nil {
			a.fail(nil, notBegun(err))
		}
		if a.failed() {
			return false
		}
		running.Go(func() {
			defer func() { <-slots }()
			a.carryOut(ctx, batch)
		})
		return true
	}
	a.cut(p.All(), send)
	running.Wait()
	return a.result, a.err
}

// notBegun is the end of a context before anything was sent.
func notBegun(err error) error {
	e := *kverr.From(err)
	e.Outcome = client.NotDone
	return &e
}

// apply is a plan that is carried out.
type apply struct {
	store    Store
	progress func(Result)

	mu     sync.Mutex // guards what follows, and progress
	most   int        // changes in a transaction
	result Result
	err    error // see fail
}

// cut cuts differences into transactions until send returns false.
func (a *apply) cut(all func(func(Difference, error) bool), send func([]Difference) bool) {
	var batch []Difference
	size := 0
	for d, err := range all {
		if err != nil {
			a.fail(nil, err)
			return
		}
		if len(batch) > 0 && (len(batch) >= a.room() || size+d.size() > mostBytes) {
			if !send(batch) {
				return
			}
			batch, size = nil, 0
		}
		batch = append(batch, d)
		size += d.size()
	}
	if len(batch) > 0 {
		send(batch)
	}
}

// carryOut carries out a batch as one transaction. If a key in it is not any more as it was
// it becomes two, and so on, until those keys are alone. One that the cluster finds too
// large likewise.
func (a *apply) carryOut(ctx context.Context, batch []Difference) {
	r, err := a.store.Txn(ctx, txnOf(batch))
	switch {
	case errors.Is(err, client.ErrInvalid) && len(batch) > 1:
		a.shrink(len(batch) / 2)
	case err != nil:
		a.fail(batch, err)
		return
	case r.Succeeded:
		a.done(r.Header, batch)
		return
	case len(batch) == 1:
		a.changed(r, batch[0])
		return
	}
	for _, half := range [][]Difference{batch[:len(batch)/2], batch[len(batch)/2:]} {
		if a.failed() {
			return
		}
		a.carryOut(ctx, half)
	}
}

// size is what a difference adds to a transaction: its key is in the condition, too.
func (d Difference) size() int { return 2*len(d.Key) + len(d.Value) }

// txnOf is the transaction of some differences; of a single one it tells what the key is
// if it is not any more as it was.
func txnOf(batch []Difference) client.Txn {
	var t client.Txn
	for _, d := range batch {
		t.If = append(t.If, client.ModRevisionIs(d.Key, d.ModRevision))
		if d.Kind == Delete {
			t.Then = append(t.Then, client.OpDelete(d.Key))
		} else {
			t.Then = append(t.Then, client.OpPut(d.Key, d.Value))
		}
	}
	if len(batch) == 1 {
		t.Else = []client.Op{client.OpGet(batch[0].Key)}
	}
	return t
}

// room is how many changes a transaction may have.
func (a *apply) room() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.most
}

func (a *apply) shrink(most int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.most = min(a.most, max(most, 1))
}

func (a *apply) failed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err != nil
}

// fail notes an error, and what became of the batch that it is of. One with an unknown
// outcome outweighs those before it.
func (a *apply) fail(batch []Difference, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	unknown := client.OutcomeOf(err) == client.Unknown
	if a.err == nil || unknown && client.OutcomeOf(a.err) != client.Unknown {
		a.err = err
	}
	if unknown {
		a.result.Unknown += uint64(len(batch))
	}
}

func (a *apply) done(h client.Header, batch []Difference) {
	a.tell(h, func() {
		for _, d := range batch {
			a.count(d)
		}
	})
}

// changed takes note of a key that somebody else has changed, unless they made it what the
// backup has.
func (a *apply) changed(r client.TxnResult, d Difference) {
	now := r.Results[0].KV
	a.tell(r.Header, func() {
		if now == nil && d.Kind == Delete || now != nil && d.Kind == Put && now.Lease == 0 && bytes.Equal(now.Value, d.Value) {
			a.count(d)
			return
		}
		if a.result.Changed++; len(a.result.Named) < mostNamed {
			a.result.Named = append(a.result.Named, d.Key)
		}
	})
}

// count counts a key that is as in the backup. The caller holds mu.
func (a *apply) count(d Difference) {
	if d.Kind == Delete {
		a.result.Delete++
	} else {
		a.result.Put++
	}
}

func (a *apply) tell(h client.Header, note func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	note()
	if h.Revision >= a.result.Revision {
		a.result.Header = h
	}
	if a.progress != nil {
		a.progress(a.result)
	}
}
