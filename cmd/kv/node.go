package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"syscall"
	"time"

	"kv/node"
	"kv/repl"
)

const aboutNode = `Runs one member of a cluster. The first node is started with -bootstrap; each
further one with -join and the client address of any member. Without either a
node on an empty DATA_DIR waits until somebody types "join ADDRESS" in the shell.
A restart needs neither: the DATA_DIR remembers.`

// nodeFlags are the flags of `kv node`.
type nodeFlags struct {
	cfg                 node.Config
	join                string
	logLevel, logFormat string
	joinTimeout         time.Duration
	stopTimeout         time.Duration
}

func (nf *nodeFlags) define(f *flags) {
	c := &nf.cfg
	f.BoolVar(&c.Bootstrap, "bootstrap", false, "found a new cluster with this node as its first member")
	f.StringVar(&nf.join, "join", "", "join the cluster of these client addresses (`HOST:PORT`, several with commas)")
	f.StringVar(&c.ClusterName, "cluster", "", "`name` of the cluster that -bootstrap founds (default \"kv\")")
	f.IntVar(&c.KVPort, "kv-port", 0, "`port` for clients; KV_PORT (default 8080)")
	f.IntVar(&c.RaftPort, "raft-port", 0, "`port` for other nodes; RAFT_PORT (default 9090)")
	f.StringVar(&c.DataDir, "data-dir", "", "`folder` for everything the node keeps; DATA_DIR (default ./data/node1)")
	f.StringVar(&c.Name, "node-id", "", "unique `name` of the node; NODE_ID (default node-<RAFT_PORT>)")
	f.StringVar(&c.Host, "host", "", "`address` to listen on (default 127.0.0.1: this machine only)")
	f.StringVar(&c.AdvertiseHost, "advertise-host", "", "`host` that the others are told (default: -host)")
	sizeVar(f, &c.Limits.MaxKeyBytes, "max-key-bytes", 0, "largest key, in `bytes` (default 32 KiB)")
	sizeVar(f, &c.Limits.MaxValueBytes, "max-value-bytes", 0, "largest value, in `bytes` (default 1 MiB)")
	f.IntVar(&c.Limits.MaxTxnOps, "max-txn-ops", 0, "comparisons and operations of a transaction at most, a `number` (default 128)")
	f.IntVar(&c.HistoryRevisions, "history-revisions", 0, "`number` of changes of keys to keep as history (default 100000)")
	f.DurationVar(&c.HistoryAge, "history-age", 0, "how long to keep history (default 1h)")
	sizeVar(f, &c.HistoryBytes, "history-bytes", 0, "`bytes` of keys and values to keep for history alone (default 64 MiB)")
	sizeVar(f, &c.QuotaBytes, "quota-bytes", 0, "`bytes` that keys and values may grow to (default 2 GiB)")
	f.IntVar(&c.Bounds.Requests, "max-requests", 0, "`number` of requests in flight in the node, and of open watches (default 16384)")
	sizeVar(f, &c.Bounds.Bytes, "max-request-bytes", 0, "`bytes` of requests in flight in the node (default 256 MiB)")
	f.IntVar(&c.Bounds.ConnRequests, "max-conn-requests", 0, "`number` of requests in flight on one connection, and of open watches (default 4096)")
	sizeVar(f, &c.Bounds.ConnBytes, "max-conn-request-bytes", 0, "`bytes` of requests in flight on one connection (default 64 MiB)")
	f.DurationVar(&c.HeartbeatTimeout, "heartbeat-timeout", 0, "how long a follower waits for its leader before it stands for election (default 1s)")
	f.StringVar(&nf.logLevel, "log-level", "info", "`level` of the log on standard error: debug, info, warn or error")
	f.StringVar(&nf.logFormat, "log-format", "text", "`format` of the log: text or json")
	f.DurationVar(&nf.joinTimeout, "join-timeout", 30*time.Second, "how long to try to join")
	f.DurationVar(&nf.stopTimeout, "stop-timeout", 5*time.Second, "how long to hand over and finish when asked to stop")
	for name, variable := range map[string]string{
		"kv-port": "KV_PORT", "raft-port": "RAFT_PORT", "data-dir": "DATA_DIR", "node-id": "NODE_ID",
	} {
		f.fromEnv(name, variable)
	}
}

// newLogger makes the logger that -log-level and -log-format ask for.
func newLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("-log-level is %q: give debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	default:
		return nil, fmt.Errorf("-log-format is %q: give text or json", format)
	}
}

// check finds what the flags ask for that cannot be.
func (nf *nodeFlags) check(f *flags, rest []string) error {
	if len(rest) > 0 {
		if f.Lookup(rest[0]) != nil {
			return fmt.Errorf("unexpected argument %q; did you mean -%s?", rest[0], rest[0])
		}
		return fmt.Errorf("unexpected argument %q; see `kv node -help`", rest[0])
	}
	if nf.cfg.Bootstrap && nf.join != "" {
		return errors.New("-bootstrap founds a new cluster and -join enters an existing one: give one of them")
	}
	var bad error
	f.Visit(func(fl *flag.Flag) {
		if strings.HasSuffix(fl.Name, "-port") && fl.Value.String() == "0" {
			bad = fmt.Errorf("-%s is 0: a port is a number from 1 to 65535", fl.Name)
		}
		if strings.HasPrefix(fl.Value.String(), "-") && (strings.HasPrefix(fl.Name, "max-") || strings.HasPrefix(fl.Name, "history-")) {
			bad = fmt.Errorf("-%s is %s: it cannot be negative; 0 means the default", fl.Name, fl.Value)
		}
	})
	return bad
}

func runNode(ctx context.Context, args []string, s streams) int {
	ctx, stop := interruptible(ctx)
	defer stop()
	var nf nodeFlags
	f := newFlags("node", "[-bootstrap | -join HOST:PORT] [FLAGS]", aboutNode, s)
	nf.define(f)
	rest, code, ok := f.parse(args, s)
	if !ok {
		return code
	}
	logger, err := newLogger(s.err, nf.logLevel, nf.logFormat)
	if err == nil {
		err = nf.check(f, rest)
	}
	if err != nil {
		fmt.Fprintf(s.err, "kv node: %v\n", err)
		return repl.ExitUsage
	}
	nf.cfg.Logger = logger
	if err := serve(ctx, &nf, s); err != nil {
		fmt.Fprintf(s.err, "kv node: %v%s\n", err, wayOut(err))
		return repl.ExitFailed
	}
	return repl.ExitOK
}

// wayOut is what to do after an error that a person can mend from outside.
func wayOut(err error) string {
	if errors.Is(err, syscall.ENOSPC) {
		return "; make room there and start the node again: it has all that it acknowledged"
	}
	return ""
}

// serve opens the node, joins if asked to, and waits for the end.
func serve(ctx context.Context, nf *nodeFlags, s streams) error {
	n, err := node.Open(nf.cfg)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), nf.stopTimeout)
		defer cancel()
		n.Stop(ctx)
	}()
	if host := nf.cfg.Host; host != "" && host != node.DefaultHost && host != "localhost" {
		nf.cfg.Logger.Warn("listening beyond this machine without TLS: anybody who reaches the ports can read and write", "host", host)
	}
	if nf.join != "" {
		if err := join(ctx, n, nf); err != nil {
			return err
		}
	}
	announce(n, nf, s)
	giveRoom(ctx)
	go trim(ctx)
	select {
	case <-ctx.Done():
		nf.cfg.Logger.Info("stopping", "node", n.Name())
		return nil
	case <-n.Done():
		return n.Err()
	}
}

func join(ctx context.Context, n *node.Node, nf *nodeFlags) error {
	joining, cancel := context.WithTimeout(ctx, nf.joinTimeout)
	defer cancel()
	err := n.Join(joining, strings.Split(nf.join, ","))
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("join %s: %w", nf.join, err)
	}
	// Whoever starts the next node, or stops another, wants this one's vote.
	if err := n.AwaitVoter(joining); err != nil && ctx.Err() == nil {
		nf.cfg.Logger.Warn("joined as a learner, but not promoted yet", "error", err)
	}
	return nil
}

// announce tells a person what the node is and what to do next.
func announce(n *node.Node, nf *nodeFlags, s streams) {
	if id, name := n.Cluster(); id != "" {
		nf.cfg.Logger.Info("ready", "node", n.Name(), "cluster", name, "cluster-id", id, "clients", n.KVAddress(), "raft", n.RaftAddress())
		fmt.Fprintf(s.out, "%s is a member of cluster %s (%s). Open a shell on it with: kv repl %s\n", n.Name(), name, id, n.KVAddress())
		return
	}
	fmt.Fprintf(s.out, "%s waits to be added to a cluster. In the shell of a member type: join %s\n"+
		"To found a new cluster instead, start it with -bootstrap.\n", n.Name(), n.KVAddress())
}
