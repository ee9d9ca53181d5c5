package client

import (
	"context"
	"slices"
	"sync"
	"time"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// report is what one member said about itself and about the cluster.
type report struct {
	address string
	status  *kvv1.StatusResponse  // nil if it did not answer
	members *kvv1.MembersResponse // nil if it did not answer
	err     *kverr.Error          // of the status
}

// Health asks all known members at the same time, giving each a second, and says
// how the cluster is. If nobody answers, the Health is zero and the error is
// ErrUnreachable or, if a stranger answers at the only address, ErrNotKV.
func (c *Client) Health(ctx context.Context) (Health, error) {
	asked := c.table.order()
	reports := c.askAll(ctx, asked)
	if fresh := missing(c.table.order(), asked); len(fresh) > 0 {
		reports = append(reports, c.askAll(ctx, fresh)...)
	}
	h, ok := assess(reports)
	if ok {
		h.inUse(c.table.order(), reports)
		return h, nil
	}
	t := newTrip(nil, false)
	for _, r := range reports {
		t.note(r.address, r.err, decide(read, r.err))
	}
	return Health{}, t.sum()
}

func missing(all, known []string) []string {
	have := make(map[string]bool, len(known))
	for _, a := range known {
		have[a] = true
	}
	var out []string
	for _, a := range all {
		if !have[a] {
			out = append(out, a)
		}
	}
	return out
}

func (c *Client) askAll(ctx context.Context, addresses []string) []report {
	reports := make([]report, len(addresses))
	var wg sync.WaitGroup
	for i, a := range addresses {
		wg.Go(func() { reports[i] = c.ask(ctx, a) })
	}
	wg.Wait()
	return reports
}

// ask asks one member for both answers at the same time.
func (c *Client) ask(ctx context.Context, address string) report {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	r := report{address: address}
	var wg sync.WaitGroup
	wg.Go(func() { r.members, _ = c.askMembers(ctx, address) })
	r.err = c.attempt(ctx, address, &call{kind: read, at: address, local: true, quiet: true, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err := kvv1.NewClusterClient(cc.grpc).Status(ctx, &kvv1.StatusRequest{})
		if err == nil {
			r.status = resp
		}
		return resp.GetHeader(), err
	}}, time.Time{})
	wg.Wait()
	if r.err != nil {
		r.status = nil // a stranger's does not count
	}
	return r
}

// inUse notes which member is in use: the first in order that answered.
func (h *Health) inUse(order []string, reports []report) {
	best := len(order)
	for i := range reports {
		r := &reports[i]
		at := slices.Index(order, r.address)
		if r.status == nil || at < 0 || at >= best {
			continue
		}
		best = at
		h.Member, h.Role = r.status.GetSelf().GetName(), roleOf(r.status.GetRole())
		h.Term = r.status.GetHeader().GetTerm()
	}
}

// assess puts the reports together. It is pure; false means that nobody answered.
func assess(reports []report) (h Health, ok bool) {
	var leader, any *report
	var highest uint64
	answered := make(map[string]bool)
	for i := range reports {
		r := &reports[i]
		if r.status == nil {
			continue
		}
		term := r.status.GetHeader().GetTerm()
		highest = max(highest, term)
		answered[r.status.GetSelf().GetName()] = true
		if any == nil || any.members == nil {
			any = r
		}
		leads := r.status.GetRole() == kvv1.Role_ROLE_LEADER
		if leads && (leader == nil || term > leader.status.GetHeader().GetTerm()) {
			leader = r
		}
	}
	if any == nil {
		return Health{}, false
	}
	if leader == nil {
		h = named(any)
		h.Voters, h.Reachable = count(any.members, func(m *kvv1.MemberStatus) bool { return answered[m.GetMember().GetName()] })
		return h, true
	}
	h = named(leader)
	self := leader.status.GetSelf().GetName()
	term := leader.status.GetHeader().GetTerm()
	h.Leader = &Leader{Name: self, Address: leader.address, Term: term}
	h.Voters, h.Reachable = count(leader.members, func(m *kvv1.MemberStatus) bool {
		return m.GetReachable() || m.GetMember().GetName() == self
	})
	h.Quorum = term == highest && leader.members.GetFromLeader() && h.Reachable > h.Voters/2
	return h, true
}

func named(r *report) Health {
	return Health{ClusterName: r.status.GetClusterName(), ClusterID: r.status.GetHeader().GetClusterId()}
}

// count returns the number of voters, and of those among them that hold.
func count(m *kvv1.MembersResponse, holds func(*kvv1.MemberStatus) bool) (voters, holding int) {
	for _, s := range m.GetMembers() {
		if s.GetVoter() {
			voters++
			if holds(s) {
				holding++
			}
		}
	}
	return voters, holding
}
