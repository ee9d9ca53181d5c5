package client

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/grpc/metadata"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// clusterKey is the metadata that names the cluster a request is for. A member of
// another one refuses it: an address may change hands.
const clusterKey = "kv-cluster"

// call is one request, which may take several attempts.
type call struct {
	// read: it changes nothing and may be sent any number of times.
	read bool
	// at is the only address to ask; "" leaves the choice to the client.
	at string
	// quiet: do not learn the members after it.
	quiet bool
	// timeout applies if the context has no deadline; 0 means the client's.
	timeout time.Duration
	// do makes one attempt. It returns gRPC's error, or one of kverr.
	do func(ctx context.Context, cc *conn) (*kvv1.Header, error)
}

// run makes attempts until one succeeds, one fails for good, or ctx ends.
func (c *Client) run(ctx context.Context, k call) error {
	ctx, cancel := c.withTimeout(ctx, k.timeout)
	defer cancel()
	trip := newTrip(c.targets(k), k.at != "")
	waits := newWaits()
	for {
		address, ok := trip.next()
		if !ok {
			if e := trip.hopeless(); e != nil {
				return e
			}
			if err := c.rest(ctx, waits.NextBackOff()); err != nil {
				return gaveUp(trip, err)
			}
			trip.restart(c.targets(k))
			continue
		}
		e := c.try(ctx, address, k, trip.others())
		if e == nil {
			return nil
		}
		if err := ctx.Err(); err != nil && e.Outcome == NotDone {
			if e.Code == kverr.ErrTimeout.Code || e.Code == kverr.ErrCanceled.Code {
				return gaveUpIn(trip, e, err)
			}
		}
		v := decide(k.read, e)
		c.cfg.logger.Debug("attempt", "address", address, "error", e)
		trip.note(address, e, v)
		switch v {
		case final:
			return e
		case follow:
			trip.follow(e)
		case pause:
			if err := c.rest(ctx, max(e.RetryAfter, waits.NextBackOff())); err != nil {
				return gaveUp(trip, err)
			}
			trip.restart(c.targets(k))
		case elsewhere, misplaced: // the next address
		}
	}
}

func (c *Client) targets(k call) []string {
	if k.at != "" {
		return []string{k.at}
	}
	return c.table.order()
}

// try makes an attempt as part of a call. A read that has somewhere else to go
// spends at most half of the time that is left on one member: a member that is
// frozen neither answers nor breaks the connection.
func (c *Client) try(ctx context.Context, address string, k call, others bool) *kverr.Error {
	if deadline, ok := ctx.Deadline(); ok && k.read && others {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	return c.attempt(ctx, address, k)
}

// attempt asks the member at address once, and learns from what it says.
func (c *Client) attempt(ctx context.Context, address string, k call) *kverr.Error {
	cc, e := c.pool.acquire(address)
	if e != nil {
		return e
	}
	defer c.pool.release(cc)
	ctx, mark := kverr.WithSentMark(ctx)
	if id := c.table.cluster(); id != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, clusterKey, id)
	}
	header, err := k.do(ctx, cc)
	if err == nil {
		err = c.table.sameCluster(header)
	}
	if err == nil {
		c.table.answered(address, header)
		if !k.quiet {
			c.learn(address, header)
		}
		return nil
	}
	if c.base.Err() != nil && !mark.Sent() {
		return errClosed()
	}
	e = judge(err, k.read, mark.Sent(), cc.look.last())
	if e.Leader != nil {
		c.table.hear(*e.Leader)
	}
	if v := decide(k.read, e); e.Outcome != NotDone || v != final && v != pause {
		c.table.doubt(address)
	}
	return e
}

// withTimeout gives ctx a deadline if it has none.
func (c *Client) withTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, max(timeout, c.cfg.timeout))
}

// rest waits for d. It returns an error when ctx or the client ends, and at once
// if ctx would end before d has passed.
func (c *Client) rest(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return context.DeadlineExceeded
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
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

// gaveUp is the error of a call that ended between attempts, for the reason end:
// all its attempts were surely not done.
func gaveUp(t *trip, end error) error {
	e := t.sum()
	if errors.Is(end, context.DeadlineExceeded) {
		return e
	}
	return e.WithCause(end)
}

// gaveUpIn is the error of a call that ended during an attempt that was surely
// not done: what was said before tells more than the deadline, if anything was.
func gaveUpIn(t *trip, e *kverr.Error, end error) error {
	if len(t.visited) == 0 {
		return e
	}
	return gaveUp(t, end)
}
