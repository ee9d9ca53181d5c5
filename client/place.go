package client

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"kv/proto/kverr"
)

// ErrLocked: another holds the lock.
var ErrLocked = errors.New("another holds the lock")

// leaveTimeout bounds one attempt to take a contender's key out of the queue.
const leaveTimeout = 2 * time.Second

// place is a session's place in the fair queue of a name. Each contender has a key,
// the name, a slash and its lease in decimal, which lives by that lease; the one
// that was created first is ahead of all. Within a session one place at a time has
// the name. It is safe for concurrent use.
type place struct {
	s         *Session
	name, key string
	// notHeld is returned by what only the first in the queue may do.
	notHeld error

	mu    sync.Mutex // guards what follows
	token uint64     // creation revision of the key, while first in the queue; else 0
	free  func()     // gives the name back to the session
}

func newPlace(s *Session, name string, notHeld error) *place {
	return &place{s: s, name: name, key: name + "/" + strconv.FormatUint(uint64(s.id), 10), notHeld: notHeld}
}

// enter queues up with a value and returns when all ahead are gone, or with
// ErrLocked if it must not wait for that.
func (p *place) enter(ctx context.Context, value []byte, wait bool) error {
	free, err := p.s.take(ctx, p.name, wait)
	if err != nil {
		return err
	}
	bound, cancel := p.s.bind(ctx)
	defer cancel()
	token, err := p.queue(bound, value, wait)
	if err = p.s.reason(err); err != nil {
		p.s.leave(ctx, p.key, free)
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.token, p.free = token, free
	return nil
}

// queue does it, once the session's name is free. It returns the token.
func (p *place) queue(ctx context.Context, value []byte, wait bool) (uint64, error) {
	var token uint64
	for {
		if token == 0 {
			var err error
			if token, err = p.put(ctx, value); err != nil {
				return 0, err
			}
		}
		ahead, revision, err := p.look(ctx, token)
		switch {
		case errors.Is(err, errGone):
			token = 0 // somebody has deleted the key: queue up again
			continue
		case err != nil:
			return 0, err
		case ahead == "":
			return token, nil
		case !wait:
			return 0, ErrLocked
		}
		if err := p.awaitDeletion(ctx, ahead, revision+1); err != nil {
			return 0, err
		}
	}
}

// put creates the key, and returns its creation revision. One that is there already
// is deleted first: it is that of an earlier run of the program on the same lease,
// which may be paused only, and must not have the token that this one gets.
func (p *place) put(ctx context.Context, value []byte) (uint64, error) {
	create := Txn{
		If:   []Compare{Absent(p.key)},
		Then: []Op{OpPut(p.key, value, WithLease(p.s.id)), OpGet(p.key)},
		Else: []Op{OpDelete(p.key)},
	}
	for {
		r, err := p.s.client.Txn(ctx, create)
		switch {
		case err != nil:
			return 0, err
		case !r.Succeeded:
			continue
		case len(r.Results) != 2 || r.Results[1].KV == nil:
			return 0, ErrInternal.Withf("the transaction on %q has the wrong results", p.key)
		}
		return r.Results[1].KV.CreateRevision, nil
	}
}

// errGone: the contender's own key is not in the queue.
var errGone = errors.New("the key is not in the queue")

// look returns the key right ahead of the one with token, "" if there is none, and
// the revision at which that was so.
func (p *place) look(ctx context.Context, token uint64) (ahead string, revision uint64, err error) {
	queue, revision, err := contenders(ctx, p.s.client, p.name, KeysOnly())
	if err != nil {
		return "", 0, err
	}
	for _, kv := range queue {
		if kv.Key == p.key && kv.CreateRevision == token {
			return ahead, revision, nil
		}
		ahead = kv.Key
	}
	return "", 0, errGone
}

// awaitDeletion waits until key is deleted at a revision or later. It also returns
// nil when that can no longer be told.
func (p *place) awaitDeletion(ctx context.Context, key string, revision uint64) error {
	w, err := p.s.client.WatchKey(ctx, key, FromRevision(revision), WithoutPuts(), WatchKeysOnly())
	if err == nil {
		for changes, failed := range w.All() {
			if err = failed; err != nil || len(changes.Changes) > 0 {
				break
			}
		}
	}
	switch e := kverr.From(err); {
	case errors.Is(err, ErrCompacted):
		return nil
	case e != nil && cutShort(e): // the caller knows of no watch
		return e.Withf("%q is ahead in the queue", key).WithCause(ctx.Err())
	}
	return err
}

// held is the condition that the place is the first in its queue. Before it was, it
// is one that never holds.
func (p *place) held() Compare {
	if token := p.getToken(); token != 0 {
		return CreateRevisionIs(p.key, token)
	}
	return Compare{Key: p.key, Field: FieldVersion, Relation: Less, Number: 0}
}

func (p *place) getToken() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.token
}

// exit leaves the queue from its first place. If it fails otherwise than with
// notHeld or the session's end, the place is still held.
func (p *place) exit(ctx context.Context) error {
	token := p.getToken()
	if token == 0 {
		return p.notHeld
	}
	bound, cancel := p.s.bind(ctx)
	defer cancel()
	r, err := p.s.client.Txn(bound, Txn{If: []Compare{CreateRevisionIs(p.key, token)}, Then: []Op{OpDelete(p.key)}})
	if over := p.s.Err(); over != nil {
		p.forget(token)
		return over
	}
	if err != nil {
		return err
	}
	p.forget(token)
	if !r.Succeeded {
		return p.notHeld
	}
	return nil
}

// forget ends the tenure of token.
func (p *place) forget(token uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.token == token && token != 0 {
		p.free()
		p.token, p.free = 0, nil
	}
}

// contenders returns the queue of a name, the first ahead, and the revision at
// which it was so.
func contenders(ctx context.Context, c *Client, name string, opts ...ReadOption) ([]KeyValue, uint64, error) {
	l, err := c.List(ctx, name+"/", append(opts, Sorted(SortByCreateRevision))...)
	if err != nil {
		return nil, 0, err
	}
	var queue []KeyValue
	for kv, err := range l.All() {
		if err != nil {
			return nil, 0, err
		}
		if isContender(name, kv.Key) {
			queue = append(queue, kv)
		}
	}
	return queue, l.Revision, nil
}

// isContender tells the keys of a name's queue from those of names below it.
func isContender(name, key string) bool {
	id, ok := strings.CutPrefix(key, name+"/")
	n, err := strconv.ParseUint(id, 10, 64)
	return ok && err == nil && id == strconv.FormatUint(n, 10)
}

// slot is a name within a session.
type slot struct {
	had   chan struct{} // holds one element while a place has the name
	users int           // places that have it or wait for it; guarded by Session.mu
}

// enlist returns the slot of a name, which the caller drops.
func (s *Session) enlist(name string) *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names[name] == nil {
		s.names[name] = &slot{had: make(chan struct{}, 1)}
	}
	s.names[name].users++
	return s.names[name]
}

func (s *Session) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names[name].users--; s.names[name].users == 0 {
		delete(s.names, name)
	}
}

// take waits until no other place of the session has the name, or fails with
// ErrLocked if it must not wait. The caller gives it back with free.
func (s *Session) take(ctx context.Context, name string, wait bool) (free func(), err error) {
	slot := s.enlist(name)
	defer func() {
		if err != nil {
			s.drop(name)
		}
	}()
	free = func() { <-slot.had; s.drop(name) }
	if err := s.Err(); err != nil {
		return nil, err
	}
	select {
	case slot.had <- struct{}{}:
		return free, nil
	default:
	}
	if !wait {
		return nil, ErrLocked
	}
	select {
	case slot.had <- struct{}{}:
		return free, nil
	case <-s.alive.Done():
		return nil, s.Err()
	case <-ctx.Done():
		return nil, notDone(kverr.From(ctx.Err()).Withf("another of this session has %q", name)).WithCause(ctx.Err())
	}
}

// leave takes a key out of its queue and then gives its name back. What does not
// work at once goes on in the background: a key that stays holds up all behind it.
func (s *Session) leave(ctx context.Context, key string, free func()) {
	ctx, cancel := context.WithTimeout(ctx, leaveTimeout)
	defer cancel()
	if s.Err() == nil {
		if _, err := s.client.Delete(ctx, key); err == nil {
			free()
			return
		}
	}
	remove := func() {
		defer free()
		waits := watchWaits()
		for {
			ctx, cancel := context.WithTimeout(s.alive, leaveTimeout)
			_, err := s.client.Delete(ctx, key)
			cancel()
			if err == nil || errors.Is(err, ErrClosed) || !s.sleep(waits.NextBackOff()) {
				return
			}
		}
	}
	if !s.start(remove) {
		free() // the key ends with the lease
	}
}
