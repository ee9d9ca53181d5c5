package client

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// clusterKey is the metadata that names the cluster a request is for. A member of
// another one refuses it: an address may change hands.
const clusterKey = "kv-cluster"

// call is one request, which may take several attempts.
type call struct {
	kind kind
	// ticket numbers a stamped write.
	ticket *ticket
	// at is the only address to ask; "" leaves the choice to the client.
	at string
	// local: a member may answer from what it has itself, which does not show that
	// the cluster serves anybody.
	local bool
	// quiet: do not learn the members after it.
	quiet bool
	// avoid is an address to ask last.
	avoid string
	// patient: that the address at cannot be reached is no reason to give up.
	patient bool
	// attempt, when not 0, bounds each attempt; then nothing but the context bounds
	// the call.
	attempt time.Duration
	// timeout applies if the context has no deadline; 0 means the client's.
	timeout time.Duration
	// do makes one attempt. It returns gRPC's error, or one of kverr.
	do func(ctx context.Context, cc *conn) (*kvv1.Header, error)
	// op, if not nil, is what the call is of: it goes on the connection's line and has
	// no do.
	op *op
}

// run makes attempts until one succeeds, one fails for good, or ctx ends.
func (c *Client) run(ctx context.Context, k call) error {
	if k.attempt == 0 {
		ctx = within(ctx, max(k.timeout, c.cfg.timeout))
	}
	return c.travelled(ctx, &k)
}

// travelled is run for a ctx that has a deadline if it is to have one.
func (c *Client) travelled(ctx context.Context, k *call) error {
	trip := newTrip(c.targets(k), k.at != "")
	trip.patient = k.patient
	e := c.travel(ctx, k, trip)
	if e == nil {
		return nil // and no *kverr.Error in an error
	}
	if trip.unknown {
		return doubtful(e)
	}
	return e
}

// travel returns the error of the last attempt, or what the attempts say together
// if it gave up between two.
func (c *Client) travel(ctx context.Context, k *call, trip *trip) *kverr.Error {
	left := c.allowance(k)
	var waits *backoff.ExponentialBackOff
	next := func() time.Duration {
		if waits == nil {
			waits = newWaits()
		}
		return waits.NextBackOff()
	}
	for {
		address, ok := trip.next()
		if !ok {
			if e := trip.hopeless(); e != nil {
				return e
			}
			if k.attempt == 0 && trip.lostFor(c.cfg.patience) {
				return trip.sum()
			}
			if err := c.await(ctx, next()); err != nil {
				return gaveUp(trip, err)
			}
			trip.restart(c.targets(k))
			continue
		}
		left--
		e := c.try(ctx, address, k, left != 0 && trip.others())
		if e == nil {
			return nil
		}
		if err := ctx.Err(); err != nil && (e.Outcome != NotDone || cutShort(e)) {
			return endedDuring(trip, e, err)
		}
		v := decide(k.kind, e)
		c.cfg.logger.Debug("attempt", "address", address, "error", e)
		trip.note(address, e, v)
		if v == reopen && !trip.unknown {
			c.writes.renew(k.ticket, e.AppliedIndex)
		}
		switch {
		case v == final, v == reopen && trip.unknown:
			return e
		case left == 0:
			return trip.lastWord(address, e)
		}
		switch v {
		case follow:
			trip.follow(e)
		case pause, reopen:
			if err := c.rest(ctx, max(e.RetryAfter, next()), nil); err != nil {
				return gaveUp(trip, err)
			}
			trip.restart(c.targets(k))
		case elsewhere, misplaced: // the next address
		}
	}
}

// allowance returns how many attempts a call may make; one below zero never comes
// to its end. A watch looks for a member for as long as it lives.
func (c *Client) allowance(k *call) int {
	if c.cfg.maxAttempts <= 0 || k.attempt > 0 {
		return -1
	}
	return c.cfg.maxAttempts
}

// write makes a call of a write, whose attempts all carry one stamp.
func (c *Client) write(ctx context.Context, do func(ctx context.Context, cc *conn, s *kvv1.Stamp) (*kvv1.Header, error)) error {
	s, t := within(ctx, c.cfg.timeout), new(ticket)
	if err := c.writes.begin(s, c.base.Done(), &c.table.applied, t); err != nil {
		return err
	}
	defer c.writes.end(t)
	return c.run(s, call{kind: stamped, ticket: t, do: func(ctx context.Context, cc *conn) (*kvv1.Header, error) {
		return do(ctx, cc, t.stamp())
	}})
}

func (c *Client) targets(k *call) []string {
	if k.at != "" {
		return []string{k.at}
	}
	order := c.table.order()
	if i := slices.Index(order, k.avoid); i >= 0 {
		order = append(slices.Delete(slices.Clone(order), i, i+1), k.avoid)
	}
	return order
}

// try makes an attempt as part of a call. One that may be repeated and has
// somewhere else to go spends at most half of the time that is left on one member:
// a member that is frozen neither answers nor breaks the connection.
func (c *Client) try(ctx context.Context, address string, k *call, others bool) *kverr.Error {
	end, ok := ctx.Deadline()
	switch {
	case k.attempt > 0:
		end = time.Now().Add(k.attempt)
	case ok && k.kind != once && others:
		now := k.now()
		end = now.Add(end.Sub(now) / 2)
	}
	return c.attempt(ctx, address, k, end)
}

// now is the time; that of the first attempt is known.
func (k *call) now() time.Time {
	if k.op == nil || k.op.whole.began.IsZero() {
		return time.Now()
	}
	return k.op.whole.began
}

// attempt asks the member at address once, until end if that is not zero, and
// learns from what it says.
func (c *Client) attempt(ctx context.Context, address string, k *call, end time.Time) *kverr.Error {
	cc, e := c.pool.acquire(address)
	if e != nil {
		return e
	}
	defer c.pool.release(cc)
	if k.at != "" {
		cc.awaken(ctx)
	}
	header, sent, err := c.send(ctx, cc, k, end)
	if err == nil && (k.op == nil || header != nil) { // else the line has told it
		err = c.heard(address, header, k.quiet)
	}
	if err == nil {
		if !k.local {
			c.lobby.answered()
		}
		return nil
	}
	if c.base.Err() != nil && !sent {
		return errClosed()
	}
	e = judge(err, k.kind == read, sent, cc.look.last())
	if e.Leader != nil {
		c.table.hear(*e.Leader)
	}
	if v := decide(k.kind, e); e.Outcome != NotDone || v != final && v != pause {
		c.table.doubt(address)
	}
	return e
}

// heard learns from the header of an answer, and, unless it is to be quiet, the
// members under a new leader. Errors: that the member is of another cluster.
func (c *Client) heard(address string, h *kvv1.Header, quiet bool) error {
	fresh, err := c.table.answered(address, h)
	if err == nil && fresh && !quiet {
		c.learn(address, h)
	}
	return err
}

// send sends the request once, and tells whether it may have left the process.
func (c *Client) send(ctx context.Context, cc *conn, k *call, end time.Time) (h *kvv1.Header, sent bool, err error) {
	if k.op != nil {
		s := &k.op.part
		*s = span{Context: ctx, end: end, began: k.op.whole.began}
		k.op.whole.began = time.Time{}
		h, err = cc.carryOut(s, k.op)
		return h, s.sent, err
	}
	ctx, cancel := timed(ctx, end)
	defer cancel()
	ctx, mark := kverr.WithSentMark(forCluster(ctx, c.table.cluster()))
	h, err = k.do(ctx, cc)
	return h, mark.Sent(), err
}

// leastAttempt is what an attempt needs after a wait. With less it would only turn
// what is surely not done into what nobody knows.
const leastAttempt = 5 * time.Millisecond

// rest waits for d, or until soon is closed. It returns an error when ctx or the
// client ends, and at once if ctx would end before d has passed, or right after it.
func (c *Client) rest(ctx context.Context, d time.Duration, soon <-chan struct{}) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d+leastAttempt {
		return context.DeadlineExceeded
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-soon:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.base.Done():
		return ErrClosed
	}
}

// newWaits are the waits between rounds: from 10 ms to 250 ms, with jitter, since
// all clients of a lost leader come back at once.
func newWaits() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     10 * time.Millisecond,
		RandomizationFactor: 0.5,
		Multiplier:          1.7,
		MaxInterval:         250 * time.Millisecond,
	}
}

// gaveUp is the error of a call that ended between attempts, for the reason end.
func gaveUp(t *trip, end error) *kverr.Error {
	e := t.sum()
	if errors.Is(end, context.DeadlineExceeded) {
		return e
	}
	return e.WithCause(end)
}

// cutShort reports whether an attempt ended because its context did.
func cutShort(e *kverr.Error) bool {
	return e.Code == kverr.ErrTimeout.Code || e.Code == kverr.ErrCanceled.Code
}

// endedDuring is the error of a call whose context ended, for the reason end,
// during an attempt that failed with e. If that was surely not done, what was said
// before tells more than the deadline, if anything was.
func endedDuring(t *trip, e *kverr.Error, end error) *kverr.Error {
	if e.Outcome != NotDone || len(t.visited) == 0 {
		return e
	}
	return gaveUp(t, end)
}
