package main

import (
	"context"
	"fmt"
	"time"

	"kv/cmd/kv/bench"
)

// millionClients is how many put the many keys, and may be under way in the open
// loop after that.
const millionClients = 256

// millionRun is what one system with many keys did.
type millionRun struct {
	System string `json:"system"`
	// LoadSeconds is how long it took to put all keys.
	LoadSeconds float64       `json:"load_seconds"`
	Resident    residentBytes `json:"resident_bytes"`
	Pauses      []pauseRun    `json:"pauses"`
	// RestartOne has the seconds from the start of a member that was stopped in good
	// order until it served a linearizable get itself, RestartAll those from the start
	// of all, which were killed, until any of them did.
	RestartOne []float64 `json:"restart_one_seconds"`
	RestartAll []float64 `json:"restart_all_seconds"`
	Join       *joinRun  `json:"join"`
}

// residentBytes are what the members hold in memory, in their order: without keys,
// as soon as all are put, and after the history is gone and the members have rested.
type residentBytes struct {
	Empty  []uint64 `json:"empty"`
	Loaded []uint64 `json:"loaded"`
	Rested []uint64 `json:"rested"`
}

// perKey returns by how much a member has grown for each key, at rest.
func (b residentBytes) perKey(keys int) (all []float64) {
	for i := range min(len(b.Empty), len(b.Rested)) {
		all = append(all, (float64(b.Rested[i])-float64(b.Empty[i]))/float64(keys))
	}
	return all
}

// millions starts fresh members of each replicated system, and measures them with
// many keys. They rest at the same time; the rest is in turn.
func millions(ctx context.Context, cfg *config, p *plan, dir string, r *results) error {
	systems, stop, err := startAll(ctx, cfg, withoutRedis(p.systems), dir, cfg.million.history)
	defer stop()
	if err != nil {
		return err
	}
	all := replicatedOf(systems)
	r.Million.Runs = make([]millionRun, len(all))
	if err := fill(ctx, cfg, all, r.Million.Runs); err != nil {
		return err
	}
	for i, s := range all {
		run := &r.Million.Runs[i]
		if err := pauses(ctx, cfg, s, run); err != nil {
			return fmt.Errorf("snapshots of %s: %w", s.name(), err)
		}
		if err := restarts(ctx, cfg, s, run); err != nil {
			return fmt.Errorf("restarts of %s: %w", s.name(), err)
		}
		if err := join(ctx, cfg, s, run); err != nil {
			return fmt.Errorf("a new member of %s: %w", s.name(), err)
		}
	}
	return nil
}

// fill puts the keys and reads what the members hold in memory.
func fill(ctx context.Context, cfg *config, all []replicated, runs []millionRun) error {
	if err := sleep(ctx, cfg.settle); err != nil {
		return err
	}
	for i, s := range all {
		run := &runs[i]
		run.System, run.Resident.Empty = s.name(), resident(s.processes())
		began := time.Now()
		if err := preload(ctx, s, millionLoad(cfg)); err != nil {
			return err
		}
		run.LoadSeconds = time.Since(began).Seconds()
		run.Resident.Loaded = resident(s.processes())
		say("%s has %d keys after %.1f s", s.name(), cfg.million.keys, run.LoadSeconds)
		if err := s.forget(ctx); err != nil {
			return fmt.Errorf("forget the history of %s: %w", s.name(), err)
		}
	}
	say("rest for %s", cfg.million.rest)
	if err := sleep(ctx, cfg.million.rest); err != nil {
		return err
	}
	for i, s := range all {
		b := &runs[i].Resident
		b.Rested = resident(s.processes())
		say("%s holds %s bytes a key", s.name(), spreadOf(b.perKey(cfg.million.keys)).text("%.0f"))
	}
	return nil
}

// millionLoad is the open loop on the many keys.
func millionLoad(cfg *config) bench.Config {
	c := load(cfg, point{kind: bench.Put, clients: millionClients})
	c.Keys, c.ValueBytes, c.Rate = cfg.million.keys, cfg.million.valueBytes, cfg.million.rate
	return c
}

// resident returns the resident bytes of processes; nothing if this machine does
// not tell.
func resident(all []*process) (bytes []uint64) {
	for _, p := range all {
		b, ok := residentOf(p.pid())
		if !ok {
			return nil
		}
		bytes = append(bytes, b)
	}
	return bytes
}
