package client

import (
	"context"
	"errors"
	"iter"
)

// ErrNotElected: the Election does not lead, or nobody does.
var ErrNotElected = errors.New("not elected")

// Election finds one leader among sessions, which leads until it resigns or its
// session is over; the next is the one that has campaigned longest. It is safe for
// concurrent use. What Mutex says about holders goes for leaders.
type Election struct{ place *place }

// NewElection returns an election by its name, without campaigning. The candidates'
// keys are the name, a slash, and a lease.
func NewElection(s *Session, name string) *Election {
	return &Election{newPlace(s, name, ErrNotElected)}
}

// Campaign waits until this one leads; value is what it tells as a candidate and
// then as the leader, such as its address. Errors: those of Mutex.Lock, and of Put
// about the value.
func (e *Election) Campaign(ctx context.Context, value []byte) error {
	return e.place.enter(ctx, value, true)
}

// Proclaim changes the value of a leader. Errors: ErrNotElected, the session's when
// that is over, and those of Txn.
func (e *Election) Proclaim(ctx context.Context, value []byte) error {
	s := e.place.s
	bound, cancel := s.bind(ctx)
	defer cancel()
	r, err := s.client.Txn(bound, Txn{If: []Compare{e.Held()}, Then: []Op{OpPut(e.place.key, value, WithLease(s.id))}})
	if err := s.reason(err); err != nil {
		return err
	}
	if !r.Succeeded {
		return ErrNotElected
	}
	return nil
}

// Resign gives the office to the next. Errors: those of Mutex.Unlock, with
// ErrNotElected in place of ErrNotLocked.
func (e *Election) Resign(ctx context.Context) error { return e.place.exit(ctx) }

// Leader returns the key of the one that leads, be it of this session or another:
// its Value, and as CreateRevision its token. Errors: ErrNotElected if nobody leads,
// and those of List.
func (e *Election) Leader(ctx context.Context) (KeyValue, error) {
	queue, _, err := contenders(ctx, e.place.s.client, e.place.name)
	if err != nil {
		return KeyValue{}, err
	}
	if len(queue) == 0 {
		return KeyValue{}, ErrNotElected
	}
	return queue[0], nil
}

// Token returns the fencing token while this one leads, else 0: see Mutex.Token.
func (e *Election) Token() uint64 { return e.place.getToken() }

// Held is the condition that this one leads, for a Txn: see Mutex.Held.
func (e *Election) Held() Compare { return e.place.held() }

// Observe yields the leader's key, and again whenever another leads or the leader
// proclaims another value; a zero KeyValue when nobody leads any more. None is left
// out, as long as the history of the keys is kept. It goes on until ctx ends, which
// it says with an error at last, whatever becomes of the session; the client's
// timeout bounds the first answer only. Errors: those of List and Watch.
func (e *Election) Observe(ctx context.Context) iter.Seq2[KeyValue, error] {
	return func(yield func(KeyValue, error) bool) {
		o := observer{name: e.place.name, yield: yield}
		for {
			err := o.observe(ctx, e.place.s.client)
			switch {
			case errors.Is(err, errLeft):
				return
			case errors.Is(err, ErrCompacted): // begin again with what is there now
				continue
			}
			yield(KeyValue{}, err)
			return
		}
	}
}

// errLeft: the receiver has left the loop.
var errLeft = errors.New("the receiver has left")

// observer follows the candidates of an election.
type observer struct {
	name  string
	yield func(KeyValue, error) bool
	queue map[string]KeyValue
	shown KeyValue
}

// observe reads the candidates and follows them until that fails.
func (o *observer) observe(ctx context.Context, c *Client) error {
	queue, revision, err := contenders(ctx, c, o.name)
	if err != nil {
		return err
	}
	o.queue = make(map[string]KeyValue, len(queue))
	for _, kv := range queue {
		o.queue[kv.Key] = kv
	}
	if !o.show() {
		return errLeft
	}
	w, err := c.Watch(ctx, Prefix(o.name+"/"), FromRevision(revision+1))
	if err != nil {
		return err
	}
	for changes, err := range w.All() {
		if err != nil {
			return err
		}
		if !o.follow(changes.Changes) {
			return errLeft
		}
	}
	return errClosed()
}

// follow takes changes and shows what comes of each revision. It returns false if
// the receiver has left.
func (o *observer) follow(changes []Change) bool {
	for i, c := range changes {
		switch {
		case !isContender(o.name, c.KV.Key):
		case c.Deleted:
			delete(o.queue, c.KV.Key)
		default:
			o.queue[c.KV.Key] = c.KV
		}
		whole := i == len(changes)-1 || changes[i+1].KV.ModRevision != c.KV.ModRevision
		if whole && !o.show() {
			return false
		}
	}
	return true
}

// show yields the leader if it is news. It returns false if the receiver has left.
func (o *observer) show() bool {
	var leader KeyValue
	for _, kv := range o.queue {
		if leader.Key == "" || kv.CreateRevision < leader.CreateRevision {
			leader = kv
		}
	}
	if leader.Key == o.shown.Key && leader.ModRevision == o.shown.ModRevision {
		return true
	}
	o.shown = leader
	return o.yield(leader, nil)
}
