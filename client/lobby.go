package client

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// lobbySize is how many calls may look for a leader at full speed.
	lobbySize = 32
	// maxLobbyWait bounds how far the wait of a call in a crowd is stretched.
	maxLobbyWait = 2 * time.Second
)

// lobby is where calls wait that have asked all members in vain. While there is no
// leader, thousands of calls that each look for one keep the members from electing
// it; so the more wait, the longer each waits. The first that the cluster serves calls
// all others in: one answered by a write or a linearizable read, and not by what a
// member without a leader has, too (call.local), lest each stale read call in a crowd.
type lobby struct {
	waiting atomic.Int64 // changed under mu

	mu     sync.Mutex
	answer chan struct{} // guarded by mu; closed and replaced when a call is answered
}

func newLobby() *lobby { return &lobby{answer: make(chan struct{})} }

// enter returns how long to wait in place of d, and the channel that is closed when
// a call is answered meanwhile. leave is to be called afterwards.
func (l *lobby) enter(d time.Duration) (time.Duration, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return stretched(d, int(l.waiting.Add(1))), l.answer
}

func (l *lobby) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting.Add(-1)
}

// answered calls in all that wait.
func (l *lobby) answered() {
	if l.waiting.Load() == 0 {
		return // who enters now has come after this
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting.Load() > 0 {
		close(l.answer)
		l.answer = make(chan struct{})
	}
}

// stretched is the wait d of one among so many.
func stretched(d time.Duration, waiting int) time.Duration {
	if waiting <= lobbySize {
		return d
	}
	return max(d, min(d*time.Duration(waiting/lobbySize), maxLobbyWait))
}

// await waits in the lobby for d or, in a crowd, for longer, but not for more than
// half of the time that ctx has left. Errors: those of rest.
func (c *Client) await(ctx context.Context, d time.Duration) error {
	long, answered := c.lobby.enter(d)
	defer c.lobby.leave()
	if deadline, ok := ctx.Deadline(); ok {
		long = max(d, min(long, time.Until(deadline)/2))
	}
	return c.rest(ctx, long, answered)
}
