package client

import (
	"context"

	kvv1 "kv/proto/kv/v1"
)

// Put stores value under key and returns once a majority of the voters has it on
// disk. The value is only read, and not after Put has returned. Errors:
// ErrEmptyKey, ErrKeyTooLarge, ErrValueTooLarge, and those of an unavailable
// cluster; OutcomeOf tells whether it may have been done nevertheless.
func (c *Client) Put(ctx context.Context, key string, value []byte) (PutResult, error) {
	var resp *kvv1.PutResponse
	err := c.run(ctx, call{do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewKVClient(cc.grpc).Put(ctx, &kvv1.PutRequest{Key: []byte(key), Value: value})
		return resp.GetHeader(), err
	}})
	if err != nil {
		return PutResult{}, err
	}
	return PutResult{Header: headerOf(resp.GetHeader())}, nil
}

// Get reads key. A key that is not there is no error: KV is nil. The read is
// linearizable unless Stale is given. Errors: ErrEmptyKey, ErrKeyTooLarge, those
// of an unavailable cluster, and with At ErrMemberNotFound.
func (c *Client) Get(ctx context.Context, key string, opts ...ReadOption) (GetResult, error) {
	o := readOptions(opts)
	at, err := c.resolve(ctx, o.at)
	if err != nil {
		return GetResult{}, err
	}
	var resp *kvv1.GetResponse
	req := &kvv1.GetRequest{Key: []byte(key), Consistency: o.consistency()}
	err = c.run(ctx, call{read: true, at: at, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewKVClient(cc.grpc).Get(ctx, req)
		return resp.GetHeader(), err
	}})
	if err != nil {
		return GetResult{}, err
	}
	out := GetResult{Header: headerOf(resp.GetHeader()), Freshness: freshnessOf(resp.GetFreshness())}
	if resp.GetKv() != nil {
		kv := keyValueOf(resp.GetKv())
		out.KV = &kv
	}
	return out, nil
}

// Delete removes key; one that is not there is no error. Errors: those of Put.
func (c *Client) Delete(ctx context.Context, key string) (DeleteResult, error) {
	var resp *kvv1.DeleteResponse
	err := c.run(ctx, call{do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewKVClient(cc.grpc).Delete(ctx, &kvv1.DeleteRequest{Key: []byte(key)})
		return resp.GetHeader(), err
	}})
	if err != nil {
		return DeleteResult{}, err
	}
	return DeleteResult{Header: headerOf(resp.GetHeader()), Deleted: resp.GetDeleted()}, nil
}

func (r readConfig) consistency() kvv1.Consistency {
	if r.stale {
		return kvv1.Consistency_CONSISTENCY_STALE
	}
	return kvv1.Consistency_CONSISTENCY_LINEARIZABLE
}
