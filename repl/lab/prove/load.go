package prove

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"kv/client"
	"kv/client/linear"
)

// job is what a load is to do.
type job struct {
	rate    float64 // operations a second, of all clients together
	mix     mix
	clients int
	keys    int
	stale   bool
	prefix  string // of the keys, which nobody else writes
	seed    uint64
	first   int // number of the first client in the history
}

// load is clients at work.
type load struct {
	job     job
	history *linear.History
	meter   *meter
	members []string
	cancel  context.CancelFunc
	all     sync.WaitGroup
	seen    sync.Map // key to the revision it was last seen at
}

// The patience of one operation: an election fits into that of a write, and a member
// that is down holds up who asks it alone for no longer than need be.
const (
	patience      = 3 * time.Second
	patienceOfOne = 200 * time.Millisecond
)

// startLoad dials the clients and sets them to work, until stop. ctx bounds the dialing.
func startLoad(ctx context.Context, j job, history *linear.History, dial func() (Client, error)) (*load, error) {
	var clients []Client
	closeAll := func() {
		for _, c := range clients {
			c.Close()
		}
	}
	for range j.clients {
		c, err := dial()
		if err != nil {
			closeAll()
			return nil, fmt.Errorf("dial a client for the load: %w", err)
		}
		clients = append(clients, c)
	}
	members, err := clients[0].Members(ctx)
	if err != nil {
		closeAll()
		return nil, err
	}
	for k := range j.keys {
		history.Own(j.key(k))
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l := &load{job: j, history: history, meter: newMeter(time.Now()), members: members, cancel: cancel}
	for i, c := range clients {
		l.all.Go(func() {
			defer c.Close()
			l.work(run, i, c)
		})
	}
	l.all.Go(func() { l.settle(run) })
	return l, nil
}

func (j job) key(n int) string { return fmt.Sprintf("%sk%d", j.prefix, n+1) }

// stop ends the clients and waits for them. It may be called again. What they had under
// way is of unknown outcome.
func (l *load) stop() {
	l.cancel()
	l.all.Wait()
	l.meter.stop(time.Now())
}

// settle lets go of history that was checked, while the load grows it.
func (l *load) settle(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.history.Settle(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// work performs operations at the client's part of the rate. One that comes late does
// not make the next ones come faster.
func (l *load) work(ctx context.Context, id int, c Client) {
	rnd := rand.New(rand.NewPCG(l.job.seed, uint64(id)))
	me := linear.Client{History: l.history, Conn: c, ID: l.job.first + id}
	gap := time.Duration(float64(l.job.clients) / l.job.rate * float64(time.Second))
	next := time.Now().Add(time.Duration(rnd.Float64() * float64(gap)))
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := 0; ; n++ {
		timer.Reset(time.Until(next))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		l.once(ctx, me, rnd, n)
		next = next.Add(gap)
		if now := time.Now(); next.Before(now) {
			next = now
		}
	}
}

// once performs one operation, and counts it unless the history is full or the load ends.
func (l *load) once(ctx context.Context, c linear.Client, rnd *rand.Rand, n int) {
	key, value := l.job.key(rnd.IntN(l.job.keys)), fmt.Sprintf("%d.%d", c.ID, n)
	kind, at, limit := l.job.mix.choose(rnd), "", patience
	// A cluster that has just been founded has no members in its table yet.
	if kind == linear.Get && (l.job.stale || rnd.IntN(3) == 0) && len(l.members) > 0 {
		at, limit = l.members[rnd.IntN(len(l.members))], patienceOfOne
	}
	op, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	began := time.Now()
	l.meter.begin(began)
	var (
		a   linear.Answered
		err error
	)
	switch kind {
	case linear.Get:
		a, err = c.Get(op, key, linear.Read{Stale: l.job.stale, At: at})
	case linear.CAS:
		a, err = c.CAS(op, key, value, l.lastSeen(key))
	case linear.Delete:
		a, err = c.Delete(op, key)
	case txnKind:
		l.transact(ctx, op, c, rnd, value, began)
		return
	default:
		a, err = c.Put(op, key, value)
	}
	l.note(ctx, key, began, kind, a, err)
}

// transact performs a transaction over up to three keys. It depends on two of them and puts
// one or both, and reads what it does not put: so it shows whether what it depended on was
// still so when it wrote, and whether it is seen as a whole.
func (l *load) transact(ctx, op context.Context, c linear.Client, rnd *rand.Rand, value string, began time.Time) {
	var parts []linear.Part
	both := rnd.IntN(2) == 0
	for i, key := range l.someKeys(rnd, 3) {
		parts = append(parts, linear.Part{Key: key, Compare: i < 2, Expect: l.lastSeen(key), Put: i == 0 || i == 1 && both})
	}
	a, err := c.Txn(op, value, parts)
	l.count(ctx, began, txnKind, err)
	if err != nil {
		return
	}
	for _, p := range parts {
		switch saw, read := a.Saw[p.Key]; {
		case read && saw.Absent:
			l.seen.Delete(p.Key)
		case read:
			l.seen.Store(p.Key, saw.Revision)
		default:
			l.seen.Store(p.Key, a.Revision)
		}
	}
}

// someKeys chooses up to n keys.
func (l *load) someKeys(rnd *rand.Rand, n int) (keys []string) {
	for len(keys) < min(n, l.job.keys) {
		if key := l.job.key(rnd.IntN(l.job.keys)); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// note counts an operation, and keeps the revision that it saw.
func (l *load) note(ctx context.Context, key string, began time.Time, kind linear.Kind, a linear.Answered, err error) {
	switch {
	case refused(err), err == nil && (a.Absent || kind == linear.Delete):
		l.seen.Delete(key)
	case err == nil:
		l.seen.Store(key, a.Revision)
	}
	l.count(ctx, began, kind, err)
}

// refused reports whether a condition did not hold, which is an answer like another.
func refused(err error) bool {
	return errors.Is(err, client.ErrConflict) && client.OutcomeOf(err) == client.NotDone
}

// count counts an operation.
func (l *load) count(ctx context.Context, began time.Time, kind linear.Kind, err error) {
	full := errors.Is(err, linear.ErrFull)
	l.meter.setFull(full)
	r := done
	switch {
	case err == nil, refused(err):
	case kind != linear.Get && !full && client.OutcomeOf(err) == client.Unknown:
		r = unknown
	default:
		r = failed
	}
	if ctx.Err() != nil && r != done {
		r = ended
	}
	l.meter.end(began, time.Now(), r)
}

// lastSeen returns the revision of a key that some client saw last, 0 for absent.
func (l *load) lastSeen(key string) uint64 {
	if revision, ok := l.seen.Load(key); ok {
		return revision.(uint64)
	}
	return 0
}
