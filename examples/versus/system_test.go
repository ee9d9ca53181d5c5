package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test be a member of etcd, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == memberCommand {
		os.Exit(runMember(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// All groups come to an end with real members. Snapshots of kv need more log than a
// test should write: see TestPauses.
func TestAllGroups(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts a dozen processes")
	}
	cfg := defaults()
	cfg.dir, cfg.only, cfg.systems, cfg.points, cfg.unaryPoints = t.TempDir(), "all", "kv,etcd", "put=4", "get=4"
	cfg.pairs, cfg.failover, cfg.stops, cfg.keys, cfg.valueBytes, cfg.steadyClients = 1, 1, 1, 100, 16, 8
	cfg.duration, cfg.warmup, cfg.steady, cfg.settle = 200*time.Millisecond, 50*time.Millisecond, 300*time.Millisecond, 200*time.Millisecond
	cfg.million = millionConfig{keys: 2000, valueBytes: 64, history: 100, rest: time.Millisecond, rate: 100, pause: 200 * time.Millisecond, restarts: 1}
	p, err := cfg.check()
	if err != nil {
		t.Fatal(err)
	}
	if err := buildKV(t.Context(), &cfg, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	r := newResults(&cfg, p.systems, false)
	if err := measureGroups(t.Context(), &cfg, p, cfg.dir, r); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.writeText(&b); err != nil {
		t.Fatal(err)
	}
	t.Log(b.String())
	if len(r.Runs) != 4 || len(r.Failovers["etcd"]) != 1 || len(r.Stops) != 2 || len(r.Steady) != 2 || len(r.Million.Runs) != 2 {
		t.Errorf("results are missing: %+v", r)
	}
	for _, m := range r.Million.Runs {
		if len(m.RestartOne) != 1 || len(m.RestartAll) != 1 || m.Join == nil {
			t.Errorf("results are missing: %+v", m)
		}
	}
	if left, err := os.ReadDir(cfg.dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}
