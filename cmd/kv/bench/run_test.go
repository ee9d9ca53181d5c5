package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// targetFunc is a target made of a function.
type targetFunc func(ctx context.Context, op Op) (bool, error)

func (f targetFunc) Do(ctx context.Context, op Op) (bool, error) { return f(ctx, op) }

// steady answers every operation after d.
func steady(d time.Duration) Target {
	return targetFunc(func(context.Context, Op) (bool, error) { time.Sleep(d); return false, nil })
}

func config(t Target) Config {
	return Config{
		Targets: []Target{t}, Clients: 4, Mix: Only(Put), Keys: 100, KeyBytes: 16, ValueBytes: 8,
		Warmup: time.Second, Duration: 2 * time.Second, Seed: 1,
	}
}

// runIt runs in a bubble, where time passes only when all wait for it.
func runIt(t *testing.T, ctx context.Context, cfg Config) Report {
	t.Helper()
	r, err := Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.Load.Cores = 2
	var ops uint64
	for _, s := range r.Kinds {
		ops += s.Ops
		if s.Ops != s.OK+s.Errors || s.Missed > s.OK || s.Unknown > s.Errors {
			t.Errorf("the counts contradict each other: %+v", s)
		}
	}
	if ops != r.All.Ops || r.All.Ops != r.All.OK+r.All.Errors {
		t.Errorf("the sums are wrong: %+v of %+v", r.All, r.Kinds)
	}
	if o := r.OpenLoop; o != nil && (o.Offered != int(r.All.Ops)+o.Dropped+o.Left || o.Left < 0) {
		t.Errorf("turns were lost: %+v of %+v", *o, r.All)
	}
	return r
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("it is not %s, which -rewrite would accept:\n%s", path, got)
	}
}

func text(t *testing.T, r Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestClosedLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var window []time.Time
		note := func() { window = append(window, time.Now()) }
		cfg := config(steady(10 * time.Millisecond))
		cfg.Preload, cfg.AtStart, cfg.AtEnd = true, note, note
		r := runIt(t, t.Context(), cfg)
		if r.All.OK != 4*200 || r.All.Throughput != 400 || *r.LongestWriteGap != 10 || r.Seconds != 2 {
			t.Errorf("4 clients of 100 a second did %+v", r.All)
		}
		if len(window) != 2 || window[1].Sub(window[0]) < cfg.Duration {
			t.Errorf("the measured time was told as %v", window)
		}
		golden(t, "closed.txt", text(t, r))
	})
}

// A mix in which each kind takes another time, misses and fails in its own way.
func TestReport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		cfg := config(targetFunc(func(_ context.Context, op Op) (bool, error) {
			time.Sleep(time.Duration(op.Kind+1) * time.Millisecond)
			i := n.Add(1)
			switch {
			case i%100 == 0:
				return false, &Failure{Reason: "OVERLOADED", Err: errors.New("slow down")}
			case i%151 == 0:
				return false, &Failure{Reason: "TIMEOUT", Unknown: true, Err: errors.New("no answer")}
			case i%1009 == 0:
				return false, errors.New("something else")
			}
			return i%5 == 0 && op.Kind != Put && op.Kind != List, nil
		}))
		cfg.Clients, cfg.Skew = 1, 1.2
		cfg.Mix, _ = ParseMix("put=5,get=3,txn=1,delete=1,list")
		r := runIt(t, t.Context(), cfg)
		r.Note = "a note"
		golden(t, "mix.txt", text(t, r))
		data, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "mix.json", string(data)+"\n")
	})
}

// stall answers at once, but nothing for a time.
func stall(from, to time.Duration) Target {
	start := time.Now()
	return targetFunc(func(context.Context, Op) (bool, error) {
		if at := time.Since(start); at >= from && at < to {
			time.Sleep(to - at)
		}
		return false, nil
	})
}

// A store that stalls for half of the time is seen by half of the operations, not
// by the one that was under way alone.
func TestOpenLoopShowsAStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := config(stall(2*time.Second, 3*time.Second))
		cfg.Clients, cfg.Rate = 1, 100
		r := runIt(t, t.Context(), cfg)
		if l := r.All.Latency; r.All.OK != 200 || l.Max < 990 || l.P90 < 700 || r.OpenLoop.Waited != 99 {
			t.Errorf("a stall until the end shows as %+v", r.All)
		}
		golden(t, "stall.txt", text(t, r))
	})
	synctest.Test(t, func(t *testing.T) {
		cfg := config(stall(1500*time.Millisecond, 2500*time.Millisecond))
		cfg.Clients, cfg.Rate = 1, 100
		r := runIt(t, t.Context(), cfg)
		if l := r.All.Latency; r.All.OK != 200 || l.Max < 990 || l.P90 < 700 || l.P50 > 10 || *r.LongestWriteGap < 1000 || *r.LongestWriteGap > 1010 {
			t.Errorf("a stall of one of two seconds shows as %+v", *l)
		}
	})
}

func TestOpenLoopBoundsItsBacklog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := config(steady(100 * time.Millisecond))
		cfg.Clients, cfg.Rate, cfg.Backlog = 1, 100, 5
		r := runIt(t, t.Context(), cfg)
		o := r.OpenLoop
		if o.Offered != 200 || o.Waited != 5 || r.All.OK > 26 || r.All.Throughput > 10 || o.Dropped < 170 {
			t.Errorf("one client of 10 a second with 100 offered: %+v of %+v", *o, r.All)
		}
		if r.All.Latency.Max > 700 {
			t.Errorf("five that wait take at most 0.6 s, not %v ms", r.All.Latency.Max)
		}
	})
}

func TestAllFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := config(targetFunc(func(_ context.Context, op Op) (bool, error) {
			if op.Kind == Get {
				return false, nil
			}
			return false, &Failure{Reason: "NO_LEADER", Err: errors.New("nobody leads")}
		}))
		r := runIt(t, t.Context(), cfg)
		if r.All.OK != 0 || r.All.Latency != nil || r.All.Throughput != 0 || *r.LongestWriteGap != 2000 {
			t.Errorf("errors became results: %+v", r.All)
		}
		if r.All.Errors > 4*200 {
			t.Errorf("%d errors: the clients do not rest after one", r.All.Errors)
		}
		cfg.Preload = true
		if _, err := Run(t.Context(), cfg); failureOf(err).Reason != "NO_LEADER" {
			t.Errorf("preload: %v", err)
		}
		cfg.Preload, cfg.Targets = false, []Target{targetFunc(func(context.Context, Op) (bool, error) { return false, errors.New("down") })}
		if _, err := Run(t.Context(), cfg); failureOf(err).Reason != "OTHER" {
			t.Errorf("first look: %v", err)
		}
	})
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0, 100} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			cfg := config(steady(10 * time.Millisecond))
			cfg.Rate = rate
			r := runIt(t, ctx, cfg)
			if !r.Interrupted || r.Seconds != 0.49 || r.All.OK == 0 || r.All.Errors != 0 {
				t.Errorf("after half a second, less the first look: %+v", r)
			}
			ctx, cancel = context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			if r := runIt(t, ctx, cfg); !r.Interrupted || r.Seconds != 0 || r.All.Ops != 0 {
				t.Errorf("in the warm-up: %+v", r)
			}
		})
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lines string
		cfg := config(steady(310 * time.Millisecond))
		cfg.Keys, cfg.Preload, cfg.Rate, cfg.Clients = 400, true, 11, 2
		cfg.Warmup = 1500 * time.Millisecond // no tick comes just then
		cfg.Progress = func(p Progress) { lines += p.String() + "\n" }
		runIt(t, t.Context(), cfg)
		golden(t, "progress.txt", lines)
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"no target":    func(c *Config) { c.Targets = nil },
		"no client":    func(c *Config) { c.Clients = 0 },
		"no mix":       func(c *Config) { c.Mix = Mix{} },
		"no keys":      func(c *Config) { c.Keys = 0 },
		"short keys":   func(c *Config) { c.Keys, c.KeyBytes = 1001, 9 },
		"value":        func(c *Config) { c.ValueBytes = -1 },
		"skew":         func(c *Config) { c.Skew = 1 },
		"rate":         func(c *Config) { c.Rate = -1 },
		"backlog":      func(c *Config) { c.Backlog = -1 },
		"warm-up":      func(c *Config) { c.Warmup = -1 },
		"no time":      func(c *Config) { c.Duration = 0 },
		"high rate":    func(c *Config) { c.Rate = 1e9 },
		"endless keys": func(c *Config) { c.Keys = 1e9 },
	} {
		cfg := config(steady(0))
		change(&cfg)
		if _, err := Run(t.Context(), cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
