package node

import (
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"

	"kv/node/fsm"
	"kv/node/guard"
	"kv/node/logstore"
	"kv/node/patience"
	"kv/node/rpc"
)

// Version is the version of the program, as members tell it to each other.
const Version = "0.2.0"

// Defaults of a member that was told nothing.
const (
	DefaultHost     = "127.0.0.1"
	DefaultKVPort   = 8080
	DefaultRaftPort = 9090
	DefaultDataDir  = "./data/node1"
	DefaultCluster  = "kv"
)

// Config is all that a member has to know before it opens. The zero value of a
// field means its default; where DATA_DIR remembers a value from an earlier
// start (name, ports, cluster), that is the default.
type Config struct {
	// Name is the member's unique name, NODE_ID. Letters, digits and ._- only.
	// Default: node-<RAFT_PORT>.
	Name string
	// DataDir holds everything the member keeps. One process at a time.
	DataDir string
	// Host is the address both ports listen on. Default: 127.0.0.1, since
	// without TLS nobody else should reach it.
	Host string
	// AdvertiseHost is the host that others are told. Default: Host, unless that
	// means "all interfaces".
	AdvertiseHost string
	// KVPort serves clients, RaftPort serves other nodes.
	KVPort, RaftPort int
	// KVListener and RaftListener replace the ports by listeners that are bound
	// already; the node closes them. For tests and the playground.
	KVListener, RaftListener net.Listener

	// Bootstrap founds a new cluster with this node as its only member, if
	// DataDir belongs to none yet.
	Bootstrap bool
	// ClusterName is the name a founded cluster gets. Default: kv.
	ClusterName string

	// Limits bounds what clients may send, Bounds how much of it at a time.
	Limits rpc.Limits
	Bounds rpc.Bounds

	// HistoryRevisions, HistoryBytes and HistoryAge are how much history is kept:
	// changes of keys, the bytes of keys and values that are held for them alone,
	// and how long ago they were made. What is beyond one of them is forgotten, by
	// about a tenth later. The leader's count. Default: 100,000 changes, 64 MiB, 1 h.
	HistoryRevisions int
	HistoryBytes     uint64
	HistoryAge       time.Duration
	// QuotaBytes is what keys and values may grow to together; the leader's counts.
	// Default: 2 GiB.
	QuotaBytes uint64

	// HeartbeatTimeout is how long a follower waits for its leader before it
	// stands for election, ElectionTimeout how long an election may take, and
	// both how long a leader lasts without a majority. Default: 1 s. Lower means
	// quicker fail-over and more needless elections on a busy machine.
	HeartbeatTimeout, ElectionTimeout time.Duration
	// CommitTimeout bounds how late an idle follower learns of the last commit.
	// Default: 20 ms. Must be less than HeartbeatTimeout.
	CommitTimeout time.Duration
	// StallTimeout is how long one fsync may last before the member stops
	// leading and voting; after four times that it ends. Default: 5 s.
	StallTimeout time.Duration

	// SnapshotBytes is how much log makes a new snapshot due; more if the last
	// snapshot is larger: as much log as that has bytes. Default: 128 MiB.
	SnapshotBytes int64
	// TrailingEntries stay in the log behind a snapshot, so that a member that
	// was away briefly needs no snapshot, and no more of them than half as many
	// bytes as make a snapshot due. Default: 131,072.
	TrailingEntries uint64
	// SegmentBytes is the size of a log file. Default: logstore's.
	SegmentBytes int64

	// Logger gets the member's log and Raft's. Default: discard.
	Logger *slog.Logger
	// Events takes what happens at the member. Default: a record of its own; one that
	// was handed in goes on when another node takes the place of this one.
	Events *Events
	// Now is the clock by which leases run out and history ages. Default: time.Now.
	// For tests.
	Now func() time.Time
	// DiskHook is consulted before the log touches the disk; see logstore. For
	// fault injection.
	DiskHook func(op logstore.Op, path string) error
	// Patience is the clock by which the member waits for others, its election timer
	// included; leases, history and the disk go by other clocks. While it stands still
	// no election begins and no leader is given up. Default: the ordinary time. For
	// those who hold messages back to deliver them by hand.
	Patience *patience.Clock
	// DiskGuard stands between the member and all of its files: log, vote, snapshots,
	// identity. DiskClock is the time by which a stall of the disk is measured, which
	// stands still while the member is paused. For fault injection.
	DiskGuard guard.Disk
	DiskClock func() time.Duration
	// WrapListener makes another listener of each of the two. For fault injection.
	WrapListener func(net.Listener) net.Listener
	// DialOptions are added to every connection to another node; the
	// interceptors among them see every message. For fault injection.
	DialOptions []grpc.DialOption
}

// withDefaults returns the configuration with every zero field filled in, first
// from what DATA_DIR remembers.
func (c Config) withDefaults(id identity) Config {
	c.Host = firstOf(c.Host, id.Host, DefaultHost)
	c.AdvertiseHost = firstOf(c.AdvertiseHost, id.AdvertiseHost, advertisable(c.Host))
	c.KVPort = firstOf(c.KVPort, id.KVPort, DefaultKVPort)
	c.RaftPort = firstOf(c.RaftPort, id.RaftPort, DefaultRaftPort)
	c.Name = firstOf(c.Name, id.Name, fmt.Sprintf("node-%d", c.RaftPort))
	c.ClusterName = firstOf(c.ClusterName, DefaultCluster)
	c.Limits, c.Bounds = c.Limits.WithDefaults(), c.Bounds.WithDefaults()
	c.HistoryRevisions = firstOf(c.HistoryRevisions, 100_000)
	c.HistoryBytes = firstOf(c.HistoryBytes, 64<<20)
	c.HistoryAge = firstOf(c.HistoryAge, time.Hour)
	c.QuotaBytes = firstOf(c.QuotaBytes, 2<<30)
	c.HeartbeatTimeout = firstOf(c.HeartbeatTimeout, time.Second)
	c.ElectionTimeout = firstOf(c.ElectionTimeout, c.HeartbeatTimeout)
	c.CommitTimeout = firstOf(c.CommitTimeout, 20*time.Millisecond)
	c.StallTimeout = firstOf(c.StallTimeout, 5*c.HeartbeatTimeout)
	c.SnapshotBytes = firstOf(c.SnapshotBytes, 128<<20)
	c.TrailingEntries = firstOf(c.TrailingEntries, 131_072)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Events == nil {
		c.Events = NewEvents(c.Name)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// maxHost is how long the name of a host can be (RFC 1035).
const maxHost = 253

// validate checks what a person can get wrong.
func (c Config) validate() error {
	if err := validName(c.Name); err != nil {
		return err
	}
	if len(c.AdvertiseHost) > maxHost {
		return fmt.Errorf("-advertise-host has %d bytes: the name of a host has %d at most", len(c.AdvertiseHost), maxHost)
	}
	for what, port := range map[string]int{"KV_PORT": c.KVPort, "RAFT_PORT": c.RaftPort} {
		if port < 1 || port > 65535 {
			return fmt.Errorf("%s is %d: a port is a number from 1 to 65535", what, port)
		}
	}
	if c.HistoryRevisions < 0 || c.HistoryAge < 0 {
		return fmt.Errorf("history of %d changes and %s: neither can be negative", c.HistoryRevisions, c.HistoryAge)
	}
	if l := c.Limits; int64(l.MaxKeyBytes)+int64(l.MaxValueBytes) > fsm.MaxItemBytes {
		return fmt.Errorf("-max-key-bytes is %d and -max-value-bytes %d: a key and its value have %d bytes together at most", l.MaxKeyBytes, l.MaxValueBytes, fsm.MaxItemBytes)
	}
	if n := c.Limits.MaxTxnBytes; n > maxLimits.MaxTxnBytes {
		return fmt.Errorf("a transaction of %d bytes: it has %d at most", n, maxLimits.MaxTxnBytes)
	}
	if c.KVPort == c.RaftPort && c.KVListener == nil {
		return fmt.Errorf("KV_PORT and RAFT_PORT are both %d: clients and nodes need a port each", c.KVPort)
	}
	return nil
}

func validName(name string) error {
	if name == "" || len(name) > 64 {
		return fmt.Errorf("the name %q has %d bytes: NODE_ID has 1 to 64", name, len(name))
	}
	for _, r := range name {
		ok := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r)
		if !ok {
			return fmt.Errorf("the name %q has a %q in it: NODE_ID is of letters, digits and . _ -", name, r)
		}
	}
	return nil
}

// advertisable returns a host that others can dial: an address that means "all
// interfaces" is none, so the loopback address stands in for it.
func advertisable(host string) string {
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return DefaultHost
	}
	return host
}

// firstOf returns the first of its arguments that is not zero.
func firstOf[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}
