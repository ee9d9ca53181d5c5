package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// group is some of what can be measured, with the systems as they are preloaded for
// all groups.
type group struct {
	name string
	run  func(ctx context.Context, cfg *config, p *plan, systems []system, r *results) error
}

// shared are the groups that use the same members, one after the other.
var shared = []group{
	{"stream", func(ctx context.Context, cfg *config, p *plan, all []system, r *results) error {
		return measureAll(ctx, cfg, all, p.stream, r)
	}},
	{"unary", func(ctx context.Context, cfg *config, p *plan, all []system, r *results) error {
		return measureAll(ctx, cfg, all, p.unary, r)
	}},
	{"failover", failovers},
	{"stop", stops},
	{"steady", steady},
}

// millionGroup starts members of its own, since it measures what they hold.
const millionGroup = "million"

var (
	groupNames  = []string{"stream", "unary", "failover", "stop", "steady", millionGroup}
	systemNames = []string{"kv", "etcd", "redis"}
)

// measureGroups measures what the plan says into r.
func measureGroups(ctx context.Context, cfg *config, p *plan, dir string, r *results) error {
	if err := measureShared(ctx, cfg, p, filepath.Join(dir, "shared"), r); err != nil {
		return err
	}
	if !p.has(millionGroup) {
		return nil
	}
	return millions(ctx, cfg, p, filepath.Join(dir, millionGroup), r)
}

// measureShared measures the groups that use the same members, which are gone when
// it returns.
func measureShared(ctx context.Context, cfg *config, p *plan, dir string, r *results) error {
	var groups []group
	for _, g := range shared {
		if p.has(g.name) {
			groups = append(groups, g)
		}
	}
	if len(groups) == 0 {
		return nil
	}
	systems, stop, err := startAll(ctx, cfg, p.systems, dir, 0)
	defer stop()
	if err != nil {
		return err
	}
	for _, s := range systems {
		if err := preload(ctx, s, load(cfg, point{clients: preloaders})); err != nil {
			return err
		}
	}
	for _, g := range groups {
		if err := g.run(ctx, cfg, p, systems, r); err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
	}
	return nil
}

// startAll starts the systems one after the other, with their data below dir; stop
// ends all that were started, also after an error. History is how many changes kv
// keeps, 0 for its default.
func startAll(ctx context.Context, cfg *config, names []string, dir string, history int) (all []system, stop func(), err error) {
	stop = func() {
		for _, s := range all {
			s.stop()
		}
		os.RemoveAll(dir) // what is left is removed at the end of the program
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, stop, err
	}
	for _, name := range names {
		s := newSystem(cfg, name, history)
		say("start %s", s.name())
		all = append(all, s)
		if err := s.start(ctx, dir); err != nil {
			return all, stop, fmt.Errorf("start %s: %w", s.name(), err)
		}
	}
	return all, stop, nil
}

func newSystem(cfg *config, name string, history int) system {
	switch name {
	case "kv":
		return &kvSystem{binary: cfg.kvBinary, history: history, keys: max(cfg.keys, cfg.million.keys), perConnection: cfg.perConnection}
	case "etcd":
		return &etcdSystem{perConnection: cfg.etcdPerConnection}
	default:
		return &redisSystem{}
	}
}

// replicatedOf returns those that survive their leader.
func replicatedOf(systems []system) (all []replicated) {
	for _, s := range systems {
		if rs, ok := s.(replicated); ok {
			all = append(all, rs)
		}
	}
	return all
}

// withoutRedis returns the names of the replicated systems.
func withoutRedis(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == "redis" })
}
