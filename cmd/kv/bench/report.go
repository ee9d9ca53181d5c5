package bench

import (
	"cmp"
	"runtime"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is what came of a run. Its JSON names stay as they are; new ones may come.
type Report struct {
	// Note is what the reader has to know about the run; for the caller to set.
	Note string `json:"note,omitempty"`
	// Load repeats what was run.
	Load Load `json:"load"`
	// Preload is nil if nothing was preloaded.
	Preload *Preload `json:"preload,omitempty"`
	// Seconds is the length of the measured time, less than was asked for if the run
	// was Interrupted.
	Seconds     float64 `json:"seconds"`
	Interrupted bool    `json:"interrupted"`
	// All has the sums of Kinds, and the percentiles of all results together.
	All Stats `json:"all"`
	// Kinds has an element for each kind of the mix, by its name.
	Kinds map[string]Stats `json:"kinds"`
	// LongestWriteGap is the longest time, in milliseconds, within the measured time
	// in which no write was acknowledged; nil if the mix does not write.
	LongestWriteGap *float64 `json:"longest_write_gap_ms,omitempty"`
	// OpenLoop is nil for a closed loop.
	OpenLoop *OpenLoop `json:"open_loop,omitempty"`
	// Errors lists what failed, the most frequent first; empty if nothing did.
	Errors []ErrorCount `json:"errors"`
}

// Load is the load of a run.
type Load struct {
	Clients     int     `json:"clients"`
	Connections int     `json:"connections"`
	Mix         string  `json:"mix"`
	Keys        int     `json:"keys"`
	KeyBytes    int     `json:"key_bytes"`
	ValueBytes  int     `json:"value_bytes"`
	ZipfSkew    float64 `json:"zipf_skew"` // 0 for uniform
	Rate        float64 `json:"rate"`      // turns a second, 0 for a closed loop
	Warmup      float64 `json:"warmup_seconds"`
	Duration    float64 `json:"duration_seconds"`
	Seed        uint64  `json:"seed"`
	Cores       int     `json:"cores"` // of the machine of the clients, as Go may use them
}

// Preload tells how long it took to put every key once.
type Preload struct {
	Keys    int     `json:"keys"`
	Seconds float64 `json:"seconds"`
}

// Stats is what became of some operations. Ops = OK + Errors.
type Stats struct {
	Ops uint64 `json:"ops"`
	OK  uint64 `json:"ok"`
	// Missed are those of OK that had an empty answer: a get or a delete of a key
	// that is not there, a txn whose condition did not hold.
	Missed uint64 `json:"missed"`
	Errors uint64 `json:"errors"`
	// Unknown are those of Errors of which nobody can say whether they were done.
	Unknown uint64 `json:"unknown"`
	// Throughput is how many results came within the measured time, a second. It is
	// not quite OK by Seconds: some of OK came later, and some results came within it
	// whose operations had begun before.
	Throughput float64 `json:"ops_per_second"`
	// Latency is that of OK; nil if there is none.
	Latency *Latency `json:"latency_ms,omitempty"`
}

// Latency is in milliseconds, with three significant digits.
type Latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// OpenLoop tells what became of the turns of an open loop: Offered = the Ops of All
// + Dropped + Left.
type OpenLoop struct {
	Offered int `json:"offered"`
	// Backlog is how many could wait for a free client, Waited how many did at most.
	Backlog int `json:"backlog"`
	Waited  int `json:"waited_most"`
	// Dropped had no room to wait, Left waited for too long after the end or when the
	// run was interrupted: neither was begun.
	Dropped int `json:"dropped"`
	Left    int `json:"left"`
}

// ErrorCount is a number of operations that failed in the same way.
type ErrorCount struct {
	Kind    string `json:"kind"`
	Reason  string `json:"reason"`
	Outcome string `json:"outcome"` // "not done" or "unknown"
	Count   uint64 `json:"count"`
	Example string `json:"example"` // the text of one of them
}

func newReport(c Config) Report {
	return Report{
		Load: Load{
			Clients: c.Clients, Connections: len(c.Targets), Mix: c.Mix.String(),
			Keys: c.Keys, KeyBytes: c.KeyBytes, ValueBytes: c.ValueBytes, ZipfSkew: c.Skew,
			Rate: c.Rate, Warmup: seconds(c.Warmup), Duration: seconds(c.Duration),
			Seed: c.Seed, Cores: runtime.GOMAXPROCS(0),
		},
		Kinds: map[string]Stats{}, Errors: []ErrorCount{},
	}
}

// fill takes the results into the report. No operation is under way any more.
func (r *runner) fill(report *Report) {
	measured := max(r.ended-r.begin, 0)
	report.Seconds = seconds(measured)
	all, sum := newHistogram(), count{}
	for k, weight := range r.cfg.Mix {
		if weight == 0 {
			continue
		}
		h, c := newHistogram(), count{}
		for i := range r.rec.shards {
			s := &r.rec.shards[i]
			h.Merge(s.latency[k])
			c.add(s.counts[k])
		}
		all.Merge(h)
		sum.add(c)
		report.Kinds[Kind(k).String()] = c.stats(h, measured)
	}
	report.All = sum.stats(all, measured)
	report.Errors = r.rec.errorCounts()
	if r.cfg.Mix.writes() {
		gap := millis(float64(r.rec.quiet.Load()))
		report.LongestWriteGap = &gap
	}
	if s := r.schedule; s != nil {
		offered := s.offered(r.ended)
		report.OpenLoop = &OpenLoop{Offered: offered, Backlog: s.room, Waited: s.waited,
			Dropped: s.dropped, Left: offered - s.dropped - int(report.All.Ops)}
	}
}

func (c *count) add(d count) {
	c.ok += d.ok
	c.missed += d.missed
	c.failed += d.failed
	c.unknown += d.unknown
	c.within += d.within
}

func (c *count) stats(h *hdrhistogram.Histogram, measured time.Duration) Stats {
	s := Stats{Ops: c.ok + c.failed, OK: c.ok, Missed: c.missed, Errors: c.failed, Unknown: c.unknown}
	if measured > 0 {
		s.Throughput = float64(c.within) / measured.Seconds()
	}
	if c.ok == 0 {
		return s
	}
	at := func(q float64) float64 { return millis(float64(h.ValueAtQuantile(q)) * float64(unit)) }
	s.Latency = &Latency{Mean: millis(h.Mean() * float64(unit)), P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: at(100)}
	return s
}

func (r *record) errorCounts() []ErrorCount {
	sums := map[failureKey]*failures{}
	for i := range r.shards {
		for key, f := range r.shards[i].failures {
			if sums[key] == nil {
				sums[key] = &failures{example: f.example}
			}
			sums[key].count += f.count
		}
	}
	list := make([]ErrorCount, 0, len(sums))
	for key, f := range sums {
		outcome := "not done"
		if key.unknown {
			outcome = "unknown"
		}
		list = append(list, ErrorCount{key.kind.String(), key.reason, outcome, f.count, f.example})
	}
	slices.SortFunc(list, func(a, b ErrorCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Outcome, b.Outcome))
	})
	return list
}

func seconds(d time.Duration) float64 { return d.Seconds() }

// millis turns nanoseconds into milliseconds, to a thousandth of one.
func millis(ns float64) float64 { return float64(int64(ns/1e3+0.5)) / 1e3 }
