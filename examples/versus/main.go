// Command versus measures kv and etcd side by side: three members of each, as
// processes on this machine, with their data on the same disk and every write on
// the disks of a majority before it is acknowledged. Both get the same load from
// the same engine, in turn, so that a busy machine is busy for both. If a
// redis-server is on the PATH, a single one that syncs every write is measured as
// well, as the yardstick of one process without consensus.
//
//	cd examples/versus && go run .
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// config is what the flags say.
type config struct {
	dir           string
	kvBinary      string
	points        string
	pairs         int
	duration      time.Duration
	warmup        time.Duration
	keys          int
	valueBytes    int
	perConnection int
	failover      int
	redis         bool
	format        string
}

func (c *config) define(f *flag.FlagSet) {
	f.StringVar(&c.dir, "dir", os.TempDir(), "`folder` on the disk to measure; a temporary one is made in it")
	f.StringVar(&c.kvBinary, "kv", "", "`program` to run as kv (default: build it)")
	f.StringVar(&c.points, "points", "put=1,put=16,put=64,put=256,put=1024,get=1,get=64,get=256", "kinds of operation and numbers of clients to measure; gets are linearizable")
	f.IntVar(&c.pairs, "pairs", 5, "`number` of times that each point is measured on each system, in turn")
	f.DurationVar(&c.duration, "duration", 5*time.Second, "how long to measure a point each time")
	f.DurationVar(&c.warmup, "warmup", time.Second, "how long to run before")
	f.IntVar(&c.keys, "keys", 100_000, "`number` of keys of 16 bytes, put once before")
	f.IntVar(&c.valueBytes, "value-bytes", 256, "`bytes` of a value; they are random")
	f.IntVar(&c.perConnection, "per-connection", 64, "`number` of clients that share a connection to kv or etcd")
	f.IntVar(&c.failover, "failover", 11, "`number` of times to kill the leader of each system")
	f.BoolVar(&c.redis, "redis", true, "measure redis too if redis-server is on the PATH")
	f.StringVar(&c.format, "o", "text", "`format` of the results: text or json")
}

// check returns the points to measure, and finds what cannot be.
func (c *config) check() ([]point, error) {
	switch {
	case c.format != "text" && c.format != "json":
		return nil, fmt.Errorf("-o is %q: give text or json", c.format)
	case c.perConnection < 1:
		return nil, fmt.Errorf("-per-connection is %d: give 1 or more", c.perConnection)
	case c.pairs < 0 || c.failover < 0:
		return nil, fmt.Errorf("-pairs is %d and -failover %d: give 0 or more", c.pairs, c.failover)
	}
	return parsePoints(c.points)
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == memberCommand {
		os.Exit(runMember(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cfg config
	cfg.define(flag.CommandLine)
	flag.Parse()
	if err := run(ctx, &cfg, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "versus: %v\n", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg *config, out io.Writer) (err error) {
	points, err := cfg.check()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(cfg.dir, "kv-versus-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	systems, stop, err := startAll(ctx, cfg, dir)
	defer stop()
	if err != nil {
		return err
	}
	results := newResults(cfg, systems, memoryDisk(dir))
	err = measureAll(ctx, cfg, systems, points, results)
	if err == nil {
		err = failovers(ctx, cfg, systems, results)
	}
	if ctx.Err() != nil { // show what there is
		results.Interrupted, err = true, nil
	}
	if err != nil {
		return err
	}
	if cfg.format == "json" {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(results)
	}
	return results.write(out)
}

// startAll starts the systems one after the other; stop ends all that were
// started, also after an error.
func startAll(ctx context.Context, cfg *config, dir string) (all []system, stop func(), err error) {
	stop = func() {
		for _, s := range all {
			s.stop()
		}
	}
	candidates := []system{&kvSystem{binary: cfg.kvBinary, keys: cfg.keys}, &etcdSystem{}}
	if cfg.redis && redisThere() {
		candidates = append(candidates, &redisSystem{})
	}
	for _, s := range candidates {
		say("start %s", s.name())
		all = append(all, s)
		if err := s.start(ctx, dir); err != nil {
			return all, stop, fmt.Errorf("start %s: %w", s.name(), err)
		}
	}
	return all, stop, nil
}

// say tells on standard error how far the program is.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

func machine() string {
	return fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}
