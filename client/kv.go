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
// OutcomeOf tells whether it may have been done nevertheless.
func (c *Client) Put(ctx context.Context, key string, value []byte, opts ...WriteOption) (PutResult, error) {
	o := writeOptions(opts)
	ttl, err := ttlMillis(o.ttl)
	if err != nil {
		return PutResult{}, err
	}
	req := &kvv1.PutRequest{Key: []byte(key), Value: value, IfModRevision: o.ifRevision, Prev: o.prev, Lease: uint64(o.lease), TtlMs: ttl}
	var resp *kvv1.PutResponse
	err = c.writeCarried(ctx, func(s *span, cc *conn, stamp *kvv1.Stamp) (_ *kvv1.Header, err error) {
		req.Stamp = stamp
		resp, err = cc.put(s, req)
		return resp.GetHeader(), err
	})
	if err != nil {
		return PutResult{}, err
	}
	return PutResult{Header: headerOf(resp.GetHeader()), Prev: maybeKeyValue(resp.GetPrev()), Lease: LeaseID(resp.GetLease())}, nil
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
	var resp *kvv1.GetResponse
	req := &kvv1.GetRequest{Key: []byte(key), Consistency: consistency(o.stale), Revision: o.revision}
	err = c.run(ctx, call{kind: read, at: at, local: o.stale, carry: func(s *span, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = cc.get(s, req)
		return resp.GetHeader(), err
	}})
	if err != nil {
		return GetResult{}, err
	}
	return GetResult{Header: headerOf(resp.GetHeader()), KV: maybeKeyValue(resp.GetKv()), Freshness: freshnessOf(resp.GetFreshness())}, nil
}

// Delete removes key; one that is not there is no error and makes no revision.
// Options: IfRevision and Prev. Errors: those of Put.
func (c *Client) Delete(ctx context.Context, key string, opts ...WriteOption) (DeleteResult, error) {
	o := writeOptions(opts)
	if o.lease != 0 || o.ttl != 0 {
		return DeleteResult{}, ErrInvalid.Withf("a deletion has no lease")
	}
	return c.delete(ctx, &kvv1.DeleteRequest{Key: []byte(key), IfModRevision: o.ifRevision, Prev: o.prev})
}

// DeleteRange removes all keys of a range at one revision; the zero Range is all
// keys. Errors: those of Put.
func (c *Client) DeleteRange(ctx context.Context, keys Range) (DeleteResult, error) {
	return c.delete(ctx, &kvv1.DeleteRequest{Range: keys.proto()})
}

func (c *Client) delete(ctx context.Context, req *kvv1.DeleteRequest) (DeleteResult, error) {
	var resp *kvv1.DeleteResponse
	err := c.writeCarried(ctx, func(s *span, cc *conn, stamp *kvv1.Stamp) (_ *kvv1.Header, err error) {
		req.Stamp = stamp
		resp, err = cc.delete(s, req)
		return resp.GetHeader(), err
	})
	if err != nil {
		return DeleteResult{}, err
	}
	return DeleteResult{Header: headerOf(resp.GetHeader()), Deleted: resp.GetDeleted(), Prev: maybeKeyValue(resp.GetPrev())}, nil
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

// Compact forgets the history before a revision, which becomes the oldest that can
// be read. Errors: ErrCompacted if it is that or older already, ErrFutureRevision,
// and those of an unavailable cluster.
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
