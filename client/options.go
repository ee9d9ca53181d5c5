package client

import (
	"log/slog"
	"time"

	"google.golang.org/grpc"
)

const (
	defaultTimeout = 5 * time.Second
	// membershipTimeout is the least a change of the membership gets when its
	// context has no deadline: a new member first has to fetch the state.
	membershipTimeout = 15 * time.Second
	// learnTimeout bounds the background question for the member table.
	learnTimeout = 2 * time.Second
	// healthTimeout is what Health gives one member.
	healthTimeout = time.Second
)

type config struct {
	timeout     time.Duration
	maxAttempts int // 0 for no bound
	dial        []grpc.DialOption
	logger      *slog.Logger
	unary       bool
	tls         bool          // dial has the credentials
	patience    time.Duration // 0 for as long as the call may take
}

func defaultConfig() config {
	return config{timeout: defaultTimeout, logger: slog.New(slog.DiscardHandler)}
}

// Option changes how a Client works.
type Option func(*config)

// WithTimeout bounds a call whose context has no deadline. The default is 5 s;
// zero or less leaves the default.
func WithTimeout(d time.Duration) Option {
	return func(c *config) {
		if d > 0 {
			c.timeout = d
		}
	}
}

// WithMaxAttempts bounds how often a call asks a member, whichever it is: one that
// could not be reached, or that only named the leader, counts. 0, the default, and
// less mean as often as the context allows; 1 means that nothing is ever sent again.
// The error is then that of the last attempt; of a write, its outcome is Unknown if
// any attempt's was. A Watch looks for members without this bound, and so does what
// Session, Mutex and Election repeat by themselves.
func WithMaxAttempts(n int) Option {
	return func(c *config) { c.maxAttempts = max(n, 0) }
}

// WithPatience ends a call that has reached nobody for so long: its error is then
// ErrUnreachable, sooner than its time is over. By default, and with zero or less, a
// call looks for a member for as long as its context allows. It has at least two
// rounds. A Watch looks for members without this bound.
func WithPatience(d time.Duration) Option {
	return func(c *config) { c.patience = max(d, 0) }
}

// WithoutStream makes every call by itself. By default all Put, Get, Delete and Txn
// calls of a client share one stream with each member, which carries several times
// as many; with a member that does not know streams the client falls back by itself.
func WithoutStream() Option { return func(c *config) { c.unary = true } }

// WithDialOptions adds options to every connection, after the client's own: such
// as transport credentials (the default is none) or interceptors.
func WithDialOptions(opts ...grpc.DialOption) Option {
	return func(c *config) { c.dial = append(c.dial, opts...) }
}

// WithLogger makes the client tell, at level debug, about its retries. By default
// it is silent.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) {
		if l != nil {
			c.logger = l
		}
	}
}

// SortBy is what a List is ordered by; keys that are equal in it are ordered by
// their bytes.
type SortBy uint8

// The orders of a List.
const (
	SortByKey SortBy = iota
	SortByCreateRevision
	SortByModRevision
	SortByVersion
)

type readConfig struct {
	stale     bool
	keysOnly  bool
	countOnly bool
	reverse   bool
	limit     int
	revision  uint64
	sortBy    SortBy
	within    *Range
	at        string
}

// ReadOption changes how Get, List and History read.
type ReadOption func(*readConfig)

// Stale reads at once what the asked member has applied, without asking the
// leader: the answer may be old, and Freshness says how old. It works without a
// leader.
func Stale() ReadOption { return func(r *readConfig) { r.stale = true } }

// Limit returns at most n keys of a List, or n versions of a History; zero or less
// means all. Get ignores it.
func Limit(n int) ReadOption { return func(r *readConfig) { r.limit = max(n, 0) } }

// KeysOnly leaves the values out of a List. Get ignores it.
func KeysOnly() ReadOption { return func(r *readConfig) { r.keysOnly = true } }

// CountOnly has a List count its keys, whatever Limit says, and yield none:
// Listing.Count. Get ignores it.
func CountOnly() ReadOption { return func(r *readConfig) { r.countOnly = true } }

// Reverse lists from the last key to the first. Get ignores it.
func Reverse() ReadOption { return func(r *readConfig) { r.reverse = true } }

// Sorted orders a List. Get ignores it.
func Sorted(by SortBy) ReadOption { return func(r *readConfig) { r.sortBy = by } }

// Within lists the keys of a range; the prefix of List must then be empty. Get
// ignores it.
func Within(keys Range) ReadOption { return func(r *readConfig) { r.within = &keys } }

// AtRevision reads what was there at a revision; 0 means the newest. One that is
// no longer kept gives ErrCompacted, one that is yet to come ErrFutureRevision.
// History ignores it.
func AtRevision(revision uint64) ReadOption {
	return func(r *readConfig) { r.revision = revision }
}

// At asks one particular member, by name or client address HOST:PORT, and no
// other; "" lets the client choose. A member that cannot be reached is then an
// error at once.
func At(member string) ReadOption { return func(r *readConfig) { r.at = member } }

func readOptions(opts []ReadOption) readConfig {
	var r readConfig
	for _, o := range opts {
		o(&r)
	}
	return r
}

type writeConfig struct {
	prev       bool
	ifRevision *uint64
	lease      LeaseID
	ttl        time.Duration
	via        string
}

// WriteOption changes how Put, OpPut and Delete write. WithLease and WithTTL are
// not for Delete, and OpPut does not heed Via.
type WriteOption func(*writeConfig)

// IfRevision writes only if the last change of the key was at that revision, 0
// meaning that it is not there, and fails with ErrConflict otherwise.
func IfRevision(revision uint64) WriteOption {
	return func(p *writeConfig) { p.ifRevision = &revision }
}

// IfAbsent puts only if the key is not there, and fails with ErrConflict otherwise.
func IfAbsent() WriteOption { return IfRevision(0) }

// Prev asks for the key as it was before.
func Prev() WriteOption { return func(p *writeConfig) { p.prev = true } }

// WithLease lets the key live by a lease: when that ends, the key is deleted.
func WithLease(id LeaseID) WriteOption { return func(p *writeConfig) { p.lease = id } }

// WithTTL lets the key live for so long, by a lease of its own that ends when the
// key is put again or deleted. Between 100 ms and 10 years.
func WithTTL(d time.Duration) WriteOption { return func(p *writeConfig) { p.ttl = d } }

// Via hands the write to one particular member, by name or client address HOST:PORT, and
// to no other; it passes it on to the leader that it knows. "" lets the client choose. A
// member that cannot be reached is then an error at once.
func Via(member string) WriteOption { return func(p *writeConfig) { p.via = member } }

func writeOptions(opts []WriteOption) writeConfig {
	var p writeConfig
	for _, o := range opts {
		o(&p)
	}
	return p
}
