package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// config is what the flags say.
type config struct {
	dir               string
	kvBinary          string
	only              string
	systems           string
	points            string
	unaryPoints       string
	pairs             int
	duration          time.Duration
	warmup            time.Duration
	keys              int
	valueBytes        int
	perConnection     int
	etcdPerConnection int
	failover          int
	stops             int
	settle            time.Duration
	steady            time.Duration
	steadyClients     int
	million           millionConfig
	format            string
}

// millionConfig is what is done with many keys.
type millionConfig struct {
	keys       int
	valueBytes int
	history    int
	rest       time.Duration
	rate       float64
	pause      time.Duration
	snapshots  int
	restarts   int
}

func (c *config) define(f *flag.FlagSet) {
	f.StringVar(&c.dir, "dir", os.TempDir(), "`folder` on the disk to measure; a temporary one is made in it")
	f.StringVar(&c.kvBinary, "kv", "", "`program` to run as kv (default: build it)")
	f.StringVar(&c.only, "only", "stream,unary,failover,stop", "`groups` to measure, of "+strings.Join(groupNames, ", ")+"; or all")
	f.StringVar(&c.systems, "systems", "kv,etcd,redis", "`systems` to measure; redis only if redis-server is on the PATH")
	f.StringVar(&c.points, "points", "put=1,put=16,put=64,put=256,put=1024,get=1,get=64,get=256", "stream: kinds of operation and numbers of clients; gets are linearizable")
	f.StringVar(&c.unaryPoints, "unary-points", "put=64,put=256,get=256", "unary: the same for a kv client without its stream, a call for each operation")
	f.IntVar(&c.pairs, "pairs", 5, "stream, unary: `number` of times that each point is measured on each system, in turn")
	f.DurationVar(&c.duration, "duration", 5*time.Second, "stream, unary: how long to measure a point each time")
	f.DurationVar(&c.warmup, "warmup", time.Second, "how long to run before")
	f.IntVar(&c.keys, "keys", 100_000, "`number` of keys of 16 bytes, put once before")
	f.IntVar(&c.valueBytes, "value-bytes", 256, "`bytes` of a value; they are random")
	f.IntVar(&c.perConnection, "per-connection", 0, "`number` of clients that share a client of kv, and its stream; 0: all, as in one process")
	f.IntVar(&c.etcdPerConnection, "etcd-per-connection", 0, "`number` of clients that share a client of etcd, and its connection; 0: all, as for kv")
	f.IntVar(&c.failover, "failover", 11, "failover: `number` of times to kill the leader of each system")
	f.IntVar(&c.stops, "stops", 11, "stop: `number` of times to stop the leader of each system in good order")
	f.DurationVar(&c.settle, "settle", 2*time.Second, "failover, stop: how long a system is left alone before its leader goes; stop: twice that is watched")
	f.DurationVar(&c.steady, "steady", 10*time.Minute, "steady: how long each system has full load")
	f.IntVar(&c.steadyClients, "steady-clients", 1024, "steady: `number` of clients that put")
	c.million.define(f)
	f.StringVar(&c.format, "o", "text", "`format` of the results: text, markdown or json")
}

func (c *millionConfig) define(f *flag.FlagSet) {
	f.IntVar(&c.keys, "million-keys", 1_000_000, "million: `number` of keys of 16 bytes")
	f.IntVar(&c.valueBytes, "million-value-bytes", 64, "million: `bytes` of a value")
	f.IntVar(&c.history, "history-revisions", 1000, "million: `number` of changes that kv keeps as history; etcd is compacted and defragmented")
	f.DurationVar(&c.rest, "rest", 150*time.Second, "million: how long the members rest before their memory is read; Go collects garbage every two minutes at least")
	f.Float64Var(&c.rate, "rate", 500, "million: puts a `second` of the open loop whose pauses are measured")
	f.DurationVar(&c.pause, "pause", 10*time.Second, "million: how long to look for pauses at least")
	f.IntVar(&c.snapshots, "snapshots", 3, "million: `number` of times to look for pauses without and with a snapshot")
	f.IntVar(&c.restarts, "restarts", 3, "million: `number` of times to restart a member, and all of them")
}

// plan is what to measure.
type plan struct {
	groups        []string
	systems       []string
	stream, unary []point
}

func (p *plan) has(group string) bool { return slices.Contains(p.groups, group) }

// check returns what to measure, and finds what cannot be.
func (c *config) check() (*plan, error) {
	switch {
	case formats[c.format] == nil:
		return nil, fmt.Errorf("-o is %q: give text, markdown or json", c.format)
	case c.perConnection < 0 || c.etcdPerConnection < 0:
		return nil, fmt.Errorf("-per-connection is %d and -etcd-per-connection %d: give 0 or more", c.perConnection, c.etcdPerConnection)
	case c.pairs < 0 || c.failover < 0 || c.stops < 0 || c.million.snapshots < 0 || c.million.restarts < 0:
		return nil, fmt.Errorf("-pairs is %d, -failover %d, -stops %d, -snapshots %d and -restarts %d: give 0 or more",
			c.pairs, c.failover, c.stops, c.million.snapshots, c.million.restarts)
	case c.million.rate <= 0:
		return nil, fmt.Errorf("-rate is %v: give more than 0", c.million.rate)
	}
	var p plan
	var err error
	if p.groups, err = choose("-only", c.only, groupNames); err != nil {
		return nil, err
	}
	if p.systems, err = choose("-systems", c.systems, systemNames); err != nil {
		return nil, err
	}
	if p.stream, err = parsePoints(c.points, false); err != nil {
		return nil, err
	}
	p.unary, err = parsePoints(c.unaryPoints, true)
	return &p, err
}

// choose reads a list of some of names, or all; it returns them in the order of
// names.
func choose(what, list string, names []string) (chosen []string, err error) {
	if list == "all" {
		return names, nil
	}
	wanted := strings.Split(list, ",")
	for _, w := range wanted {
		if !slices.Contains(names, w) {
			return nil, fmt.Errorf("%s has %q: give some of %s", what, w, strings.Join(names, ","))
		}
	}
	for _, n := range names {
		if slices.Contains(wanted, n) {
			chosen = append(chosen, n)
		}
	}
	return chosen, nil
}
