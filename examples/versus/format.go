package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// formats are the values of -o.
var formats = map[string]func(r *results, w io.Writer) error{
	"text":     (*results).writeText,
	"markdown": (*results).writeMarkdown,
	"json":     (*results).writeJSON,
}

func (r *results) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *results) writeText(w io.Writer) error {
	for _, line := range r.head() {
		fmt.Fprintln(w, line)
	}
	for _, t := range r.tables() {
		out := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
		fmt.Fprintf(out, "\n%s\t\n", strings.Join(t.titles, "\t"))
		for _, row := range t.rows {
			fmt.Fprintf(out, "%s\t\n", strings.Join(row, "\t"))
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return r.writeTail(w)
}

// writeMarkdown writes the tables as a README has them.
func (r *results) writeMarkdown(w io.Writer) error {
	fmt.Fprintln(w, strings.Join(r.head(), "; ")+".")
	for _, t := range r.tables() {
		fmt.Fprintf(w, "\n| %s |\n|%s\n", strings.Join(t.titles, " | "), strings.Repeat("---|", len(t.titles)))
		for _, row := range t.rows {
			fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
		}
	}
	return r.writeTail(w)
}

// head says what was measured, and how.
func (r *results) head() []string {
	lines := []string{
		fmt.Sprintf("%s, %s; clients and all members on this machine, every write synced", r.Date, r.Machine),
		"median (least–most); ratios are of runs next to each other",
	}
	if r.MemoryDisk {
		lines = append(lines, "THE DATA IS IN MEMORY: syncs cost nothing; choose another -dir")
	}
	if len(r.Runs) > 0 {
		lines = append(lines,
			fmt.Sprintf("%d keys of %d bytes, values of %d bytes; %d times %.1f s in turn", r.Keys, r.KeyBytes, r.ValueBytes, r.Pairs, r.Seconds),
			fmt.Sprintf("kv has a client, with a stream to the leader that it finds by itself, for %s", clientsText(r.PerConn)),
			fmt.Sprintf("etcd has a client, with a connection to the leader, where it is fastest, for %s", clientsText(r.EtcdPerConn)))
		for _, s := range r.Systems {
			if s == "redis" {
				lines = append(lines, "redis is a single process, with a connection for each client")
			}
		}
	}
	if len(r.Failovers) > 0 || len(r.Stops) > 0 {
		lines = append(lines, "where the leader goes, etcd's clients know all members")
	}
	if m := r.Million; len(m.Runs) > 0 {
		lines = append(lines,
			fmt.Sprintf("many keys: kv keeps %d changes as history, etcd is compacted and defragmented, and all rest for %.0f s", m.History, m.Rest),
			fmt.Sprintf("pauses: an open loop of %.0f puts a second, and %d a second of %d KiB that bring kv to its snapshots; etcd's is read by a client", m.Rate, fillerRate, fillerBytes>>10))
	}
	if r.Interrupted {
		lines = append(lines, "interrupted")
	}
	return lines
}

func clientsText(perConnection int) string {
	if perConnection == 0 {
		return "all clients together"
	}
	return fmt.Sprintf("%d clients", perConnection)
}

// writeTail writes the errors, which are results of nothing.
func (r *results) writeTail(w io.Writer) error {
	for _, f := range r.failures() {
		for _, e := range f.ErrorList {
			fmt.Fprintf(w, "\n%s, %s: %d errors %s (%s): %s\n", f.system, f.what, e.Count, e.Reason, e.Outcome, e.Example)
		}
		if f.Dropped > 0 {
			fmt.Fprintf(w, "\n%s, %s: %d turns were never begun\n", f.system, f.what, f.Dropped)
		}
	}
	for _, m := range r.Million.Runs {
		for _, p := range m.Pauses {
			if p.Disturbed {
				fmt.Fprintf(w, "\n%s, %s: there was one all the time\n", m.System, p.title())
			}
			if p.FillerErrors > 0 {
				fmt.Fprintf(w, "\n%s, %s: %d fillers failed\n", m.System, p.title(), p.FillerErrors)
			}
		}
	}
	return nil
}
