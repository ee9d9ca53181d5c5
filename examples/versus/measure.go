package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kv/cmd/kv/bench"
)

// keyBytes is the length of all keys.
const keyBytes = 16

// point is what to measure: a kind of operation and how many are under way.
type point struct {
	kind    bench.Kind
	clients int
}

func (p point) String() string { return fmt.Sprintf("%s C=%d", p.kind, p.clients) }

// parsePoints reads put=1,get=64.
func parsePoints(s string) ([]point, error) {
	var all []point
	for part := range strings.SplitSeq(s, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		clients, err := strconv.Atoi(number)
		p := point{bench.Put, clients}
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

// measureAll preloads all systems and measures them at each point, in turn.
func measureAll(ctx context.Context, cfg *config, systems []system, points []point, r *results) error {
	for _, s := range systems {
		say("preload %s", s.name())
		c := load(cfg, point{bench.Get, 64})
		c.Preload, c.Warmup, c.Duration = true, 0, time.Second
		if _, err := runOn(ctx, cfg, s, c); err != nil {
			return fmt.Errorf("preload %s: %w", s.name(), err)
		}
	}
	for _, p := range points {
		for pair := range cfg.pairs {
			for _, s := range systems {
				m, err := measure(ctx, cfg, s, p, pair+1)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", s.name(), p, err)
				}
				if ctx.Err() != nil {
					return ctx.Err()
				}
				say("%-10s %d/%d %-5s %9.0f/s  p50 %.2f ms  p99 %.2f ms  errors %d", p, pair+1, cfg.pairs, s.name(), m.Throughput, m.P50, m.P99, m.Errors)
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

// runOn runs a load on a system, with the same number of connections for each.
func runOn(ctx context.Context, cfg *config, s system, c bench.Config) (bench.Report, error) {
	targets, closeAll, err := s.connect(ctx, cfg.connections(c.Clients))
	if err != nil {
		return bench.Report{}, err
	}
	defer closeAll()
	c.Targets = targets
	return bench.Run(ctx, c)
}

func (c *config) connections(clients int) int {
	return (clients + c.perConnection - 1) / c.perConnection
}

// measure measures one system at one point once.
func measure(ctx context.Context, cfg *config, s system, p point, pair int) (measurement, error) {
	var from, to time.Duration
	var told bool
	c := load(cfg, p)
	c.AtStart = func() { from, told = cpu(s.processes()) }
	c.AtEnd = func() {
		var ok bool
		to, ok = cpu(s.processes())
		told = told && ok
	}
	report, err := runOn(ctx, cfg, s, c)
	if err != nil {
		return measurement{}, err
	}
	all := report.All
	m := measurement{System: s.name(), Point: p.String(), Pair: pair, Throughput: all.Throughput, Errors: all.Errors, ErrorList: report.Errors}
	if all.Latency != nil {
		m.P50, m.P99 = all.Latency.P50, all.Latency.P99
	}
	if told && all.OK > 0 {
		perThousand := (to - from).Seconds() * 1000 / float64(all.OK)
		m.CPU = &perThousand
	}
	return m, nil
}
