package node

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Bounds of what is told about leases.
const (
	maxListedLeases = 1000
	maxListedKeys   = 1000
)

// GrantLease implements rpc.Backend, with the errors of Put.
func (n *Node) GrantLease(ctx context.Context, req *kvv1.GrantLeaseRequest) (_ *kvv1.GrantLeaseResponse, err error) {
	defer func() { n.refusedWrite(err) }()
	return onUpgraded(ctx, n, func(m *member) (*kvv1.GrantLeaseResponse, error) {
		grant := &kvv1.GrantLeaseCommand{TtlMs: req.GetTtlMs()}
		result, err := m.writeModel(ctx, &kvv1.Command{Op: &kvv1.Command_GrantLease{GrantLease: grant}, Stamp: req.GetStamp()})
		if err != nil {
			return nil, err
		}
		return &kvv1.GrantLeaseResponse{Header: m.header(result.Revision), Lease: result.Lease}, nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.GrantLeaseResponse, error) {
		return kvv1.NewLeasesClient(conn).GrantLease(ctx, req)
	})
}

// RevokeLease implements rpc.Backend, with the errors of Put.
func (n *Node) RevokeLease(ctx context.Context, req *kvv1.RevokeLeaseRequest) (_ *kvv1.RevokeLeaseResponse, err error) {
	defer func() { n.refusedWrite(err) }()
	return onUpgraded(ctx, n, func(m *member) (*kvv1.RevokeLeaseResponse, error) {
		revoke := &kvv1.RevokeLeaseCommand{Lease: req.GetLease()}
		result, err := m.writeModel(ctx, &kvv1.Command{Op: &kvv1.Command_RevokeLease{RevokeLease: revoke}, Stamp: req.GetStamp()})
		if err != nil {
			return nil, err
		}
		return &kvv1.RevokeLeaseResponse{Header: m.header(result.Revision), Deleted: result.Deleted}, nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.RevokeLeaseResponse, error) {
		return kvv1.NewLeasesClient(conn).RevokeLease(ctx, req)
	})
}

// KeepAliveLease implements rpc.Backend. lessor.go says why it does what it does in
// this order. Errors: those of a read, ErrLeaseNotFound.
func (n *Node) KeepAliveLease(ctx context.Context, req *kvv1.KeepAliveLeaseRequest) (*kvv1.KeepAliveLeaseResponse, error) {
	received := n.cfg.Now()
	return onUpgraded(ctx, n, func(m *member) (*kvv1.KeepAliveLeaseResponse, error) {
		ttl, err := m.keepAlive(ctx, req.GetLease(), received)
		if err != nil {
			return nil, err
		}
		return &kvv1.KeepAliveLeaseResponse{Header: m.header(m.machine.Revision()), TtlMs: uint64(ttl.Milliseconds())}, nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.KeepAliveLeaseResponse, error) {
		return kvv1.NewLeasesClient(conn).KeepAliveLease(ctx, req)
	})
}

func (m *member) keepAlive(ctx context.Context, id uint64, received time.Time) (ttl time.Duration, err error) {
	var kept bool
	adopt := func(t *tenures) {
		if l, ok := m.machine.Lease(id); ok {
			// Not with the time of arrival: since then another member may have led, and
			// have kept the lease alive.
			t.adoptOne(l, m.cfg.Now())
		}
	}
	if err := m.lessor.with(m, func(t *tenures) {
		adopt(t)
		ttl, kept = t.renew(id, received)
	}); err != nil {
		return 0, err
	}
	if err := m.confirmed(ctx); err != nil {
		return 0, err
	}
	// What was committed before the request arrived is applied by now, and also what
	// was decided while we asked. We may have lost the office and have it again: then
	// the tenures are new.
	if kept {
		err = m.lessor.with(m, func(t *tenures) {
			adopt(t)
			kept = t.lives(id)
		})
	}
	if err != nil {
		return 0, err
	}
	if !kept || !m.leaseExists(id) {
		return 0, kverr.ErrLeaseNotFound
	}
	return ttl, nil
}

// confirmed is readIndex for what only a leader may answer: it does not ask another
// member if this one has lost its office.
func (m *member) confirmed(ctx context.Context) error {
	index, err := m.leaderReads.index(ctx)
	if err != nil {
		return err
	}
	if err := m.applier.wait(ctx, index); err != nil {
		return kverr.From(err)
	}
	return nil
}

// ListLeases implements rpc.Backend. Errors: those of a read, ErrLeaseNotFound.
func (n *Node) ListLeases(ctx context.Context, req *kvv1.ListLeasesRequest) (*kvv1.ListLeasesResponse, error) {
	return onUpgraded(ctx, n, func(m *member) (*kvv1.ListLeasesResponse, error) {
		if err := m.confirmed(ctx); err != nil {
			return nil, err
		}
		if req.GetLease() != 0 {
			return m.describeLease(req.GetLease())
		}
		leases := m.machine.Leases(req.GetAfter(), maxListedLeases+1)
		resp := &kvv1.ListLeasesResponse{Header: m.header(m.machine.Revision())}
		if len(leases) > maxListedLeases {
			leases, resp.More = leases[:maxListedLeases], true
		}
		return resp, m.fillLeases(resp, leases)
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.ListLeasesResponse, error) {
		return kvv1.NewLeasesClient(conn).ListLeases(ctx, req)
	})
}

func (m *member) describeLease(id uint64) (*kvv1.ListLeasesResponse, error) {
	lease, ok := m.machine.Lease(id)
	if !ok {
		return nil, kverr.ErrLeaseNotFound
	}
	resp := &kvv1.ListLeasesResponse{Header: m.header(m.machine.Revision())}
	if err := m.fillLeases(resp, []fsm.Lease{lease}); err != nil {
		return nil, err
	}
	bytes := 0
	for _, key := range m.machine.LeaseKeys(id, maxListedKeys) {
		if bytes += len(key); bytes > pageBytes {
			break
		}
		resp.Leases[0].Keys = append(resp.Leases[0].Keys, []byte(key))
	}
	return resp, nil
}

// fillLeases adds leases with the time that they have left. One that the lessor has
// not seen yet has its whole time.
func (m *member) fillLeases(resp *kvv1.ListLeasesResponse, leases []fsm.Lease) error {
	return m.lessor.with(m, func(t *tenures) {
		now := m.cfg.Now() // after the tenures were there
		for _, l := range leases {
			t.adoptOne(l, now)
			resp.Leases = append(resp.Leases, &kvv1.LeaseStatus{
				Lease:       l.ID,
				TtlMs:       uint64(l.TTL.Milliseconds()),
				RemainingMs: uint64(t.remaining(l.ID, now).Milliseconds()),
				KeyCount:    uint64(l.Keys),
			})
		}
	})
}
