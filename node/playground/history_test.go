package playground

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"kv/client"
	"kv/proto/kverr"
)

// register is the model of one key: what a put writes, a get reads.
type registerInput struct {
	key, value string
	write      bool
}

var registers = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[string][]porcupine.Operation{}
		for _, op := range history {
			key := op.Input.(registerInput).key
			byKey[key] = append(byKey[key], op)
		}
		var parts [][]porcupine.Operation
		for _, part := range byKey {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		in := input.(registerInput)
		if in.write {
			return true, in.value
		}
		return output.(string) == state.(string), state
	},
	DescribeOperation: func(input, output any) string {
		in := input.(registerInput)
		if in.write {
			return fmt.Sprintf("put %s %s", in.key, in.value)
		}
		return fmt.Sprintf("get %s -> %v", in.key, output)
	},
}

// history collects what concurrent clients saw.
type history struct {
	mu    sync.Mutex
	start time.Time
	ops   []porcupine.Operation // guarded by mu
}

func (h *history) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.ops)
}

// grow waits until the clients have done some more.
func (h *history) grow(t *testing.T, c *Cluster) {
	t.Helper()
	enough := h.len() + 60
	waitFor(t, c, "the clients to get on", func() bool { return h.len() >= enough })
}

func (h *history) now() int64 { return time.Since(h.start).Nanoseconds() }

func (h *history) add(op porcupine.Operation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, op)
}

// forever is when an operation whose outcome is unknown may still happen.
const forever = int64(1) << 62

func (h *history) put(ctx context.Context, cl *client.Client, id int, key, value string) {
	op := porcupine.Operation{ClientId: id, Input: registerInput{key, value, true}, Call: h.now(), Output: ""}
	_, err := cl.Put(ctx, key, []byte(value))
	op.Return = h.now()
	if err != nil {
		if client.OutcomeOf(err) == kverr.NotDone {
			return
		}
		op.Return = forever
	}
	h.add(op)
}

func (h *history) get(ctx context.Context, cl *client.Client, id int, key string, opts ...client.ReadOption) {
	op := porcupine.Operation{ClientId: id, Input: registerInput{key: key}, Call: h.now()}
	got, err := cl.Get(ctx, key, opts...)
	if err != nil {
		return // a read that failed says nothing
	}
	op.Return, op.Output = h.now(), ""
	if got.KV != nil {
		op.Output = string(got.KV.Value)
	}
	h.add(op)
}

// check fails the test unless the history is linearizable.
func (h *history) check(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.ops) < 50 {
		t.Fatalf("only %d operations: the history proves nothing", len(h.ops))
	}
	switch porcupine.CheckOperationsTimeout(registers, h.ops, time.Minute) {
	case porcupine.Illegal:
		t.Errorf("the history of %d operations is not linearizable", len(h.ops))
	case porcupine.Unknown:
		t.Errorf("the history of %d operations could not be checked in time", len(h.ops))
	}
}

// run lets clients work on a few keys until stop is called, which waits for them.
func (h *history) run(t *testing.T, c *Cluster, clients int, seed uint64) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(testContext(t))
	var all sync.WaitGroup
	for id := range clients {
		cl := dial(t, c, c.Names()[id%len(c.Names())])
		rnd := rand.New(rand.NewPCG(seed, uint64(id)))
		all.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				op, end := context.WithTimeout(ctx, 2*time.Second)
				key := fmt.Sprintf("k%d", rnd.IntN(3))
				if rnd.IntN(2) == 0 {
					h.put(op, cl, id, key, fmt.Sprintf("%d.%d", id, i))
				} else {
					h.get(op, cl, id, key, client.At(c.Names()[rnd.IntN(len(c.Names()))]))
				}
				end()
			}
		})
	}
	return func() { cancel(); all.Wait() }
}

func TestHistoryIsLinearizableUnderFaults(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	c := newCluster(t, 3, nil)
	h := &history{start: time.Now()}
	stop := h.run(t, c, 5, seed)
	for range 4 {
		h.grow(t, c)
		victim := c.Names()[rnd.IntN(3)]
		switch rnd.IntN(2) {
		case 0:
			must(t, c.Kill(testContext(t), victim))
			waitLeader(t, c, victim)
			must(t, c.Start(testContext(t), victim))
		case 1:
			c.Isolate(victim)
			waitFor(t, c, "a leader without "+victim, func() bool {
				for _, name := range others(c, victim) {
					if _, leads := c.Node(name).Leads(); leads {
						return true
					}
				}
				return false
			})
			c.Heal()
		}
	}
	h.grow(t, c)
	stop()
	h.check(t)
	waitAgree(t, c)
}

// A check that never fails proves nothing: stale reads are no register.
func TestHistoryOfStaleReadsIsNotLinearizable(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	h := &history{start: time.Now()}
	cl := dial(t, c)
	old := others(c, c.Leader())[0]
	for i := range 60 {
		h.put(testContext(t), cl, 0, "k0", fmt.Sprint(i))
	}
	waitAgree(t, c)
	c.Isolate(old)
	h.put(testContext(t), dial(t, c, others(c, old)...), 0, "k0", "new")
	h.get(testContext(t), cl, 1, "k0", client.Stale(), client.At(kvAddress(c, old)))
	if porcupine.CheckOperations(registers, h.ops) {
		t.Error("the check does not see a stale read")
	}
}
