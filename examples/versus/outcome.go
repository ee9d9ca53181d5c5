package main

import (
	"fmt"

	"kv/cmd/kv/bench"
)

// outcome is what came of a load. Its JSON is part of what holds it.
type outcome struct {
	Throughput float64 `json:"ops_per_second"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	Max        float64 `json:"max_ms"`
	// Gap is the longest time without an acknowledged write; 0 if there were only
	// reads.
	Gap       float64            `json:"longest_write_gap_ms"`
	Errors    uint64             `json:"errors"`
	ErrorList []bench.ErrorCount `json:"error_list"`
	// Dropped are turns of an open loop that were never begun.
	Dropped int `json:"dropped"`
}

func outcomeOf(r bench.Report) outcome {
	o := outcome{Throughput: r.All.Throughput, Errors: r.All.Errors, ErrorList: r.Errors}
	if l := r.All.Latency; l != nil {
		o.P50, o.P99, o.Max = l.P50, l.P99, l.Max
	}
	if r.LongestWriteGap != nil {
		o.Gap = *r.LongestWriteGap
	}
	if r.OpenLoop != nil && !r.Interrupted {
		o.Dropped = r.OpenLoop.Dropped + r.OpenLoop.Left
	}
	return o
}

// String is the outcome in one line.
func (o outcome) String() string {
	s := fmt.Sprintf("%9.0f/s  p50 %.2f ms  p99 %.2f ms  errors %d", o.Throughput, o.P50, o.P99, o.Errors)
	if o.Gap > 0 {
		s += fmt.Sprintf("  longest gap %.1f ms", o.Gap)
	}
	return s
}
