// Package client is the Go API of a kv cluster. It finds and follows the leader,
// retries what is safe to retry, and tells apart the three ends of a write: done
// (nil error), surely not done, and unknown (OutcomeOf).
//
// Every write of keys or leases carries a number by which the cluster carries it
// out once, however often the client sends it. So a lost connection or leader ends
// a write with an unknown outcome only if it is not back before the call's time is
// over. Watch follows changes; Session, Mutex and Election coordinate programs.
package client

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	kvv1 "kv/proto/kv/v1"
)

// Client talks to one cluster. All methods are safe for concurrent use. Every
// call ends when its context does or, if that has no deadline, after the timeout
// of WithTimeout; its error is then an entry of the dictionary (errors.go).
type Client struct {
	cfg   config
	table *table
	pool  *pool
	// writes are stamped: each is carried out once, however often it is sent.
	writes *writes
	lobby  *lobby
	news   news

	base context.Context // ends with Close
	end  context.CancelFunc

	// mu guards closed and orders Close against the start of a goroutine.
	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
}

// Dial makes a client of the cluster that the members at addresses belong to,
// each HOST:PORT of a client port; one is enough, more are better when some are
// down. It does no I/O: an address that cannot be one is an ErrInvalid, one where
// nobody listens shows at the first call.
func Dial(addresses []string, opts ...Option) (*Client, error) {
	cfg := defaultConfig()
	for _, o := range opts {
		o(&cfg)
	}
	seeds, err := parseAddresses(addresses)
	if err != nil {
		return nil, err
	}
	base, end := context.WithCancel(context.Background())
	c := &Client{
		cfg:    cfg,
		table:  newTable(seeds),
		writes: newWrites(),
		lobby:  newLobby(),
		base:   base,
		end:    end,
	}
	c.pool = newPool(cfg.dial, cfg.tls, &lines{off: cfg.unary, start: c.start, cluster: c.table.cluster,
		heard: func(address string, h *kvv1.Header) error { return c.heard(address, h, false) }})
	return c, nil
}

// start runs a function on a goroutine that Close waits for, with a context that
// Close ends. It reports false once the client is closed.
func (c *Client) start(run func(context.Context)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.wg.Go(func() { run(c.base) })
	return true
}

// Close ends the client: it breaks off the calls that are under way, whose writes
// then have an unknown outcome, and waits for its goroutines. A second Close does
// nothing. It returns nil.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	c.pool.close()
	c.wg.Wait()
	return nil
}

// Addresses returns the client addresses of all members known, in the order in
// which a call would try them. The caller owns the slice.
func (c *Client) Addresses() []string { return slices.Clone(c.table.order()) }

// learn asks the member at address for the member table, in the background, so
// that the client survives the loss of the addresses it was given. It does so
// once for each leader.
func (c *Client) learn(address string, h *kvv1.Header) {
	if h.GetClusterId() == "" || !c.table.shouldLearn(h.GetLeader()) {
		return
	}
	c.start(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, learnTimeout)
		defer cancel()
		if _, err := c.askMembers(ctx, address); err != nil {
			c.cfg.logger.Debug("learn members", "from", address, "error", err)
		}
	})
}

// askMembers asks one member once. The caller's table learns from the answer.
func (c *Client) askMembers(ctx context.Context, address string) (*kvv1.MembersResponse, error) {
	var resp *kvv1.MembersResponse
	e := c.attempt(ctx, address, &call{kind: read, local: true, quiet: true, do: func(ctx context.Context, cc *conn) (_ *kvv1.Header, err error) {
		resp, err = kvv1.NewClusterClient(cc.grpc).Members(ctx, &kvv1.MembersRequest{})
		return resp.GetHeader(), err
	}}, time.Time{})
	if e != nil {
		return nil, e
	}
	c.table.learn(resp)
	return resp, nil
}

func parseAddresses(addresses []string) ([]string, error) {
	if len(addresses) == 0 {
		return nil, ErrInvalid.Withf("no address given: want HOST:PORT of a member's client port")
	}
	seeds := make([]string, 0, len(addresses))
	for _, a := range addresses {
		a = strings.TrimSpace(a)
		if err := checkAddress(a); err != nil {
			return nil, err
		}
		seeds = append(seeds, a)
	}
	return seeds, nil
}

// checkAddress returns ErrInvalid unless a is HOST:PORT with a port of 1 to 65535.
func checkAddress(a string) error {
	host, port, err := net.SplitHostPort(a)
	if err != nil {
		return ErrInvalid.Withf("address %q: want HOST:PORT, as in localhost:8080", a)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return ErrInvalid.Withf("address %q: the port must be a number from 1 to 65535", a)
	}
	if host == "" || strings.ContainsAny(host, " \t\r\n/@") {
		return ErrInvalid.Withf("address %q: the host is missing or no host name", a)
	}
	return nil
}

// String names the client by its addresses, for logs.
func (c *Client) String() string {
	return fmt.Sprintf("kv client of %s", strings.Join(c.Addresses(), ", "))
}
