package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"kv/cmd/kv/bench"
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
	PerConn     int      `json:"clients_per_connection"`
	MemoryDisk  bool     `json:"disk_in_memory"`
	Interrupted bool     `json:"interrupted"`

	Runs []measurement `json:"runs"`
	// Failovers has, by system, the seconds from kill -9 of the leader to the first
	// acknowledgement of a put that was begun after it.
	Failovers map[string][]float64 `json:"failover_seconds"`
}

// measurement is one system at one point once.
type measurement struct {
	System     string             `json:"system"`
	Point      string             `json:"point"`
	Pair       int                `json:"pair"`
	Throughput float64            `json:"ops_per_second"`
	P50        float64            `json:"p50_ms"`
	P99        float64            `json:"p99_ms"`
	Errors     uint64             `json:"errors"`
	ErrorList  []bench.ErrorCount `json:"error_list"`
	// CPU is the processor seconds of all its processes for 1000 operations; nil if
	// this machine does not tell.
	CPU *float64 `json:"cpu_seconds_per_1000,omitempty"`
}

func newResults(cfg *config, systems []system, memory bool) *results {
	r := &results{
		Date: time.Now().Format(time.DateOnly), Machine: machine(),
		Keys: cfg.keys, KeyBytes: keyBytes, ValueBytes: cfg.valueBytes, Seconds: cfg.duration.Seconds(),
		Pairs: cfg.pairs, PerConn: cfg.perConnection, MemoryDisk: memory, Failovers: map[string][]float64{},
	}
	for _, s := range systems {
		r.Systems = append(r.Systems, s.name())
	}
	return r
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
	{"processor seconds of all servers for 1000 operations", "%.4f", func(m measurement) (float64, bool) {
		if m.CPU == nil {
			return 0, false
		}
		return *m.CPU, true
	}},
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

// ratios divides the values of two systems within each pair.
func ratios(a, b map[int]float64) (all []float64) {
	for pair, v := range a {
		if w := b[pair]; w > 0 {
			all = append(all, v/w)
		}
	}
	return all
}

// spread is the median, the least and the most of some numbers.
type spread struct {
	n             int
	mid, min, max float64
}

func spreadOf(numbers []float64) spread {
	if len(numbers) == 0 {
		return spread{}
	}
	s := slices.Sorted(slices.Values(numbers))
	n := len(s)
	return spread{n: n, mid: (s[(n-1)/2] + s[n/2]) / 2, min: s[0], max: s[n-1]}
}

func (s spread) text(format string) string {
	switch s.n {
	case 0:
		return "-"
	case 1:
		return fmt.Sprintf(format, s.mid)
	}
	return fmt.Sprintf(format+" ("+format+"–"+format+")", s.mid, s.min, s.max)
}

// write writes the results for people: medians, and in parentheses the least and
// the most.
func (r *results) write(w io.Writer) error {
	fmt.Fprintf(w, "%s, %s; clients and all members on this machine, every write synced\n", r.Date, r.Machine)
	if r.MemoryDisk {
		fmt.Fprintln(w, "THE DATA IS IN MEMORY: syncs cost nothing; choose another -dir")
	}
	fmt.Fprintf(w, "%d keys of %d bytes, values of %d bytes; a connection for %d clients; %d times %.1f s in turn; median (least–most)\n",
		r.Keys, r.KeyBytes, r.ValueBytes, r.PerConn, r.Pairs, r.Seconds)
	fmt.Fprintln(w, "kv's clients find the leader by themselves, etcd's are told where it is: there it is fastest")
	if slices.Contains(r.Systems, "redis") {
		fmt.Fprintln(w, "redis is a single process, with a connection for each client")
	}
	if r.Interrupted {
		fmt.Fprintln(w, "interrupted")
	}
	for _, q := range quantities {
		if err := r.writeQuantity(w, q.title, q.format, q.of); err != nil {
			return err
		}
	}
	r.writeFailovers(w)
	r.writeErrors(w)
	return nil
}

func (r *results) writeQuantity(w io.Writer, title, format string, q quantity) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "\n%s\t", title)
	for _, s := range r.Systems {
		fmt.Fprintf(t, "%s\t", s)
	}
	for _, s := range r.Systems[1:] {
		fmt.Fprintf(t, "%s : %s\t", r.Systems[0], s)
	}
	fmt.Fprintln(t)
	for _, p := range r.points() {
		fmt.Fprintf(t, "%s\t", p)
		ours := r.values(r.Systems[0], p, q)
		for _, s := range r.Systems {
			var all []float64
			for _, v := range r.values(s, p, q) {
				all = append(all, v)
			}
			fmt.Fprintf(t, "%s\t", spreadOf(all).text(format))
		}
		for _, s := range r.Systems[1:] {
			fmt.Fprintf(t, "%s\t", spreadOf(ratios(ours, r.values(s, p, q))).text("%.2f"))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

func (r *results) writeFailovers(w io.Writer) {
	if len(r.Failovers) == 0 {
		return
	}
	fmt.Fprintln(w, "\nkill -9 of the leader to the next acknowledged put, in s")
	for _, s := range r.Systems {
		if all := r.Failovers[s]; len(all) > 0 {
			fmt.Fprintf(w, "%-6s %s  %d times\n", s, spreadOf(all).text("%.2f"), len(all))
		}
	}
}

func (r *results) writeErrors(w io.Writer) {
	for _, m := range r.Runs {
		for _, e := range m.ErrorList {
			fmt.Fprintf(w, "\n%s, %s, %d: %d errors %s (%s): %s\n", m.System, m.Point, m.Pair, e.Count, e.Reason, e.Outcome, e.Example)
		}
	}
}
