package bench

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Write writes the report for people.
func (r *Report) Write(w io.Writer) error {
	b := new(strings.Builder)
	if r.Note != "" {
		fmt.Fprintln(b, r.Note)
	}
	r.Load.write(b)
	if r.Preload != nil {
		fmt.Fprintf(b, "preloaded in %.1f s, %s/s\n", r.Preload.Seconds, grouped(float64(r.Preload.Keys)/r.Preload.Seconds))
	}
	fmt.Fprintf(b, "measured %.1f s", r.Seconds)
	if r.Interrupted {
		b.WriteString(", then interrupted")
	}
	b.WriteString("\n\n")
	r.writeStats(b)
	r.writeRemarks(b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (l *Load) write(w io.Writer) {
	loop := "closed loop"
	if l.Rate > 0 {
		loop = fmt.Sprintf("open loop of %s/s, latency from the turn", grouped(l.Rate))
	}
	dist := "uniform"
	if l.ZipfSkew > 0 {
		dist = fmt.Sprintf("zipf %g", l.ZipfSkew)
	}
	fmt.Fprintf(w, "%s  %s on %s, %s\n", l.Mix, number(l.Clients, "client"), number(l.Connections, "connection"), loop)
	fmt.Fprintf(w, "%s of %d bytes, %s, values of %d bytes; %.1f s of warm-up; %s\n",
		number(l.Keys, "key"), l.KeyBytes, dist, l.ValueBytes, l.Warmup, number(l.Cores, "core"))
}

// writeStats writes a row for each kind and, if there are several, one for all.
func (r *Report) writeStats(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer t.Flush()
	fmt.Fprintln(t, "\tops/s\tok\terrors\tunknown\tp50 ms\tp90 ms\tp99 ms\tp99.9 ms\tmax ms\t")
	for _, name := range kindNames {
		if s, ok := r.Kinds[name]; ok {
			s.write(t, name)
		}
	}
	if len(r.Kinds) > 1 {
		r.All.write(t, "all")
	}
}

func (s *Stats) write(w io.Writer, name string) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t", name, grouped(s.Throughput), grouped(float64(s.OK)), grouped(float64(s.Errors)), grouped(float64(s.Unknown)))
	if l := s.Latency; l != nil {
		for _, v := range []float64{l.P50, l.P90, l.P99, l.P999, l.Max} {
			fmt.Fprintf(w, "%s\t", short(v))
		}
		fmt.Fprintln(w)
		return
	}
	fmt.Fprintln(w, "-\t-\t-\t-\t-\t")
}

// missed says what an empty answer of a kind is.
var missed = [kinds]string{
	Get: "of a key that is not there", Txn: "whose condition did not hold", Delete: "of a key that is not there",
}

func (r *Report) writeRemarks(w io.Writer) {
	fmt.Fprintln(w)
	if r.LongestWriteGap != nil {
		fmt.Fprintf(w, "longest time without an acknowledged write: %s ms\n", short(*r.LongestWriteGap))
	}
	for k, name := range kindNames {
		if n := r.Kinds[name].Missed; n > 0 {
			fmt.Fprintf(w, "%s %s: %s of ok\n", name, missed[k], grouped(float64(n)))
		}
	}
	if o := r.OpenLoop; o != nil {
		fmt.Fprintf(w, "turns: %s came, %s waited at most (room for %s), %s dropped, %s left over\n", grouped(float64(o.Offered)),
			grouped(float64(o.Waited)), grouped(float64(o.Backlog)), grouped(float64(o.Dropped)), grouped(float64(o.Left)))
	}
	if len(r.Errors) == 0 {
		return
	}
	fmt.Fprintln(w, "errors, which count neither as results nor in the latencies:")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	for _, e := range r.Errors {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", grouped(float64(e.Count)), e.Kind, e.Reason, e.Outcome, e.Example)
	}
}

func number(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return grouped(float64(n)) + " " + thing
}

// grouped writes a whole number with commas: 12,345.
func grouped(f float64) string {
	s := strconv.FormatFloat(f, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// short writes a number of milliseconds with about three digits.
func short(ms float64) string {
	switch {
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 2, 64)
	case ms < 100:
		return strconv.FormatFloat(ms, 'f', 1, 64)
	default:
		return grouped(ms)
	}
}
