package client

import (
	"context"

	kvv1 "kv/proto/kv/v1"
)

// StateHash is the hash of a member's state after one entry of the log.
type StateHash struct {
	Header
	// Hash has 64 hex digits. Members that have applied the same entries have the same.
	Hash string
	// Index is the entry.
	Index uint64
}

// StateHash returns the hash of a member's state after the log entry at index, or after
// a later one if it has passed that; 0 is what it has applied now. The member is named
// as in Status. It waits for an entry that is yet to come. Errors: those of Status, and
// ErrTimeout; ErrInternal from a member of an older program.
func (c *Client) StateHash(ctx context.Context, member string, index uint64) (StateHash, error) {
	address, err := c.resolve(ctx, member)
	if err != nil {
		return StateHash{}, err
	}
	var resp *kvv1.StateHashResponse
	err = c.run(ctx, call{kind: read, at: address, local: true, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewClusterClient(cc.grpc).StateHash(ctx, &kvv1.StateHashRequest{Index: index})
		return resp.GetHeader(), err
	}})
	if err != nil {
		return StateHash{}, err
	}
	return StateHash{Header: headerOf(resp.GetHeader()), Hash: resp.GetHash(), Index: resp.GetIndex()}, nil
}

// probeKey is the key of a condition that never holds, whatever the key is.
const probeKey = "probe"

// Commit has the cluster commit an entry that changes nothing, by way of a member that
// is named as in Status: a majority has then written it to disk. Errors: those of Put.
// As nothing is changed there is nothing to be unknown.
func (c *Client) Commit(ctx context.Context, member string) (Header, error) {
	address, err := c.resolve(ctx, member)
	if err != nil {
		return Header{}, err
	}
	never := Txn{If: []Compare{{Key: probeKey, Field: FieldVersion, Relation: Less}}, Then: []Op{OpDelete(probeKey)}}
	req, err := never.proto()
	if err != nil {
		return Header{}, err
	}
	var resp *kvv1.TxnResponse
	err = c.run(ctx, call{kind: read, at: address, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewKVClient(cc.grpc).Txn(ctx, req)
		return resp.GetHeader(), err
	}})
	if err != nil {
		return Header{}, err
	}
	return headerOf(resp.GetHeader()), nil
}
