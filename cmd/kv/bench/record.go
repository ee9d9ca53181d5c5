package bench

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// Latencies are kept in microseconds with three digits, up to an hour: an open
	// loop that cannot keep up comes to long ones.
	unit           = time.Microsecond
	longestLatency = time.Hour
	digits         = 3
)

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, int64(longestLatency/unit), digits)
}

// count is what became of the operations of one kind.
type count struct {
	ok, missed, failed, unknown uint64
	// within are the results that came within the measured time, whenever the
	// operations began. The others are of those whose turn came in it.
	within uint64
}

// failureKey is what failures are counted by.
type failureKey struct {
	kind    Kind
	reason  string
	unknown bool
}

// failures are those of one key, with the text of the first.
type failures struct {
	count   uint64
	example string
}

// shard is a part of the record, so that clients seldom wait for each other.
type shard struct {
	mu       sync.Mutex // guards what follows
	latency  [kinds]*hdrhistogram.Histogram
	counts   [kinds]count
	failures map[failureKey]*failures
	_        [64]byte // keeps the next one's lock off this cache line
}

// record is what became of all operations. It is safe for concurrent use.
type record struct {
	shards []shard
	// done and failed also count what is not in the measured time.
	done, failed atomic.Uint64
	// acked is when the last write was acknowledged, quiet the longest time without
	// one; both from the start of the run.
	acked, quiet atomic.Int64
}

func newRecord(m Mix) *record {
	r := &record{shards: make([]shard, 2*runtime.GOMAXPROCS(0))}
	for i := range r.shards {
		s := &r.shards[i]
		s.failures = make(map[failureKey]*failures)
		for k, weight := range m {
			if weight > 0 {
				s.latency[k] = newHistogram()
			}
		}
	}
	return r
}

// result notes an answer: whether it came within the measured time, and whether
// the turn of its operation did.
func (r *record) result(client int, k Kind, latency time.Duration, missed, within, counted bool) {
	s := &r.shards[client%len(r.shards)]
	s.mu.Lock()
	defer s.mu.Unlock()
	if within {
		s.counts[k].within++
	}
	if !counted {
		return
	}
	s.counts[k].ok++
	if missed {
		s.counts[k].missed++
	}
	// Cannot fail: the value is within the bounds.
	_ = s.latency[k].RecordValue(int64(max(min(latency, longestLatency)/unit, 1)))
}

// failure notes an operation of the measured time that failed.
func (r *record) failure(client int, k Kind, f *Failure) {
	s := &r.shards[client%len(r.shards)]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[k].failed++
	unknown := f.Unknown && k.writes() // a read has nothing to be unknown
	if unknown {
		s.counts[k].unknown++
	}
	key := failureKey{k, f.Reason, unknown}
	if s.failures[key] == nil {
		s.failures[key] = &failures{example: f.Error()}
	}
	s.failures[key].count++
}

// acknowledged notes that a write was acknowledged, at a time since the start.
func (r *record) acknowledged(at time.Duration) {
	for {
		last := r.acked.Load()
		if int64(at) <= last {
			return
		}
		if r.acked.CompareAndSwap(last, int64(at)) {
			raise(&r.quiet, int64(at)-last)
			return
		}
	}
}

func raise(v *atomic.Int64, to int64) {
	for old := v.Load(); old < to && !v.CompareAndSwap(old, to); old = v.Load() {
	}
}
