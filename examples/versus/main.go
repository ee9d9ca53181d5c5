// Command versus measures kv and etcd side by side: three members of each, as
// processes on this machine, with their data on the same disk and every write on
// the disks of a majority before it is acknowledged. Both get the same load from
// the same engine, in turn, so that a busy machine is busy for both. If a
// redis-server is on the PATH, a single one that syncs every write is measured as
// well, as the yardstick of one process without consensus.
//
// What it can measure comes in groups, of which -only names some:
//
//	stream    operations a second, latency, processor time; all clients of kv share a stream
//	unary     the same with a call for each operation, as other languages do it
//	failover  kill -9 of the leader to the next acknowledged put
//	stop      SIGTERM of the leader: the longest time between acknowledged puts
//	steady    full load for minutes: elections, errors, the longest time between puts
//	million   a million keys: memory, pauses by a snapshot, restart, a new member
//
// For example:
//
//	cd examples/versus && go run . -only stop,million -o markdown
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"
)

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

// run measures and writes the results; after an error those that there are.
func run(ctx context.Context, cfg *config, out io.Writer) error {
	p, err := cfg.check()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(cfg.dir, "kv-versus-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if !redisThere() {
		p.systems = withoutRedis(p.systems)
	}
	if slices.Contains(p.systems, "kv") {
		if err := buildKV(ctx, cfg, dir); err != nil {
			return err
		}
	}
	r := newResults(cfg, p.systems, memoryDisk(dir))
	err = measureGroups(ctx, cfg, p, dir, r)
	if ctx.Err() != nil {
		r.Interrupted, err = true, nil
	}
	return errors.Join(err, formats[cfg.format](r, out))
}

// say tells on standard error how far the program is.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

func machine() string {
	return fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}
