package client

import (
	"context"

	kvv1 "kv/proto/kv/v1"
)

// Put stores value under key and returns once a majority of the voters has it on
// disk. The value is only read, and not after Put has returned. Options: all of
// WriteOption. Errors: ErrEmptyKey, ErrKeyTooLarge, ErrValueTooLarge, ErrQuota,
// ErrConflict (IfRevision, IfAbsent), ErrLeaseNotFound (WithLease),
// ErrTooManyLeases (WithTTL), ErrInvalid, and those of an unavailable cluster;
// OutcomeOf tells whether it may have been done nevertheless; with Via also
// ErrMemberNotFound.
func (c *Client) Put(ctx context.Context, key string, value []byte, opts ...WriteOption) (PutResult, error) {
	o := writeOptions(opts)
	ttl, err := ttlMillis(o.ttl)
	if err != nil {
		return PutResult{}, err
	}
	via, err := c.resolve(ctx, o.via)
	if err != nil {
		return PutResult{}, err
	}
	op := newOp(stamped)
	op.call.at = via
	req := &op.put
	req.Key, req.Value, req.IfModRevision, req.Prev, req.Lease, req.TtlMs = op.keyOf(key), value, o.ifRevision, o.prev, uint64(o.lease), ttl
	op.req = req
	if err := c.change(ctx, op); err != nil {
		return PutResult{}, err
	}
	defer op.free()
	resp := op.pending.reply.answer.GetPut()
	return PutResult{Header: op.pending.reply.header(resp.GetHeader()), Prev: maybeKeyValue(resp.GetPrev()), Lease: LeaseID(resp.GetLease())}, nil
}

// Get reads key. A key that is not there is no error: KV is nil. The read is
// linearizable unless Stale is given. Options: Stale, AtRevision and At. Errors:
// ErrEmptyKey, ErrKeyTooLarge, those of an unavailable cluster, with AtRevision
// ErrCompacted and ErrFutureRevision, and with At ErrMemberNotFound.
func (c *Client) Get(ctx context.Context, key string, opts ...ReadOption) (GetResult, error) {
	o := readOptions(opts)
	at, err := c.resolve(ctx, o.at)
	if err != nil {
		return GetResult{}, err
	}
	op := newOp(read)
	op.call.at, op.call.local = at, o.stale
	op.pending.key = key
	op.get.Key, op.get.Consistency, op.get.Revision = op.keyOf(key), consistency(o.stale), o.revision
	op.req = &op.get
	if err := c.look(ctx, op); err != nil {
		return GetResult{}, err
	}
	defer op.free()
	r := &op.pending.reply
	resp := r.answer.GetGet()
	result := GetResult{Header: r.header(resp.GetHeader()), KV: r.kv, Freshness: freshnessOf(resp.GetFreshness())}
	if resp.GetKv() != nil {
		result.KV = maybeKeyValue(resp.GetKv())
	}
	return result, nil
}

// Delete removes key; one that is not there is no error and makes no revision.
// Options: IfRevision, Prev and Via. Errors: those of Put.
func (c *Client) Delete(ctx context.Context, key string, opts ...WriteOption) (DeleteResult, error) {
	o := writeOptions(opts)
	if o.lease != 0 || o.ttl != 0 {
		return DeleteResult{}, ErrInvalid.Withf("a deletion has no lease")
	}
	via, err := c.resolve(ctx, o.via)
	if err != nil {
		return DeleteResult{}, err
	}
	return c.delete(ctx, via, &kvv1.DeleteRequest{Key: []byte(key), IfModRevision: o.ifRevision, Prev: o.prev})
}

// DeleteRange removes all keys of a range at one revision; the zero Range is all
// keys. Errors: those of Put.
func (c *Client) DeleteRange(ctx context.Context, keys Range) (DeleteResult, error) {
	return c.delete(ctx, "", &kvv1.DeleteRequest{Range: keys.proto()})
}

// delete carries out a deletion by way of the member at an address, or "" for any.
func (c *Client) delete(ctx context.Context, at string, req *kvv1.DeleteRequest) (DeleteResult, error) {
	op := newOp(stamped)
	op.call.at, op.req = at, req
	if err := c.change(ctx, op); err != nil {
		return DeleteResult{}, err
	}
	defer op.free()
	resp := op.pending.reply.answer.GetDelete()
	return DeleteResult{Header: op.pending.reply.header(resp.GetHeader()), Deleted: resp.GetDeleted(), Prev: maybeKeyValue(resp.GetPrev())}, nil
}

// Revert gives key the value that it had at a revision, without a lease, or
// deletes it if it was not there then. Errors: ErrCompacted, ErrFutureRevision,
// and those of Put.
func (c *Client) Revert(ctx context.Context, key string, revision uint64) (RevertResult, error) {
	var resp *kvv1.RevertResponse
	err := c.write(ctx, func(ctx context.Context, cc *conn, s *kvv1.Stamp) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewKVClient(cc.grpc).Revert(ctx, &kvv1.RevertRequest{Key: []byte(key), Revision: revision, Stamp: s})
		return resp.GetHeader(), err
	})
	if err != nil {
		return RevertResult{}, err
	}
	return RevertResult{Header: headerOf(resp.GetHeader()), KV: maybeKeyValue(resp.GetKv())}, nil
}

// Compact forgets the history before a revision, which becomes the oldest whose
// changes are kept; what was there right before it can still be read. Errors:
// ErrCompacted if it is that or older already, ErrFutureRevision, and those of an
// unavailable cluster.
func (c *Client) Compact(ctx context.Context, revision uint64) (CompactResult, error) {
	var resp *kvv1.CompactResponse
	err := c.write(ctx, func(ctx context.Context, cc *conn, s *kvv1.Stamp) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewKVClient(cc.grpc).Compact(ctx, &kvv1.CompactRequest{Revision: revision, Stamp: s})
		return resp.GetHeader(), err
	})
	if err != nil {
		return CompactResult{}, err
	}
	return CompactResult{headerOf(resp.GetHeader())}, nil
}

func consistency(stale bool) kvv1.Consistency {
	if stale {
		return kvv1.Consistency_CONSISTENCY_STALE
	}
	return kvv1.Consistency_CONSISTENCY_LINEARIZABLE
}
