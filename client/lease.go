package client

import (
	"context"
	"time"

	kvv1 "kv/proto/kv/v1"
)

// Grant makes a lease that lasts for ttl, 100 ms to 10 years, from when it is
// granted, and again from each KeepAlive. Errors: ErrInvalid, ErrTooManyLeases, and
// those of an unavailable cluster.
func (c *Client) Grant(ctx context.Context, ttl time.Duration) (GrantResult, error) {
	ms, err := ttlMillis(ttl)
	if err != nil {
		return GrantResult{}, err
	}
	var resp *kvv1.GrantLeaseResponse
	err = c.write(ctx, func(ctx context.Context, cc *conn, s *kvv1.Stamp) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewLeasesClient(cc.grpc).GrantLease(ctx, &kvv1.GrantLeaseRequest{TtlMs: ms, Stamp: s})
		return resp.GetHeader(), err
	})
	if err != nil {
		return GrantResult{}, err
	}
	return GrantResult{Header: headerOf(resp.GetHeader()), ID: LeaseID(resp.GetLease())}, nil
}

// KeepAlive gives a lease its whole time again. It may be repeated, and is retried
// like a read. Errors: ErrLeaseNotFound if the lease has ended, and those of an
// unavailable cluster.
func (c *Client) KeepAlive(ctx context.Context, id LeaseID) (KeepAliveResult, error) {
	var resp *kvv1.KeepAliveLeaseResponse
	err := c.run(ctx, call{kind: read, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewLeasesClient(cc.grpc).KeepAliveLease(ctx, &kvv1.KeepAliveLeaseRequest{Lease: uint64(id)})
		return resp.GetHeader(), err
	}})
	if err != nil {
		return KeepAliveResult{}, err
	}
	return KeepAliveResult{Header: headerOf(resp.GetHeader()), TTL: millis(resp.GetTtlMs())}, nil
}

// Revoke ends a lease and deletes its keys, all at one revision. Errors:
// ErrLeaseNotFound if it has ended already, and those of an unavailable cluster.
func (c *Client) Revoke(ctx context.Context, id LeaseID) (RevokeResult, error) {
	var resp *kvv1.RevokeLeaseResponse
	err := c.write(ctx, func(ctx context.Context, cc *conn, s *kvv1.Stamp) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewLeasesClient(cc.grpc).RevokeLease(ctx, &kvv1.RevokeLeaseRequest{Lease: uint64(id), Stamp: s})
		return resp.GetHeader(), err
	})
	if err != nil {
		return RevokeResult{}, err
	}
	return RevokeResult{Header: headerOf(resp.GetHeader()), Deleted: resp.GetDeleted()}, nil
}

// Leases lists the leases by id. One that is granted or ends meanwhile may be there
// or not. Errors: those of an unavailable cluster.
func (c *Client) Leases(ctx context.Context) ([]Lease, error) {
	var all []Lease
	for after, more := uint64(0), true; more; {
		page, err := c.listLeases(ctx, &kvv1.ListLeasesRequest{After: after})
		if err != nil {
			return nil, err
		}
		for _, l := range page.GetLeases() {
			all = append(all, leaseOf(l))
		}
		last := len(all) - 1
		more = page.GetMore() && last >= 0 && uint64(all[last].ID) > after
		if more {
			after = uint64(all[last].ID)
		}
	}
	return all, nil
}

// LeaseInfo tells about one lease, with its keys. Errors: ErrLeaseNotFound, and
// those of an unavailable cluster.
func (c *Client) LeaseInfo(ctx context.Context, id LeaseID) (Lease, error) {
	if id == 0 {
		return Lease{}, ErrLeaseNotFound
	}
	resp, err := c.listLeases(ctx, &kvv1.ListLeasesRequest{Lease: uint64(id)})
	if err != nil {
		return Lease{}, err
	}
	for _, l := range resp.GetLeases() {
		if l.GetLease() == uint64(id) {
			return leaseOf(l), nil
		}
	}
	return Lease{}, ErrLeaseNotFound
}

func (c *Client) listLeases(ctx context.Context, req *kvv1.ListLeasesRequest) (*kvv1.ListLeasesResponse, error) {
	var resp *kvv1.ListLeasesResponse
	err := c.run(ctx, call{kind: read, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewLeasesClient(cc.grpc).ListLeases(ctx, req)
		return resp.GetHeader(), err
	}})
	return resp, err
}

func leaseOf(l *kvv1.LeaseStatus) Lease {
	out := Lease{ID: LeaseID(l.GetLease()), TTL: millis(l.GetTtlMs()), Remaining: millis(l.GetRemainingMs()), KeyCount: l.GetKeyCount()}
	for _, k := range l.GetKeys() {
		out.Keys = append(out.Keys, string(k))
	}
	return out
}
