package node

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
)

func at(ms int) time.Time { return time.UnixMilli(int64(ms)) }

func aLease(id uint64, ttl int) fsm.Lease {
	return fsm.Lease{ID: id, TTL: time.Duration(ttl) * time.Millisecond}
}

func due(q *tenures, ms int) []uint64 {
	ids := q.due(at(ms), 100)
	slices.Sort(ids)
	return ids
}

func TestTenures(t *testing.T) {
	t.Parallel()
	q := newTenures()
	q.adopt(aLease(1, 100), at(0))
	q.adopt(aLease(2, 300), at(0))
	q.adopt(aLease(1, 100), at(90)) // known already
	if got := due(q, 99); len(got) != 0 {
		t.Errorf("due at 99: %v", got)
	}
	if ttl, ok := q.renew(1, at(99)); !ok || ttl != 100*time.Millisecond {
		t.Errorf("renew: %v, %v", ttl, ok)
	}
	if _, ok := q.renew(1, at(50)); !ok || q.remaining(1, at(99)) != 100*time.Millisecond {
		t.Errorf("a request that arrived earlier took time away: %v", q.remaining(1, at(99)))
	}
	if got := due(q, 150); len(got) != 0 {
		t.Errorf("due at 150 although renewed: %v", got)
	}
	if got := due(q, 199); !slices.Equal(got, []uint64{1}) {
		t.Errorf("due at 199: %v", got)
	}
	if _, ok := q.renew(1, at(199)); ok || q.lives(1) || q.remaining(1, at(0)) != 0 {
		t.Error("a lease whose end was decided is kept alive")
	}
	if got := due(q, 200); !slices.Equal(got, []uint64{1}) {
		t.Errorf("what has not ended yet is not tried again: %v", got)
	}
	q.forget(1)
	if got := due(q, 1000); !slices.Equal(got, []uint64{2}) {
		t.Errorf("due at the end: %v", got)
	}
	if _, ok := q.renew(7, at(0)); ok || q.seen != 2 {
		t.Errorf("an unknown lease; the last one seen is %d", q.seen)
	}
}

func TestSweepForgetsWhatIsNoMore(t *testing.T) {
	t.Parallel()
	q := newTenures()
	for id := range uint64(10) {
		q.adopt(aLease(id+1, 100+int(id)), at(0))
	}
	due(q, 100)
	q.sweep(func(id uint64) bool { return id%2 == 0 })
	if got := due(q, 1000); !slices.Equal(got, []uint64{2, 4, 6, 8, 10}) {
		t.Errorf("left are %v", got)
	}
}

// Random leases against a map of deadlines.
func TestTenuresAgainstAModel(t *testing.T) {
	t.Parallel()
	for range 200 {
		seed := rand.Uint64()
		rng := rand.New(rand.NewPCG(seed, 0))
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			q, now, next := newTenures(), 0, uint64(0)
			type lease struct{ ttl, deadline int }
			model := map[uint64]lease{}
			ended := map[uint64]bool{}
			for range 300 {
				now += rng.IntN(20)
				id := 1 + rng.Uint64N(next+1)
				l, alive := model[id]
				switch rng.IntN(5) {
				case 0:
					next++
					ttl := 1 + rng.IntN(200)
					q.adopt(aLease(next, ttl), at(now))
					model[next] = lease{ttl, now + ttl}
				case 1:
					arrived := now - rng.IntN(30)
					if _, ok := q.renew(id, at(arrived)); ok != alive {
						t.Fatalf("renew %d at %d: %v, want %v", id, now, ok, alive)
					}
					if alive {
						model[id] = lease{l.ttl, max(l.deadline, arrived+l.ttl)}
					}
				case 2:
					q.forget(id)
					delete(model, id)
					delete(ended, id)
				case 3:
					if got, want := q.remaining(id, at(now)), time.Duration(max(l.deadline-now, 0))*time.Millisecond; got != want {
						t.Fatalf("remaining of %d: %v, want %v", id, got, want)
					}
				default:
					for id, l := range model {
						if l.deadline <= now {
							ended[id] = true
							delete(model, id)
						}
					}
					if got := due(q, now); len(got) != min(len(ended), 100) {
						t.Fatalf("due at %d: %v, want %v", now, got, ended)
					}
				}
			}
		})
	}
}

// A leader that lost its office and has it again, between the arrival of a request
// and its answer, has new tenures, which may not know the lease yet: it lives.
func TestKeepAliveOverAChangeOfTenures(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	m := &member{cfg: Config{Now: time.Now}, machine: fsm.New(fsm.Options{})}
	m.applier = newApplier(m.machine, func(uint64) bool { return true }, func() {})
	grant := &kvv1.Command{Op: &kvv1.Command_GrantLease{GrantLease: &kvv1.GrantLeaseCommand{TtlMs: 1000}}}
	data, err := fsm.AppendCommand(nil, grant)
	if err != nil {
		t.Fatal(err)
	}
	m.machine.Apply(&raft.Log{Index: 1, Term: 1, Data: data})
	m.lessor.set(newTenures())
	m.leaderReads = newRoundReader(func(context.Context) (uint64, error) {
		m.lessor.set(newTenures())
		return 1, nil
	})
	over := make(chan struct{})
	go func() { defer close(over); m.leaderReads.run(ctx) }()
	if ttl, err := m.keepAlive(ctx, 1, m.cfg.Now()); err != nil || ttl != time.Second {
		t.Errorf("%v, %v", ttl, err)
	}
	cancel()
	<-over
}
