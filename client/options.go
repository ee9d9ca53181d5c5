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
	timeout time.Duration
	dial    []grpc.DialOption
	logger  *slog.Logger
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

type readConfig struct {
	stale    bool
	keysOnly bool
	limit    int
	at       string
}

// ReadOption changes how Get and List read.
type ReadOption func(*readConfig)

// Stale reads at once what the asked member has applied, without asking the
// leader: the answer may be old, and Freshness says how old. It works without a
// leader.
func Stale() ReadOption { return func(r *readConfig) { r.stale = true } }

// Limit returns at most n keys of a List; zero or less means all. Get ignores it.
func Limit(n int) ReadOption { return func(r *readConfig) { r.limit = max(n, 0) } }

// KeysOnly leaves the values out of a List. Get ignores it.
func KeysOnly() ReadOption { return func(r *readConfig) { r.keysOnly = true } }

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
