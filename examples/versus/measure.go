package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"kv/cmd/kv/bench"
)

const (
	// keyBytes is the length of all keys.
	keyBytes = 16
	// preloaders is how many clients put the keys once before.
	preloaders = 64
)

// point is what to measure: a kind of operation and how many are under way.
type point struct {
	kind    bench.Kind
	clients int
	unary   bool // without kv's stream
}

func (p point) String() string {
	if p.unary {
		return fmt.Sprintf("%s C=%d unary", p.kind, p.clients)
	}
	return fmt.Sprintf("%s C=%d", p.kind, p.clients)
}

// parsePoints reads put=1,get=64.
func parsePoints(s string, unary bool) ([]point, error) {
	var all []point
	for part := range strings.SplitSeq(s, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		clients, err := strconv.Atoi(number)
		p := point{bench.Put, clients, unary}
		if name == bench.Get.String() {
			p.kind = bench.Get
		}
		if err != nil || clients < 1 || name != p.kind.String() {
			return nil, fmt.Errorf("%q is no point; give put or get and a number of clients, as in put=64", part)
		}
		all = append(all, p)
	}
	return all, nil
}

// preload puts all keys of a load into a system.
func preload(ctx context.Context, s system, c bench.Config) error {
	say("preload %d keys into %s", c.Keys, s.name())
	c.Mix, c.Preload, c.Warmup, c.Duration = bench.Only(bench.Get), true, 0, 100*time.Millisecond
	if _, err := runOn(ctx, s, false, c); err != nil {
		return fmt.Errorf("preload %s: %w", s.name(), err)
	}
	return ctx.Err()
}

// measureAll measures all systems at each point, in turn. Redis has but one way to
// be called, so that only the stream is compared with it.
func measureAll(ctx context.Context, cfg *config, systems []system, points []point, r *results) error {
	for _, p := range points {
		for pair := range cfg.pairs {
			for _, s := range systems {
				if _, ok := s.(replicated); p.unary && !ok {
					continue
				}
				m, err := measure(ctx, cfg, s, p, pair+1)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", s.name(), p, err)
				}
				if ctx.Err() != nil {
					return ctx.Err()
				}
				say("%-14s %d/%d %-5s %s", p, pair+1, cfg.pairs, s.name(), m.outcome)
				r.Runs = append(r.Runs, m)
			}
		}
	}
	return nil
}

func load(cfg *config, p point) bench.Config {
	return bench.Config{
		Clients: p.clients, Mix: bench.Only(p.kind), Keys: cfg.keys, KeyBytes: keyBytes, ValueBytes: cfg.valueBytes,
		Warmup: cfg.warmup, Duration: cfg.duration, Seed: uint64(time.Now().UnixNano()),
	}
}

// runOn runs a load on a system, where and with as many connections as it likes best.
func runOn(ctx context.Context, s system, unary bool, c bench.Config) (bench.Report, error) {
	targets, closeAll, err := s.connect(ctx, c.Clients, unary)
	if err != nil {
		return bench.Report{}, err
	}
	defer closeAll()
	c.Targets = targets
	debug.FreeOSMemory() // the garbage of the last run is not collected in this one
	return bench.Run(ctx, c)
}

// connections returns how many connections so many clients have, if at most so many
// share one, or all.
func connections(clients, perConnection int) int {
	if perConnection < 1 {
		return 1
	}
	return (clients + perConnection - 1) / perConnection
}

// measure measures one system at one point once.
func measure(ctx context.Context, cfg *config, s system, p point, pair int) (measurement, error) {
	servers := stopwatch{read: func() (time.Duration, bool) { return cpu(s.processes()) }}
	client := stopwatch{read: func() (time.Duration, bool) { return cpuOf(os.Getpid()) }}
	c := load(cfg, p)
	c.AtStart = func() { servers.start(); client.start() }
	c.AtEnd = func() { servers.end(); client.end() }
	report, err := runOn(ctx, s, p.unary, c)
	if err != nil {
		return measurement{}, err
	}
	ok := report.All.OK
	return measurement{
		System: s.name(), Point: p.String(), Pair: pair, outcome: outcomeOf(report),
		CPU: servers.perThousand(ok), ClientCPU: client.perThousand(ok),
	}, nil
}

// stopwatch measures processor time.
type stopwatch struct {
	read     func() (time.Duration, bool) // false if this machine does not tell
	from, to time.Duration
	told     bool
}

func (w *stopwatch) start() { w.from, w.told = w.read() }

func (w *stopwatch) end() {
	to, ok := w.read()
	w.to, w.told = to, w.told && ok
}

// perThousand returns the seconds for 1000 operations; nil if nobody knows.
func (w *stopwatch) perThousand(operations uint64) *float64 {
	if !w.told || operations == 0 {
		return nil
	}
	seconds := (w.to - w.from).Seconds() * 1000 / float64(operations)
	return &seconds
}
