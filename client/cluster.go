package client

import (
	"context"

	kvv1 "kv/proto/kv/v1"
)

// Members lists the members with the leader's view of each. Without a leader it
// answers from the state of whichever member it reaches (FromLeader is false).
func (c *Client) Members(ctx context.Context) (Membership, error) {
	var resp *kvv1.MembersResponse
	err := c.run(ctx, call{kind: read, local: true, quiet: true, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewClusterClient(cc.grpc).Members(ctx, &kvv1.MembersRequest{})
		return resp.GetHeader(), err
	}})
	if err != nil {
		return Membership{}, err
	}
	c.table.learn(resp)
	return membershipOf(resp), nil
}

// Status returns what one member tells about itself: the one at, a name or client
// address, or if that is missing or empty whichever answers first in order of
// Addresses. More than one at is an ErrInvalid; an unknown name is
// ErrMemberNotFound; a member that cannot be reached is ErrUnreachable at once.
func (c *Client) Status(ctx context.Context, at ...string) (Status, error) {
	if len(at) > 1 {
		return Status{}, ErrInvalid.Withf("status of %d members asked for at once", len(at))
	}
	var address string
	var err error
	if len(at) == 1 {
		if address, err = c.resolve(ctx, at[0]); err != nil {
			return Status{}, err
		}
	}
	var resp *kvv1.StatusResponse
	err = c.run(ctx, call{kind: read, at: address, local: true, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewClusterClient(cc.grpc).Status(ctx, &kvv1.StatusRequest{})
		return resp.GetHeader(), err
	}})
	if err != nil {
		return Status{}, err
	}
	return statusOf(resp), nil
}

// Leader returns who leads. Without a leader it waits for one, and returns
// ErrNoLeader when its time is over.
func (c *Client) Leader(ctx context.Context) (Leader, error) {
	var leader *kvv1.Leader
	err := c.run(ctx, call{kind: read, local: true, do: func(ctx context.Context, cc *conn) (*kvv1.Header, error) {
		resp, err := kvv1.NewClusterClient(cc.grpc).Status(ctx, &kvv1.StatusRequest{})
		if leader = resp.GetHeader().GetLeader(); err == nil && leader.GetName() == "" {
			return nil, ErrNoLeader
		}
		return resp.GetHeader(), err
	}})
	if err != nil {
		return Leader{}, err
	}
	return leaderOf(leader), nil
}

// AddMember brings in the node that waits at a client address, and returns when
// it is a learner that follows the log. Without a deadline it has 15 s at least.
// Errors: ErrInvalid, ErrNodeUnreachable, ErrAlreadyMember, ErrNameTaken,
// ErrAddressTaken, ErrNotKV, and those of Put.
func (c *Client) AddMember(ctx context.Context, address string) (Member, error) {
	if err := checkAddress(address); err != nil {
		return Member{}, err
	}
	var resp *kvv1.AddMemberResponse
	err := c.run(ctx, call{timeout: membershipTimeout, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewClusterClient(cc.grpc).AddMember(ctx, &kvv1.AddMemberRequest{Address: address})
		return resp.GetHeader(), err
	}})
	if err != nil {
		return Member{}, err
	}
	return memberOf(resp.GetMember()), nil
}

// RemoveMember takes a member out for good and returns what it was. Without a
// deadline it has 15 s at least. Errors: ErrMemberNotFound, ErrUnsafeRemoval, and
// those of Put.
func (c *Client) RemoveMember(ctx context.Context, name string) (Member, error) {
	var resp *kvv1.RemoveMemberResponse
	err := c.run(ctx, call{timeout: membershipTimeout, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewClusterClient(cc.grpc).RemoveMember(ctx, &kvv1.RemoveMemberRequest{Name: name})
		return resp.GetHeader(), err
	}})
	if err != nil {
		return Member{}, err
	}
	return memberOf(resp.GetMember()), nil
}

// TransferLeadership hands leadership to the member of that name, or if it is
// empty to the voter that is furthest along, and returns the new leader. Without
// a deadline it has 15 s at least. Errors: ErrMemberNotFound, ErrNotVoter,
// ErrNodeUnreachable, and those of Put.
func (c *Client) TransferLeadership(ctx context.Context, name string) (Leader, error) {
	var resp *kvv1.TransferLeadershipResponse
	err := c.run(ctx, call{timeout: membershipTimeout, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewClusterClient(cc.grpc).TransferLeadership(ctx, &kvv1.TransferLeadershipRequest{Name: name})
		return resp.GetHeader(), err
	}})
	if err != nil {
		return Leader{}, err
	}
	return leaderOf(resp.GetLeader()), nil
}

// resolve turns the name or address of a member into an address; "" stays "".
// A name that is not known yet is looked up in the cluster.
func (c *Client) resolve(ctx context.Context, member string) (string, error) {
	if member == "" {
		return "", nil
	}
	if a, ok := c.table.find(member); ok {
		return a, nil
	}
	if checkAddress(member) == nil {
		return member, nil
	}
	if _, err := c.Members(ctx); err != nil {
		return "", err
	}
	if a, ok := c.table.find(member); ok {
		return a, nil
	}
	return "", ErrMemberNotFound.Withf("no member %q; `members` lists them", member)
}
