package prove

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"kv/client/lossy"
)

// ears are what the clients of a load hear answers with.
type ears struct{ deaf atomic.Int32 } // how many faults make them deaf

// Of the answers to a deaf client every oneOf-th is lost, and it notices within
// unnoticed: in between much may happen to the cluster.
const (
	oneOf     = 8
	unnoticed = 1500 * time.Millisecond
)

// of returns how the client of a number loses answers. Chance is its own.
func (e *ears) of(seed uint64, client int) lossy.Lose {
	var mu sync.Mutex
	rnd := rand.New(rand.NewPCG(seed, uint64(client)<<32))
	return func() (time.Duration, bool) {
		if e.deaf.Load() == 0 {
			return 0, false
		}
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(rnd.Int64N(int64(unnoticed))), rnd.IntN(oneOf) == 0
	}
}

func loseAnswers(_ context.Context, f *field, s *step) error {
	f.ears.deaf.Add(1)
	return nil
}

func hearAgain(_ context.Context, f *field, s *step) error {
	f.ears.deaf.Add(-1)
	return nil
}
