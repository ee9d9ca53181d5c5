package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/term"

	"kv/client"
	"kv/cmd/kv/bench"
	"kv/node/playground"
	"kv/repl"
)

const aboutBench = `Puts load on a running cluster, or with -playground on three nodes in this process
for a quick look, and tells how many operations were done, how fast, and what
failed. Without an address it takes KV_ADDR or a context, as other commands do.
The cluster keeps the keys, which all begin with bench/; afterwards
"kv delete bench/ -prefix -y" removes them.

Closed loop (default): each of -clients begins an operation when its last one has
ended. Open loop (-rate): operations have their turns by a schedule, whatever the
cluster does, and latency counts from the turn; use it to learn latencies.

A txn is a compare-and-set of one key, a list reads 100 keys. An error is never a
result: it has no latency and makes no throughput. Ctrl-C ends the run early with
the results so far. Exit code: 0; 1 if all failed, 5 if that was for want of a
leader or a majority.`

// benchGC is the GOGC of a run that is given none.
const benchGC = 400

// benchFlags are the flags of `kv bench`.
type benchFlags struct {
	cfg         bench.Config
	to          connection
	playground  bool
	mix, dist   string
	skew        float64
	connections int
	stale       bool
	timeout     time.Duration
	unary       bool
	format      string
}

func (bf *benchFlags) define(f *flags) {
	c := &bf.cfg
	bf.to.define(f)
	f.BoolVar(&bf.playground, "playground", false, "start three nodes in this process and take those")
	f.StringVar(&bf.mix, "mix", "put=60,get=30,txn=10", "`kinds` of operation and how often: put, get, txn, delete, list")
	f.IntVar(&c.Clients, "clients", 64, "`number` of operations under way at a time")
	f.IntVar(&bf.connections, "connections", 1, "`number` of connections that the clients share")
	f.IntVar(&c.Keys, "keys", 10_000, "`number` of keys")
	sizeVar(f, &c.KeyBytes, "key-bytes", 16, "`bytes` of a key")
	sizeVar(f, &c.ValueBytes, "value-bytes", 256, "`bytes` of a value; they are random")
	f.StringVar(&bf.dist, "dist", "uniform", "how keys are drawn, a `distribution`: uniform or zipf")
	f.Float64Var(&bf.skew, "skew", 1.1, "`exponent` of -dist zipf, above 1: the higher, the hotter the hot keys")
	f.Float64Var(&c.Rate, "rate", 0, "open loop with this `number` of operations a second")
	f.IntVar(&c.Backlog, "backlog", 0, "`number` of operations that may wait for a free client with -rate; more are dropped (default: one second's)")
	f.DurationVar(&c.Warmup, "warmup", time.Second, "how long to run before measuring")
	f.DurationVar(&c.Duration, "duration", 10*time.Second, "how long to measure")
	f.BoolVar(&c.Preload, "preload", false, "put every key once before")
	f.BoolVar(&bf.stale, "stale", false, "get and list what the asked member has, without asking the leader")
	f.Uint64Var(&c.Seed, "seed", 1, "a `number` that makes keys, values and their order the same each time")
	f.BoolVar(&bf.unary, "unary", false, "make every operation a gRPC call of its own, instead of sharing one stream")
	f.DurationVar(&bf.timeout, "timeout", 5*time.Second, "how long one operation may take")
	f.StringVar(&bf.format, "o", "text", "`format` of the results: text or json")
}

// target is what is to be measured: the addresses, and the options of every client.
func (bf *benchFlags) target(given ...string) (addrs []string, options []client.Option, err error) {
	if !bf.playground {
		if addrs, err = bf.to.resolve(given...); err == nil {
			options, err = bf.to.options(0)
		}
	}
	options = append(options, client.WithTimeout(bf.timeout))
	if bf.unary {
		options = append(options, client.WithoutStream())
	}
	return addrs, options, err
}

// check finds what the flags ask for that cannot be.
func (bf *benchFlags) check(f *flags, rest []string) (err error) {
	if bf.cfg.Mix, err = bench.ParseMix(bf.mix); err != nil {
		return fmt.Errorf("-mix: %w", err)
	}
	switch bf.dist {
	case "uniform":
	case "zipf":
		bf.cfg.Skew = bf.skew
	default:
		return fmt.Errorf("-dist is %q: give uniform or zipf", bf.dist)
	}
	if bf.format != "text" && bf.format != "json" {
		return fmt.Errorf("-o is %q: give text or json", bf.format)
	}
	if bf.connections < 1 || bf.connections > bf.cfg.Clients {
		return fmt.Errorf("-connections is %d: give 1 to -clients, which is %d", bf.connections, bf.cfg.Clients)
	}
	if bf.timeout <= 0 {
		return fmt.Errorf("-timeout is %s: give more than 0", bf.timeout)
	}
	if rest = append(rest, bf.to.given()...); bf.playground && len(rest) > 0 {
		return fmt.Errorf("-playground starts nodes of its own: leave %q out", strings.Join(rest, " "))
	}
	return nil
}

func runBench(ctx context.Context, args []string, s streams) int {
	ctx, stop := interruptible(ctx)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait for the results
	var bf benchFlags
	f := newFlags("bench", "[HOST:PORT[,HOST:PORT…]] [FLAGS]", aboutBench, s)
	bf.define(f)
	rest, code, ok := f.parse(args, s)
	if !ok {
		return code
	}
	if err := bf.check(f, rest); err != nil {
		fmt.Fprintf(s.err, "kv bench: %v\n", err)
		return repl.ExitUsage
	}
	addrs, options, err := bf.target(rest...)
	if err != nil {
		fmt.Fprintf(s.err, "kv bench: %v\n", err)
		return repl.ExitUsage
	}
	report, err := bf.run(ctx, addrs, options, s)
	if err == nil {
		err = bf.print(s.out, &report)
	}
	if err != nil {
		fmt.Fprintf(s.err, "kv bench: %v\n", err)
		return benchErrorCode(err)
	}
	if !bf.playground && (bf.cfg.Preload || bf.cfg.Mix.Writes()) {
		fmt.Fprintln(s.err, "the keys stay in the cluster; `kv delete bench/ -prefix -y` removes them")
	}
	return benchExitCode(&report)
}

// run opens what is to be measured and measures it.
func (bf *benchFlags) run(ctx context.Context, addrs []string, options []client.Option, s streams) (bench.Report, error) {
	note := ""
	if bf.playground {
		cluster, err := openPlayground(ctx, playground.Config{FreePorts: true})
		if err != nil {
			return bench.Report{}, err
		}
		defer cluster.Close()
		addrs = cluster.Addresses()
		note = fmt.Sprintf("a quick look: clients and %d nodes share this process and its %d cores, the data is in %s",
			len(addrs), runtime.GOMAXPROCS(0), os.TempDir())
	}
	if !bf.playground && os.Getenv("GOGC") == "" {
		// What clients leave behind is little and lives shortly: to collect it seldom
		// leaves more of the machine to the members.
		defer debug.SetGCPercent(debug.SetGCPercent(benchGC))
	}
	kv, err := bench.DialKV(addrs, bf.connections, bf.cfg.Keys, bf.stale, options...)
	if err != nil {
		return bench.Report{}, err
	}
	defer kv.Close()
	cfg := bf.cfg
	cfg.Targets = kv.Targets()
	if f, ok := s.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		cfg.Progress = func(p bench.Progress) { fmt.Fprintf(s.err, "\r\x1b[K%s", p) }
		defer fmt.Fprint(s.err, "\r\x1b[K")
	}
	report, err := bench.Run(ctx, cfg)
	report.Note = note
	return report, err
}

func (bf *benchFlags) print(w io.Writer, r *bench.Report) error {
	if bf.format == "text" {
		return r.Write(w)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// benchErrorCode returns the exit code of a run that measured nothing.
func benchErrorCode(err error) int {
	switch {
	case errors.Is(err, bench.ErrConfig), errors.Is(err, client.ErrInvalid):
		return repl.ExitUsage
	case errors.Is(err, client.ErrNoLeader), errors.Is(err, client.ErrNoQuorum):
		return repl.ExitNoQuorum
	default:
		return repl.ExitFailed
	}
}

// benchExitCode returns the exit code of a run. One that was interrupted before
// anything was measured has not failed.
func benchExitCode(r *bench.Report) int {
	if r.All.OK > 0 || r.All.Errors == 0 {
		return repl.ExitOK
	}
	for _, e := range r.Errors {
		if e.Reason == "NO_LEADER" || e.Reason == "NO_QUORUM" {
			return repl.ExitNoQuorum
		}
	}
	return repl.ExitFailed
}
