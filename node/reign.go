package node

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/raft"
)

// errDeposed ends a call that was passed on to a leader when another leads. One that
// hangs would else keep the call for as long as its sender is patient.
var errDeposed = errors.New("another member leads now")

// reign is the time between two elections, as a member sees it. It is safe for
// concurrent use.
type reign struct {
	mu     sync.Mutex
	leader raft.ServerID   // guarded by mu; the last one that was heard of
	ctx    context.Context // guarded by mu; ends with the reign
	end    context.CancelFunc
}

func newReign() *reign {
	r := new(reign)
	r.ctx, r.end = context.WithCancel(context.Background())
	return r
}

// present returns a context that ends when another leader is heard of.
func (r *reign) present() context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ctx
}

// hear notes who leads; "" is nobody, which ends nothing: the same may lead again.
func (r *reign) hear(leader raft.ServerID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if leader == "" || leader == r.leader {
		return
	}
	r.end()
	r.leader = leader
	r.ctx, r.end = context.WithCancel(context.Background())
}

// whileLeads returns ctx for a call to the leader id, which ends with errDeposed as
// its cause when another leads. present was taken before id was asked for.
func (m *member) whileLeads(ctx, present context.Context, id raft.ServerID) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(present, func() {
		if _, now := m.raft().LeaderWithID(); now != id {
			cancel(errDeposed)
		}
	})
	return ctx, func() { stop(); cancel(nil) }
}
