package main

import (
	"slices"
	"time"
)

// results is all that was measured.
type results struct {
	Date        string   `json:"date"`
	Machine     string   `json:"machine"`
	Systems     []string `json:"systems"`
	Keys        int      `json:"keys"`
	KeyBytes    int      `json:"key_bytes"`
	ValueBytes  int      `json:"value_bytes"`
	Seconds     float64  `json:"seconds"` // of each measurement
	Pairs       int      `json:"pairs"`
	PerConn     int      `json:"clients_per_connection"`      // of kv; 0 for all
	EtcdPerConn int      `json:"etcd_clients_per_connection"` // 0 for all
	MemoryDisk  bool     `json:"disk_in_memory"`
	Interrupted bool     `json:"interrupted"`

	Runs []measurement `json:"runs"`
	// Failovers has, by system, the seconds from kill -9 of the leader to the first
	// acknowledgement of a put that was begun after it.
	Failovers map[string][]float64 `json:"failover_seconds"`
	Stops     []stopRun            `json:"stops"`
	Steady    []steadyRun          `json:"steady"`
	Million   millionResults       `json:"million"`
}

// millionResults is what was done with many keys.
type millionResults struct {
	Keys       int          `json:"keys"`
	ValueBytes int          `json:"value_bytes"`
	History    int          `json:"history_revisions"` // of kv
	Rest       float64      `json:"rest_seconds"`
	Rate       float64      `json:"rate"`
	Runs       []millionRun `json:"runs"`
}

// measurement is one system at one point once.
type measurement struct {
	System string `json:"system"`
	Point  string `json:"point"`
	Pair   int    `json:"pair"`
	outcome
	// CPU is the processor seconds of all its processes for 1000 operations, ClientCPU
	// those of this program; nil if this machine does not tell.
	CPU       *float64 `json:"cpu_seconds_per_1000,omitempty"`
	ClientCPU *float64 `json:"client_cpu_seconds_per_1000,omitempty"`
}

func newResults(cfg *config, systems []string, memory bool) *results {
	m := &cfg.million
	return &results{
		Date: time.Now().Format(time.DateOnly), Machine: machine(), Systems: systems,
		Keys: cfg.keys, KeyBytes: keyBytes, ValueBytes: cfg.valueBytes, Seconds: cfg.duration.Seconds(),
		Pairs: cfg.pairs, PerConn: cfg.perConnection, EtcdPerConn: cfg.etcdPerConnection, MemoryDisk: memory, Failovers: map[string][]float64{},
		Million: millionResults{Keys: m.keys, ValueBytes: m.valueBytes, History: m.history, Rest: m.rest.Seconds(), Rate: m.rate},
	}
}

// quantity is a column of measurements; false if one lacks it.
type quantity func(m measurement) (float64, bool)

var quantities = []struct {
	title, format string
	of            quantity
}{
	{"operations a second", "%.0f", func(m measurement) (float64, bool) { return m.Throughput, true }},
	{"p50 in ms", "%.2f", func(m measurement) (float64, bool) { return m.P50, m.P50 > 0 }},
	{"p99 in ms", "%.2f", func(m measurement) (float64, bool) { return m.P99, m.P99 > 0 }},
	{"processor seconds of all servers for 1000 operations", "%.4f", func(m measurement) (float64, bool) { return told(m.CPU) }},
	{"processor seconds of the clients for 1000 operations", "%.4f", func(m measurement) (float64, bool) { return told(m.ClientCPU) }},
}

func told(f *float64) (float64, bool) {
	if f == nil {
		return 0, false
	}
	return *f, true
}

// points returns the names of the points, in the order in which they were measured.
func (r *results) points() (names []string) {
	for _, m := range r.Runs {
		if !slices.Contains(names, m.Point) {
			names = append(names, m.Point)
		}
	}
	return names
}

// values returns a quantity of a system at a point, by pair.
func (r *results) values(system, point string, q quantity) map[int]float64 {
	values := map[int]float64{}
	for _, m := range r.Runs {
		if v, ok := q(m); ok && m.System == system && m.Point == point {
			values[m.Pair] = v
		}
	}
	return values
}

// failed are the errors of something that a system did.
type failed struct {
	system, what string
	outcome
}

// failures returns what had errors, or turns that were never begun.
func (r *results) failures() (all []failed) {
	add := func(system, what string, o outcome) {
		if len(o.ErrorList) > 0 || o.Dropped > 0 {
			all = append(all, failed{system, what, o})
		}
	}
	for _, m := range r.Runs {
		add(m.System, m.Point, m.outcome)
	}
	for _, m := range r.Stops {
		add(m.System, "SIGTERM of the leader", m.outcome)
	}
	for _, m := range r.Steady {
		add(m.System, "full load", m.outcome)
	}
	for _, m := range r.Million.Runs {
		for _, p := range m.Pauses {
			add(m.System, p.title(), p.outcome)
		}
		if m.Join != nil {
			add(m.System, "a new member", m.Join.outcome)
		}
	}
	return all
}

func (p *pauseRun) title() string {
	if p.Snapshot {
		return "during a snapshot"
	}
	return "without a snapshot"
}
