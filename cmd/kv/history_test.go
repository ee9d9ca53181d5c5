//go:build unix

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"kv/client"
)

// access is one operation on a register: the key with what was put, or a get.
type access struct {
	key, value string
	write      bool
}

// registers is the model of the store: each key holds what was put last.
var registers = porcupine.Model{
	Partition: func(all []porcupine.Operation) (parts [][]porcupine.Operation) {
		place := map[string]int{}
		for _, op := range all {
			key := op.Input.(access).key
			if _, ok := place[key]; !ok {
				place[key] = len(parts)
				parts = append(parts, nil)
			}
			parts[place[key]] = append(parts[place[key]], op)
		}
		return parts
	},
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		if in := input.(access); in.write {
			return true, in.value
		}
		return state == output, state
	},
}

// never is the end of an operation of which nobody knows whether it was done.
const never = int64(1) << 62

// load is what concurrent clients do and see.
type load struct {
	began  time.Time
	cancel context.CancelFunc
	all    sync.WaitGroup
	done   atomic.Int64 // operations with an answer

	mu           sync.Mutex
	history      []porcupine.Operation // guarded by mu
	acknowledged map[string]string     // guarded by mu; keys that are put once
}

// startLoad lets clients put and get a few keys, and put others once, until stop.
func startLoad(t *testing.T, members []*member, clients int) *load {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{began: time.Now(), cancel: cancel, acknowledged: map[string]string{}}
	t.Cleanup(l.stop)
	for id := range clients {
		c := dial(t, members...)
		rnd := rand.New(rand.NewPCG(seed, uint64(id)))
		l.all.Go(func() { l.work(ctx, c, id, rnd, members) })
	}
	return l
}

// work goes on at a pace that a history can be checked at.
func (l *load) work(ctx context.Context, c *client.Client, id int, rnd *rand.Rand, members []*member) {
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		key, value := fmt.Sprintf("k%d", rnd.IntN(3)), fmt.Sprintf("%d.%d", id, i)
		switch rnd.IntN(3) {
		case 0:
			l.put(ctx, c, id, key, value)
		case 1:
			l.get(ctx, c, id, key, client.At(members[rnd.IntN(len(members))].address()))
		default:
			l.putOnce(ctx, c, "once/"+value, value)
		}
		select {
		case <-pace.C:
		case <-ctx.Done():
		}
	}
}

func (l *load) note(op porcupine.Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.history = append(l.history, op)
}

func (l *load) now() int64 { return time.Since(l.began).Nanoseconds() }

// attempt bounds one operation: an election fits in, a node that is down does not
// hold up a client for long.
const attempt = 3 * time.Second

func (l *load) put(ctx context.Context, c *client.Client, id int, key, value string) {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	op := porcupine.Operation{ClientId: id, Input: access{key, value, true}, Call: l.now()}
	_, err := c.Put(ctx, key, []byte(value))
	op.Return = l.now()
	switch {
	case err == nil:
		l.done.Add(1)
	case client.OutcomeOf(err) == client.NotDone:
		return
	default:
		op.Return = never
	}
	l.note(op)
}

func (l *load) get(ctx context.Context, c *client.Client, id int, key string, at client.ReadOption) {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	op := porcupine.Operation{ClientId: id, Input: access{key: key}, Call: l.now(), Output: ""}
	got, err := c.Get(ctx, key, at)
	if err != nil {
		return // a read that failed says nothing
	}
	op.Return = l.now()
	if got.KV != nil {
		op.Output = string(got.KV.Value)
	}
	l.done.Add(1)
	l.note(op)
}

func (l *load) putOnce(ctx context.Context, c *client.Client, key, value string) {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	if _, err := c.Put(ctx, key, []byte(value)); err != nil {
		return
	}
	l.done.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acknowledged[key] = value
}

// grow waits until the clients have got a good deal further.
func (l *load) grow(t *testing.T) {
	t.Helper()
	enough := l.done.Load() + 100
	waitFor(t, "the clients to get on", func() bool { return l.done.Load() >= enough })
}

// stop ends the clients and waits for them. It may be called again.
func (l *load) stop() {
	l.cancel()
	l.all.Wait()
}

// check fails the test unless the history is linearizable and all acknowledged
// writes are there. The load has been stopped.
func (l *load) check(t *testing.T, c *client.Client) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	t.Logf("%d operations on few keys, %d keys put once", len(l.history), len(l.acknowledged))
	if len(l.history) < 100 || len(l.acknowledged) < 50 {
		t.Fatal("so little proves nothing")
	}
	if verdict := porcupine.CheckOperationsTimeout(registers, l.history, patience); verdict != porcupine.Ok {
		t.Errorf("the history is not linearizable: %v", verdict)
	}
	list, err := c.List(testContext(t), "once/")
	must(t, err)
	found := map[string]string{}
	for kv, err := range list.All() {
		must(t, err)
		found[kv.Key] = string(kv.Value)
	}
	for key, value := range l.acknowledged {
		if found[key] != value {
			t.Errorf("the acknowledged write %s = %q is %q", key, value, found[key])
		}
	}
}

// A check that never fails proves nothing.
func TestTheCheckSeesAnOldRead(t *testing.T) {
	t.Parallel()
	history := []porcupine.Operation{
		{Input: access{"k", "old", true}, Call: 1, Return: 2},
		{Input: access{"k", "new", true}, Call: 3, Return: 4},
		{Input: access{key: "k"}, Output: "old", Call: 5, Return: 6},
	}
	if porcupine.CheckOperations(registers, history) {
		t.Error("a read of the old value passes")
	}
	history[1].Return = never // nobody knows whether it was done
	if !porcupine.CheckOperations(registers, history) {
		t.Error("a write of unknown outcome has to have been done")
	}
}
