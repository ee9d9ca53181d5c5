package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	"kv/node/patience"
	kvv1 "kv/proto/kv/v1"
)

// Config says who we are and whom the transport asks. It is read once, by Open.
type Config struct {
	// ClusterID is sent with every call; a call that carries another is refused.
	// Required, printable ASCII since it travels as gRPC metadata.
	ClusterID string
	// LocalID is our server id in the Raft configuration, as "n1@3f2a9c0d11223344".
	// Required, printable ASCII.
	LocalID raft.ServerID
	// Advertise is HOST:PORT where other nodes reach us. Required.
	Advertise string
	// Listener is bound already. From a successful Open on it belongs to the
	// transport, which closes it; after a failed Open it is still the caller's.
	Listener net.Listener
	// Handler answers the calls that are not Raft's own. Required.
	Handler Handler
	// Register adds further services to the port; nil adds none. Their calls pass
	// the same checks of cluster and receiver.
	Register func(grpc.ServiceRegistrar)
	// Peek tells the term and the leader that Raft knows right now, without
	// waiting for Raft's main loop. It serves the heartbeat stand-in
	// (heartbeat.go); nil switches that off. Called from many goroutines.
	Peek func() (term uint64, leader raft.ServerID)
	// Gate is asked before AppendEntries, votes and pre-votes go out; its error
	// withholds them, so that a leader whose disk hangs loses its office. Nil lets
	// all pass. Called from many goroutines; it must not block.
	Gate func() error
	// Durable returns the last index up to the given one up to which this node has the
	// log on its own disk: no commit index above that goes out, whatever Raft says. Nil
	// is for a log that is always durable. Called from many goroutines.
	Durable func(upTo uint64) uint64
	// HeartbeatTimeout and ElectionTimeout are Raft's; calls take their deadlines
	// from them. 0 means 1 s.
	HeartbeatTimeout, ElectionTimeout time.Duration
	// Patience is the clock of all deadlines; nil is the ordinary one.
	Patience *patience.Clock
	// Observer is told of elections and snapshots; nil for nobody.
	Observer Observer
	// MaxAppendBytes caps one AppendEntries message; at least one entry is sent
	// however large it is. 0 means 4 MiB.
	MaxAppendBytes int
	// MaxEntryBytes is the largest possible entry. A message above
	// MaxAppendBytes + MaxEntryBytes + 1 MiB is refused. 0 means 4 MiB.
	MaxEntryBytes int
	// DialOptions are added to our own for every connection. Interceptors among
	// them find the metadata kv-from and kv-to in the outgoing context.
	DialOptions []grpc.DialOption
	// Logger receives what the transport has to say; nil discards it.
	Logger *slog.Logger
}

// Handler answers what other nodes ask beyond Raft's own calls. Its errors
// travel by kverr.ToStatus. All methods are called from many goroutines, with a
// context that ends when the caller gives up or the transport closes.
type Handler interface {
	// Confirm tells our term as it is while the request is handled.
	Confirm(context.Context, *kvv1.ConfirmRequest) (*kvv1.ConfirmResponse, error)
	// ReadIndex returns an index for linearizable reads. Errors: kverr.ErrNotLeader,
	// kverr.ErrNoQuorum, kverr.ErrStopping.
	ReadIndex(context.Context, *kvv1.ReadIndexRequest) (*kvv1.ReadIndexResponse, error)
	// Join adds the sender as a learner or notes its new addresses. Errors:
	// kverr.ErrNotLeader, kverr.ErrNameTaken, kverr.ErrAddressTaken,
	// kverr.ErrClusterMismatch, kverr.ErrStopping.
	Join(context.Context, *kvv1.JoinRequest) (*kvv1.JoinResponse, error)
	// Removed notes that we were removed from the cluster.
	Removed(context.Context, *kvv1.RemovedRequest) (*kvv1.RemovedResponse, error)
}

const (
	defaultTimeout = time.Second
	defaultBytes   = 4 << 20
	// messageSlack covers what a message holds besides entries.
	messageSlack = 1 << 20
)

// withDefaults returns the config with zero fields filled, or what is wrong.
func (c Config) withDefaults() (Config, error) {
	switch {
	case !printable(c.ClusterID):
		return c, fmt.Errorf("cluster id %q is empty or not printable ASCII", c.ClusterID)
	case !printable(string(c.LocalID)):
		return c, fmt.Errorf("server id %q is empty or not printable ASCII", c.LocalID)
	case c.Advertise == "":
		return c, errors.New("no advertised address")
	case c.Listener == nil:
		return c, errors.New("no listener")
	case c.Handler == nil:
		return c, errors.New("no handler")
	case c.HeartbeatTimeout < 0 || c.ElectionTimeout < 0:
		return c, fmt.Errorf("negative timeout: heartbeat %v, election %v", c.HeartbeatTimeout, c.ElectionTimeout)
	case c.MaxAppendBytes < 0 || c.MaxEntryBytes < 0:
		return c, fmt.Errorf("negative size: append %d, entry %d", c.MaxAppendBytes, c.MaxEntryBytes)
	}
	setDefault(&c.HeartbeatTimeout, defaultTimeout)
	setDefault(&c.ElectionTimeout, defaultTimeout)
	setDefault(&c.MaxAppendBytes, defaultBytes)
	setDefault(&c.MaxEntryBytes, defaultBytes)
	if c.Durable == nil {
		c.Durable = func(upTo uint64) uint64 { return upTo }
	}
	if c.Observer == nil {
		c.Observer = silent{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// maxMessageBytes is the largest message either side receives.
func (c Config) maxMessageBytes() int {
	return c.MaxAppendBytes + c.MaxEntryBytes + messageSlack
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// printable reports whether s may be the value of a gRPC metadata key.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}
