package node

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"kv/node/fsm"
	"kv/node/rpc"
	"kv/proto/kverr"
)

// Bounds of group commit. An entry closes when it has this many commands or
// bytes; a single command may be larger than the byte bound.
const (
	maxBatchCommands = 4096
	maxBatchBytes    = 512 << 10
	// maxInFlight is how many entries may be on their way to a majority. More
	// than one lets the next be gathered and written while the followers write
	// the last.
	maxInFlight = 4
	// An entry of bulk commands and more goes alone, for a while: what comes meanwhile
	// makes another large one. An entry costs the members as much as some thirty
	// commands. One of huge and more does not: there is more to gain from work on the
	// next beside it.
	bulk, huge = 16, 257
	// bulkPatience is that while. If entries take longer, it is not for want of
	// processor time that they do, and waiting would only add to it.
	bulkPatience = 5 * time.Millisecond
	// maxQueued commands may wait for an entry; a client's further ones are refused.
	maxQueued = 8192
	// maxUnapplied is how many committed entries may wait for the state machine
	// before clients' commands are refused: what is let in then would only wait,
	// and everybody's reads behind it.
	maxUnapplied = 5000
)

// maxLimits are the largest that a member may be given. All take each other's entries
// whatever their own limits are: else one of a leader with larger ones, as while the
// members are started again one by one, would hold up the log for good.
var maxLimits = rpc.Limits{MaxKeyBytes: fsm.MaxItemBytes, MaxValueBytes: fsm.MaxItemBytes, MaxTxnBytes: fsm.MaxItemBytes}

// maxEntryBytes is the largest entry: a proposal is let in as long as the bound is
// not reached, and is itself within it or a single command.
func maxEntryBytes() int { return maxLimits.CommandBytes() + 2*maxBatchBytes }

// proposer turns the commands that wait at one moment into one log entry: one
// fsync, one round to the followers, one apply for all of them. A lone command
// is never delayed.
type proposer struct {
	apply func(data []byte) raft.ApplyFuture
	// lag tells how many committed entries the state machine has still to apply.
	lag     func() uint64
	tracing *tracing
	limbo   *limbo

	queue   chan proposal
	flights chan flight
	// stopped is closed once take has ended: what is queued later is not done.
	stopped chan struct{}
	// waiting counts commands in the queue.
	waiting atomic.Int64
	// flying counts entries whose future is not answered yet.
	flying atomic.Int64
}

// proposal is commands that wait together: one of a call by itself, or those of a
// message on a stream. Its callers may give up, until the proposer takes it.
type proposal interface {
	// since is when it was queued; zero unless there is a trace.
	since() *time.Time
	// count and size are of the commands and of their bytes.
	count() int
	size() int
	// take appends the commands to data whose callers still wait. It is called once.
	// With no data yet it may return bytes of its own; these then are the log's.
	take(data []byte) []byte
	// taken is how many commands take has appended.
	taken() int
	// land tells what those came to, in their order, or why they came to nothing: a
	// Raft error, untranslated.
	land(results []fsm.Result, err error)
	// drop is called instead of take if none of the commands will be done.
	drop(err error)
}

// flight is one entry on its way.
type flight struct {
	future    raft.ApplyFuture
	proposals []proposal
	landed    chan struct{} // closed once the proposals have their answers
	launched  time.Time     // zero unless there is a trace
}

func newProposer(apply func(data []byte) raft.ApplyFuture, lag func() uint64) *proposer {
	return &proposer{
		apply:   apply,
		lag:     lag,
		tracing: new(tracing),
		limbo:   new(limbo),
		queue:   make(chan proposal, maxQueued),
		flights: make(chan flight, maxInFlight-2), // one more is with land, one with take
		stopped: make(chan struct{}),
	}
}

// enqueue lets a client's proposal wait for its entry. A member that has too much
// waiting refuses with ErrOverloaded: then surely nothing is done.
func (p *proposer) enqueue(pr proposal) error {
	if p.lag() > maxUnapplied {
		return overloaded("the member has committed more than it has applied yet")
	}
	if p.waiting.Load()+int64(pr.count()) > maxQueued {
		return overloaded("too many writes are waiting")
	}
	p.waiting.Add(int64(pr.count()))
	if p.tracing.on() != nil {
		*pr.since() = time.Now()
	}
	select {
	case p.queue <- pr:
		p.afterStop()
		return nil
	default:
		p.waiting.Add(-int64(pr.count()))
		return overloaded("too many writes are waiting")
	}
}

// enqueueOwn is enqueue for what the leader has to do itself. It waits for its
// turn instead of being refused: the end of a lease or of old history takes load
// off, and a new leader's first entry is what everybody waits for.
func (p *proposer) enqueueOwn(ctx context.Context, pr proposal) error {
	p.waiting.Add(int64(pr.count()))
	select {
	case p.queue <- pr:
		p.afterStop()
		return nil
	case <-p.stopped:
		p.waiting.Add(-int64(pr.count()))
		return kverr.ErrStopping
	case <-ctx.Done():
		p.waiting.Add(-int64(pr.count()))
		return notProposed(ctx)
	}
}

func overloaded(text string) error {
	return kverr.ErrOverloaded.Withf("%s; slow down and try again", text).WithRetryAfter(rpc.RetryAfter())
}

// afterStop drops what was queued after take had looked for the last time.
func (p *proposer) afterStop() {
	select {
	case <-p.stopped:
		p.drain()
	default:
	}
}

// drain drops what is in the queue.
func (p *proposer) drain() {
	for {
		select {
		case pr := <-p.queue:
			p.waiting.Add(-int64(pr.count()))
			pr.drop(kverr.ErrStopping)
		default:
			return
		}
	}
}

// idle reports whether take has ended and all that it has taken is answered.
func (p *proposer) idle() bool {
	select {
	case <-p.stopped:
		return p.flying.Load() == 0
	default:
		return false
	}
}

// take gathers and sends off entries until ctx ends.
func (p *proposer) take(ctx context.Context) {
	defer p.drain()
	defer close(p.stopped)
	defer close(p.flights)
	for ctx.Err() == nil { // a select picks at random if both are ready
		select {
		case first := <-p.queue:
			proposals, size := p.gather(first)
			if data := join(proposals, size); len(data) > 0 {
				p.launch(ctx, data, proposals)
			}
		case <-ctx.Done():
			return
		}
	}
}

// launch sends off an entry, and waits for the end of a large one, for a while.
func (p *proposer) launch(ctx context.Context, data []byte, proposals []proposal) {
	f := flight{proposals: proposals, landed: make(chan struct{})}
	if p.tracing.on() != nil {
		f.launched = time.Now()
	}
	f.future = p.apply(data)
	count := 0
	for _, pr := range proposals {
		count += pr.taken()
	}
	p.flying.Add(1)
	p.flights <- f
	if count < bulk || count >= huge {
		return
	}
	patience := time.NewTimer(bulkPatience)
	defer patience.Stop()
	select {
	case <-f.landed:
	case <-patience.C:
	case <-ctx.Done():
	}
}

// gather adds to the first proposal what else waits right now, or is about to: what
// can run comes first, such as the calls that have arrived together. One that is alone
// waits for nobody.
func (p *proposer) gather(first proposal) (proposals []proposal, size int) {
	for before, now := -1, len(p.queue); now != before; {
		runtime.Gosched()
		before, now = now, len(p.queue)
	}
	count, next := 0, first
	for {
		proposals = append(proposals, next)
		count += next.count()
		size += next.size()
		p.waiting.Add(-int64(next.count()))
		if count >= maxBatchCommands || size >= maxBatchBytes {
			return proposals, size
		}
		select {
		case next = <-p.queue:
		default:
			return proposals, size
		}
	}
}

// join takes all proposals into the data of one entry. A proposal that is alone is
// not copied.
func join(proposals []proposal, size int) (data []byte) {
	if len(proposals) > 1 {
		data = make([]byte, 0, size)
	}
	for _, pr := range proposals {
		data = pr.take(data)
	}
	return data
}

// land answers the proposals of each entry as it is applied, in order, until
// take has ended. Every future is answered once Raft has shut down.
func (p *proposer) land() {
	for f := range p.flights {
		results, err := resultsOf(f)
		p.limbo.hear(err, time.Now())
		for _, pr := range f.proposals {
			n := pr.taken()
			if err != nil {
				pr.land(nil, err)
				continue
			}
			if tr := p.tracing.on(); tr != nil {
				tr.answered(&f, pr, results[:n])
			}
			pr.land(results[:n:n], nil)
			results = results[n:]
		}
		p.flying.Add(-1)
		close(f.landed)
	}
}

// resultsOf waits for the state machine's answer to an entry.
func resultsOf(f flight) ([]fsm.Result, error) {
	if err := f.future.Error(); err != nil {
		return nil, err
	}
	n := 0
	for _, pr := range f.proposals {
		n += pr.taken()
	}
	switch r := f.future.Response().(type) {
	case []fsm.Result:
		if len(r) == n {
			return r, nil
		}
		return nil, fmt.Errorf("the state machine gave %d results for %d commands", len(r), n)
	case error:
		return nil, r
	default:
		return nil, fmt.Errorf("the state machine answered with a %T", r)
	}
}
