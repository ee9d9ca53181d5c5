package main

import (
	"context"
	"errors"
	"io"
	"time"

	"kv/cmd/kv/bench"
)

// system is what is measured. Its methods are called by one goroutine at a time.
type system interface {
	name() string
	// start starts its processes with their data below dir and waits until they serve.
	start(ctx context.Context, dir string) error
	// connect opens connections for so many clients to where the system serves best;
	// unary is kv's: each operation is a call by itself.
	connect(ctx context.Context, clients int, unary bool) (t []bench.Target, closeAll func(), err error)
	// processes are those that serve.
	processes() []*process
	// stop ends the processes that start has started. It may be called at any time.
	stop()
}

// replicated is a system of members, which survives its leader.
type replicated interface {
	system
	// leader returns the process that leads.
	leader(ctx context.Context) (*process, error)
	// everywhere opens connections for so many clients that survive the loss of any
	// member.
	everywhere(clients int) (t []bench.Target, closeAll func(), err error)
	// recovered returns nil when all processes are up and have caught up.
	recovered(ctx context.Context) error
	// term returns the highest term that any member knows.
	term(ctx context.Context) (uint64, error)

	// address returns where clients reach a member, alone opens a connection to it
	// that uses no other member. Members count from 0.
	address(member int) string
	alone(member int) (t bench.Target, closeAll func(), err error)
	// forget makes all members forget the history of the keys, as far as it goes.
	forget(ctx context.Context) error
	// snapshot returns when all members have made a snapshot, or whatever comes
	// closest to that, since it was called. It may need puts to get there.
	snapshot(ctx context.Context) error
	// snapshots returns a number that changes when any member makes a snapshot.
	snapshots(ctx context.Context) (uint64, error)
	// add starts a new member that has no data yet, and returns when. lag returns by how
	// many entries it is behind the leader, admit nil once it votes.
	add(ctx context.Context) (began time.Time, err error)
	lag(ctx context.Context, member int) (int64, error)
	admit(ctx context.Context, member int) error
}

// closeEnough is a lag in entries that counts as none: under load there is always
// something on its way.
const closeEnough = 100

// errNothing: a new member has not begun to catch up.
var errNothing = errors.New("it has applied nothing yet")

// cpu returns the processor time that the processes have used so far; false if
// this machine does not tell.
func cpu(all []*process) (sum time.Duration, ok bool) {
	for _, p := range all {
		d, ok := cpuOf(p.pid())
		if !ok {
			return 0, false
		}
		sum += d
	}
	return sum, true
}

// closers closes all in turn.
func closers[C io.Closer](all []C) func() {
	return func() {
		for _, c := range all {
			c.Close()
		}
	}
}
