package main

import (
	"fmt"
	"maps"
	"slices"
)

// table is some of the results, for people. Each row has a cell for each title.
type table struct {
	titles []string
	rows   [][]string
}

// newTable makes a table that compares systems: a title, a column for each, and the
// ratio of the first to each of the others.
func newTable(title string, systems []string) *table {
	t := &table{titles: append([]string{title}, systems...)}
	for _, s := range systems[min(1, len(systems)):] {
		t.titles = append(t.titles, systems[0]+" : "+s)
	}
	return t
}

// add adds a row with the values of each system, by pair; none if no system has any.
func (t *table) add(title, format string, systems []string, of func(system string) map[int]float64) {
	row, there := []string{title}, false
	for _, s := range systems {
		values := of(s)
		there = there || len(values) > 0
		row = append(row, spreadOf(slices.Collect(maps.Values(values))).text(format))
	}
	for _, s := range systems[min(1, len(systems)):] {
		row = append(row, spreadOf(ratios(of(systems[0]), of(s))).text("%.2f"))
	}
	if there {
		t.rows = append(t.rows, row)
	}
}

// tables returns all that have anything to tell.
func (r *results) tables() (all []*table) {
	for _, q := range quantities {
		t := newTable(q.title, r.Systems)
		for _, p := range r.points() {
			t.add(p, q.format, r.Systems, func(s string) map[int]float64 { return r.values(s, p, q.of) })
		}
		all = append(all, t)
	}
	all = append(all, r.leaderTable(), r.steadyTable(), r.millionTable())
	return slices.DeleteFunc(all, func(t *table) bool { return len(t.rows) == 0 })
}

func (r *results) leaderTable() *table {
	systems := withoutRedis(r.Systems)
	t := newTable("the leader goes", systems)
	t.add("kill -9 to the next acknowledged put, s", "%.2f", systems, func(s string) map[int]float64 { return inOrder(r.Failovers[s]) })
	for _, row := range []struct {
		title, format string
		of            func(m stopRun) float64
	}{
		{"SIGTERM: longest time without an acknowledged put, ms", "%.1f", func(m stopRun) float64 { return m.Gap }},
		{"SIGTERM: longest put, ms", "%.1f", func(m stopRun) float64 { return m.Max }},
		{"SIGTERM: puts that failed", "%.0f", func(m stopRun) float64 { return float64(m.Errors) }},
	} {
		t.add(row.title, row.format, systems, func(s string) map[int]float64 {
			return inOrder(pick(r.Stops, func(m stopRun) (float64, bool) { return row.of(m), m.System == s }))
		})
	}
	return t
}

func (r *results) steadyTable() *table {
	systems := withoutRedis(r.Systems)
	t := newTable("full load", systems)
	for _, row := range []struct {
		title, format string
		of            func(m steadyRun) float64
	}{
		{"clients that put", "%.0f", func(m steadyRun) float64 { return float64(m.Clients) }},
		{"seconds", "%.0f", func(m steadyRun) float64 { return m.Seconds }},
		{"puts a second", "%.0f", func(m steadyRun) float64 { return m.Throughput }},
		{"p99, ms", "%.1f", func(m steadyRun) float64 { return m.P99 }},
		{"longest time without an acknowledged put, ms", "%.1f", func(m steadyRun) float64 { return m.Gap }},
		{"elections", "%.0f", func(m steadyRun) float64 { return float64(m.Elections) }},
		{"errors", "%.0f", func(m steadyRun) float64 { return float64(m.Errors) }},
	} {
		t.add(row.title, row.format, systems, func(s string) map[int]float64 {
			return inOrder(pick(r.Steady, func(m steadyRun) (float64, bool) { return row.of(m), m.System == s }))
		})
	}
	return t
}

// pick returns a number of each of the runs that have it.
func pick[R any](runs []R, of func(R) (float64, bool)) (all []float64) {
	for _, r := range runs {
		if v, ok := of(r); ok {
			all = append(all, v)
		}
	}
	return all
}

func (r *results) millionTable() *table {
	systems := withoutRedis(r.Systems)
	t := newTable(fmt.Sprintf("%d keys of %d + %d bytes", r.Million.Keys, r.KeyBytes, r.Million.ValueBytes), systems)
	for _, row := range r.Million.quantities() {
		t.add(row.title, row.format, systems, func(s string) map[int]float64 {
			for _, m := range r.Million.Runs {
				if m.System == s {
					return inOrder(row.of(m))
				}
			}
			return nil
		})
	}
	return t
}

// millionQuantity is a row of the table of many keys; of returns nothing if it was
// not measured.
type millionQuantity struct {
	title, format string
	of            func(m millionRun) []float64
}

func (r *millionResults) quantities() []millionQuantity {
	return []millionQuantity{
		{"seconds to put them", "%.1f", func(m millionRun) []float64 { return pick([]float64{m.LoadSeconds}, positive) }},
		{"resident MiB of a member without keys", "%.1f", func(m millionRun) []float64 { return mebibytes(m.Resident.Empty) }},
		{"as soon as they are put", "%.1f", func(m millionRun) []float64 { return mebibytes(m.Resident.Loaded) }},
		{"at rest, without history", "%.1f", func(m millionRun) []float64 { return mebibytes(m.Resident.Rested) }},
		{"resident bytes a key, at rest less without keys", "%.0f", func(m millionRun) []float64 { return m.Resident.perKey(r.Keys) }},
		{"longest pause of puts without a snapshot, ms", "%.1f", pausesOf(false, func(o outcome) float64 { return o.Gap })},
		{"longest pause of puts during a snapshot, ms", "%.1f", pausesOf(true, func(o outcome) float64 { return o.Gap })},
		{"longest put without a snapshot, ms", "%.1f", pausesOf(false, func(o outcome) float64 { return o.Max })},
		{"longest put during a snapshot, ms", "%.1f", pausesOf(true, func(o outcome) float64 { return o.Max })},
		{"p99 of puts without a snapshot, ms", "%.1f", pausesOf(false, func(o outcome) float64 { return o.P99 })},
		{"p99 of puts during a snapshot, ms", "%.1f", pausesOf(true, func(o outcome) float64 { return o.P99 })},
		{"SIGTERM of a member, start to its first get, s", "%.2f", func(m millionRun) []float64 { return m.RestartOne }},
		{"kill -9 of all, start to the first get, s", "%.2f", func(m millionRun) []float64 { return m.RestartAll }},
		{"a new member: start to caught up, s", "%.2f", joinOf(func(j joinRun) float64 { return j.CaughtUp })},
		{"start to its vote, s", "%.2f", joinOf(func(j joinRun) float64 { return j.Votes })},
		{"longest pause of puts meanwhile, ms", "%.1f", joinOf(func(j joinRun) float64 { return j.Gap })},
		{"longest put meanwhile, ms", "%.1f", joinOf(func(j joinRun) float64 { return j.Max })},
	}
}

func positive(f float64) (float64, bool) { return f, f > 0 }

func mebibytes(bytes []uint64) []float64 {
	return pick(bytes, func(b uint64) (float64, bool) { return float64(b) / (1 << 20), true })
}

func pausesOf(snapshot bool, of func(o outcome) float64) func(m millionRun) []float64 {
	return func(m millionRun) []float64 {
		return pick(m.Pauses, func(p pauseRun) (float64, bool) { return of(p.outcome), p.Snapshot == snapshot && !p.Disturbed })
	}
}

func joinOf(of func(j joinRun) float64) func(m millionRun) []float64 {
	return func(m millionRun) []float64 {
		if m.Join == nil {
			return nil
		}
		return []float64{of(*m.Join)}
	}
}
