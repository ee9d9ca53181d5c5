package prove

import (
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"kv/repl/out"
)

// window is the time of which the live figures tell: between one and two of it.
const window = 5 * time.Second

// meter counts what clients see. Its methods are safe for concurrent use.
type meter struct {
	began time.Time

	mu       sync.Mutex // guards what follows
	total    figures
	recent   [2]figures // of this window and the one before
	turned   time.Time  // when this window began
	under    int        // operations under way
	waiting  time.Time  // since when some are and none has succeeded; zero if none are
	longest  time.Duration
	full     bool // the history takes nothing more
	finished time.Time
}

// figures are counts of operations.
type figures struct {
	done, errors, unknown int64
	latency               *hdrhistogram.Histogram // of those that succeeded, in microseconds
}

func newFigures() figures {
	return figures{latency: hdrhistogram.New(1, time.Minute.Microseconds(), 3)}
}

func newMeter(now time.Time) *meter {
	return &meter{began: now, turned: now, total: newFigures(), recent: [2]figures{newFigures(), newFigures()}}
}

// begin notes that an operation begins.
func (m *meter) begin(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting.IsZero() {
		m.waiting = now
	}
	m.under++
}

// result is how an operation ended.
type result int

const (
	done result = iota
	failed
	unknown
	ended // with the load itself, which says nothing
)

// end notes how an operation ended that began at some time.
func (m *meter) end(began, now time.Time, r result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(now)
	m.under--
	for _, f := range []*figures{&m.total, &m.recent[0]} {
		switch r {
		case done:
			f.done++
			f.latency.RecordValue(min(max(now.Sub(began).Microseconds(), 1), time.Minute.Microseconds()))
		case failed:
			f.errors++
		case unknown:
			f.unknown++
		}
	}
	if r == done {
		m.longest = max(m.longest, now.Sub(m.waiting))
		if m.waiting = now; m.under == 0 {
			m.waiting = time.Time{}
		}
	}
}

// turn begins new windows as the time passes. The caller holds mu.
func (m *meter) turn(now time.Time) {
	for now.Sub(m.turned) >= window {
		if now.Sub(m.turned) >= 3*window {
			m.turned = now.Add(-2 * window)
		}
		m.recent = [2]figures{newFigures(), m.recent[0]}
		m.turned = m.turned.Add(window)
	}
}

// setFull notes whether the history takes more.
func (m *meter) setFull(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

func (m *meter) stop(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.finished = now
}

// reading is what a meter shows.
type reading struct {
	ran                   time.Duration
	done, errors, unknown int64
	rate                  float64 // operations done a second
	p50, p99              time.Duration
	longest               time.Duration // in which operations were under way and none was done
	full                  bool
}

// read returns the figures at a time; recent ones if live, else those of all the time.
func (m *meter) read(now time.Time, live bool) reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.finished.IsZero() {
		now = m.finished
	}
	m.turn(now)
	r := reading{ran: now.Sub(m.began), done: m.total.done, errors: m.total.errors, unknown: m.total.unknown, longest: m.longest, full: m.full}
	if !m.waiting.IsZero() && m.under > 0 {
		r.longest = max(r.longest, now.Sub(m.waiting))
	}
	count, over, latency := m.total.done, r.ran, m.total.latency
	if live {
		count = m.recent[0].done + m.recent[1].done
		over = min(now.Sub(m.turned)+window, r.ran)
		latency = newFigures().latency
		latency.Merge(m.recent[0].latency)
		latency.Merge(m.recent[1].latency)
	}
	r.rate = float64(count) / max(over.Seconds(), 0.001)
	r.p50 = time.Duration(latency.ValueAtQuantile(50)) * time.Microsecond
	r.p99 = time.Duration(latency.ValueAtQuantile(99)) * time.Microsecond
	return r
}

// live is the reading in a few words, for the prompt.
func (r reading) live() string {
	text := fmt.Sprintf("load %.0f/s %s/%s err %d unk %d out %s",
		r.rate, short(r.p50), short(r.p99), r.errors, r.unknown, short(r.longest))
	if r.full {
		text += " FULL"
	}
	return text
}

// short is a duration in few letters.
func short(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%dms", d.Milliseconds())
	default:
		return fmt.Sprintf("%.1fms", d.Seconds()*1000)
	}
}

// readings is how readings are shown.
var readings = out.View[reading]{Record: reading.record, Cells: reading.cells,
	Head: []string{"TIME", "DONE", "RATE", "P50", "P99", "ERRORS", "UNKNOWN", "LONGEST OUTAGE"}}

func (r reading) cells() []out.Cell {
	return []out.Cell{out.Plain(out.Millis(r.ran)), out.Number(uint64(r.done)), out.Plain(fmt.Sprintf("%.0f/s", r.rate)),
		out.Plain(out.Millis(r.p50)), out.Plain(out.Millis(r.p99)),
		out.Number(uint64(r.errors)), out.Number(uint64(r.unknown)), out.Plain(out.Millis(r.longest))}
}

func (r reading) record() out.Record {
	return out.Record{out.Duration("time", r.ran), out.Uint("done", uint64(r.done)), out.Float("rate_per_second", r.rate),
		out.Duration("p50", r.p50), out.Duration("p99", r.p99), out.Uint("errors", uint64(r.errors)), out.Uint("unknown", uint64(r.unknown)),
		out.Duration("longest_outage", r.longest)}
}
