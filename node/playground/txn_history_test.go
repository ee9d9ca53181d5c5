package playground

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"kv/client"
)

// storeKeys are the keys of the multi-key history. Few, so that clients meet.
var storeKeys = []string{"a", "b", "c"}

// storeState is the whole of a small store: a value of each key, "" if it is not
// there.
type storeState [3]string

// storeInput is an operation on the small store. A transaction compares the value
// of one key and, if it is equal, moves it to another.
type storeInput struct {
	op       string // get, put, delete, cas, move
	key, to  int
	old, new string
}

// storeOutput is what the client saw.
type storeOutput struct {
	value   string // of get
	done    bool   // of delete, cas and move
	unknown bool
}

var stores = porcupine.Model{
	Init: func() any { return storeState{} },
	Step: func(state, input, output any) (bool, any) {
		s, in, out := state.(storeState), input.(storeInput), output.(storeOutput)
		fits := true
		switch in.op {
		case "get":
			return s[in.key] == out.value, s
		case "put":
			s[in.key] = in.new
		case "delete":
			fits = out.unknown || out.done == (s[in.key] != "")
			s[in.key] = ""
		case "cas":
			holds := s[in.key] == in.old
			fits = out.unknown || out.done == holds
			if holds {
				s[in.key] = in.new
			}
		case "move":
			holds := s[in.key] == in.old && in.old != ""
			fits = out.unknown || out.done == holds
			if holds {
				s[in.key], s[in.to] = "", in.old
			}
		}
		return fits, s
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

// compare is the condition that a key has a value, "" meaning that it is not there.
func compare(key, value string) client.Compare {
	if value == "" {
		return client.Absent(key)
	}
	return client.ValueIs(key, []byte(value))
}

// perform does an operation and returns what came of it.
func perform(ctx context.Context, cl *client.Client, in storeInput) (storeOutput, error) {
	key := storeKeys[in.key]
	var t client.Txn
	switch in.op {
	case "get":
		got, err := cl.Get(ctx, key)
		if got.KV != nil {
			return storeOutput{value: string(got.KV.Value)}, err
		}
		return storeOutput{}, err
	case "put":
		_, err := cl.Put(ctx, key, []byte(in.new))
		return storeOutput{}, err
	case "delete":
		got, err := cl.Delete(ctx, key)
		return storeOutput{done: got.Deleted == 1}, err
	case "cas":
		t = client.Txn{If: []client.Compare{compare(key, in.old)}, Then: []client.Op{client.OpPut(key, []byte(in.new))}}
	case "move":
		t = client.Txn{
			If:   []client.Compare{client.Present(key), compare(key, in.old)},
			Then: []client.Op{client.OpDelete(key), client.OpPut(storeKeys[in.to], []byte(in.old))},
		}
	}
	got, err := cl.Txn(ctx, t)
	return storeOutput{done: got.Succeeded}, err
}

// choose makes up an operation. seen is the value that the client read last, of the
// key last: half of the conditions are about that one, so that some hold.
func choose(rnd *rand.Rand, last int, seen, fresh string) storeInput {
	in := storeInput{key: rnd.IntN(len(storeKeys)), old: seen, new: fresh}
	in.op = []string{"get", "get", "put", "delete", "cas", "cas", "move", "move"}[rnd.IntN(8)]
	if in.op != "get" && rnd.IntN(2) == 0 {
		in.key = last
	}
	in.to = (in.key + 1 + rnd.IntN(len(storeKeys)-1)) % len(storeKeys)
	return in
}

// work performs operations until ctx ends and notes them.
func (h *history) work(ctx context.Context, cl *client.Client, id int, rnd *rand.Rand) {
	last, seen := 0, ""
	for i := 0; ctx.Err() == nil; i++ {
		op, end := context.WithTimeout(ctx, 3*time.Second)
		in := choose(rnd, last, seen, fmt.Sprintf("%d.%d", id, i))
		entry := porcupine.Operation{ClientId: id, Input: in, Call: h.now()}
		out, err := perform(op, cl, in)
		end()
		entry.Return = h.now()
		switch {
		case err == nil && in.op == "get":
			last, seen = in.key, out.value
		case err != nil && (in.op == "get" || client.OutcomeOf(err) == client.NotDone):
			continue
		case err != nil:
			out.unknown, entry.Return = true, forever
		}
		entry.Output = out
		h.add(entry)
	}
}

// Puts, gets, deletes, compare-and-set and transactions over several keys are
// linearizable through kills of the leader.
func TestTransactionsAreLinearizableThroughLeaderKills(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := newCluster(t, 3, nil)
	h := &history{start: time.Now()}
	ctx, cancel := context.WithCancel(testContext(t))
	var clients sync.WaitGroup
	for id := range 4 {
		cl := dial(t, c, c.Names()[id%3])
		clients.Go(func() { h.work(ctx, cl, id, rand.New(rand.NewPCG(seed, uint64(id)))) })
	}
	for range 3 {
		h.grow(t, c)
		leader := waitLeader(t, c, "")
		must(t, c.Kill(testContext(t), leader))
		waitLeader(t, c, leader)
		must(t, c.Start(testContext(t), leader))
	}
	waitFor(t, c, "every kind of operation", func() bool { return len(h.lacking()) == 0 })
	cancel()
	clients.Wait()
	h.checkStore(t)
	waitAgree(t, c)
}

// lacking returns the kinds of operation that prove something and are not in the
// history yet.
func (h *history) lacking() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	wanted := map[string]bool{"cas true": true, "cas false": true, "move true": true, "move false": true, "delete true": true}
	for _, op := range h.ops {
		if out := op.Output.(storeOutput); !out.unknown {
			delete(wanted, fmt.Sprintf("%s %t", op.Input.(storeInput).op, out.done))
		}
	}
	return slices.Collect(maps.Keys(wanted))
}

func (h *history) checkStore(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	switch porcupine.CheckOperationsTimeout(stores, h.ops, 2*time.Minute) {
	case porcupine.Illegal:
		t.Errorf("the history of %d operations is not linearizable", len(h.ops))
	case porcupine.Unknown:
		t.Errorf("the history of %d operations could not be checked in time", len(h.ops))
	}
}

// A check that never fails proves nothing: a transaction that is seen in halves is
// no transaction.
func TestHalfATransactionIsNotLinearizable(t *testing.T) {
	t.Parallel()
	op := func(id int, call, end int64, in storeInput, out storeOutput) porcupine.Operation {
		return porcupine.Operation{ClientId: id, Input: in, Call: call, Output: out, Return: end}
	}
	whole := []porcupine.Operation{
		op(0, 0, 1, storeInput{op: "put", key: 0, new: "x"}, storeOutput{}),
		op(0, 2, 9, storeInput{op: "move", key: 0, to: 1, old: "x"}, storeOutput{done: true}),
		op(1, 3, 4, storeInput{op: "get", key: 0}, storeOutput{}),
	}
	half := append(slices.Clone(whole), op(1, 5, 6, storeInput{op: "get", key: 1}, storeOutput{}))
	if !porcupine.CheckOperations(stores, whole) {
		t.Error("a history that is right is refused")
	}
	if porcupine.CheckOperations(stores, half) {
		t.Error("the check does not see half a transaction")
	}
}
