package client

import (
	"context"

	kvv1 "kv/proto/kv/v1"
)

// SnapshotResult says what a snapshot has, and what it has left of the log.
type SnapshotResult struct {
	Header
	// Index is the last entry whose effect is in the snapshot, Term is of that entry.
	Index, Term uint64
	// Size is the bytes of the state.
	Size uint64
	// First and Last are the ends of the member's log; 0 if it is empty.
	First, Last uint64
}

// Left is how many entries the log has.
func (s SnapshotResult) Left() uint64 {
	if s.Last == 0 {
		return 0
	}
	return s.Last - s.First + 1
}

// Snapshot has one member, which is named as in Status, make a snapshot of its state now
// and cut its log to the newest keep entries, or to what the snapshot does not have if
// that is more; 0 leaves it to the member. A member that lacks what was cut is sent the
// snapshot. It takes as long as the state is large: without a deadline it has 15 s at
// least, and what was begun goes on after it. Errors: ErrNothingNew, ErrWaiting, those
// of Status, ErrTimeout; ErrNotKV from a member of an older program.
func (c *Client) Snapshot(ctx context.Context, member string, keep uint64) (SnapshotResult, error) {
	address, err := c.resolve(ctx, member)
	if err != nil {
		return SnapshotResult{}, err
	}
	var resp *kvv1.SnapshotResponse
	err = c.run(ctx, call{at: address, local: true, timeout: membershipTimeout, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewClusterClient(cc.grpc).Snapshot(ctx, &kvv1.SnapshotRequest{KeepEntries: keep})
		return resp.GetHeader(), err
	}})
	if err != nil {
		return SnapshotResult{}, err
	}
	return SnapshotResult{Header: headerOf(resp.GetHeader()), Index: resp.GetIndex(), Term: resp.GetTerm(), Size: resp.GetSize(),
		First: resp.GetFirstIndex(), Last: resp.GetLastIndex()}, nil
}
