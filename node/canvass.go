package node

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"kv/node/patience"
)

// canvass asks voters for their consent, at first no more of them than are needed: to ask
// one more costs as much as a dozen reads. Those come first that were seldom late. One
// goroutine uses it.
type canvass struct {
	// spawn runs a question beside the others.
	spawn func(func())
	// ask asks one voter. It ends with ctx.
	ask func(ctx context.Context, voter raft.Server) bool
	// hesitation is how long those who are asked first may take before the others are
	// asked as well.
	hesitation time.Duration
	// clock measures their patience.
	clock *patience.Clock
	// tardy counts how often a voter refused, failed or hesitated.
	tardy map[raft.ServerID]int
}

const (
	// hesitation of a canvass is above what an answer takes at full load.
	hesitation = 5 * time.Millisecond
	// stragglers is for how long a voter may still answer a question that is decided.
	// Most do within microseconds, and to call a question back costs more than to ask it.
	stragglers = 5 * time.Millisecond
)

// reply is what came of asking the voter of a number.
type reply struct {
	voter int
	yes   bool
}

// consent reports whether needed of the voters consent. It returns as soon as that is
// certain, at the latest when ctx ends, which it may take until patience has passed.
func (c *canvass) consent(ctx context.Context, voters []raft.Server, needed int, patience time.Duration) bool {
	if needed <= 0 {
		return true
	}
	if needed > len(voters) {
		return false
	}
	voters = slices.Clone(voters)
	slices.SortStableFunc(voters, func(a, b raft.Server) int { return c.tardy[a.ID] - c.tardy[b.ID] })
	ctx, cancel := c.clock.WithTimeout(ctx, patience)
	replies := make(chan reply, len(voters))
	asked, yes, no := 0, 0, 0
	answered := make([]bool, len(voters))
	askUpTo := func(n int) {
		for ; asked < n; asked++ {
			i := asked
			c.spawn(func() { replies <- reply{i, c.ask(ctx, voters[i])} })
		}
	}
	askUpTo(needed)
	late := time.NewTimer(c.hesitation)
	defer late.Stop()
	for yes < needed && no <= len(voters)-needed {
		select {
		case r := <-replies:
			answered[r.voter] = true
			if r.yes {
				yes++
				continue
			}
			no++
			c.tardy[voters[r.voter].ID]++
			askUpTo(len(voters))
		case <-late.C:
			for i := range asked {
				if !answered[i] {
					c.tardy[voters[i].ID]++
				}
			}
			askUpTo(len(voters))
		}
	}
	if yes+no < asked {
		time.AfterFunc(stragglers, cancel)
	} else {
		cancel()
	}
	return yes >= needed
}
