package node

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

// electorate answers a canvass as each voter is told to.
type electorate struct {
	mu    sync.Mutex
	says  map[raft.ServerID]string // yes, no, or silent until the question ends
	asked []raft.ServerID
	wg    sync.WaitGroup
}

func newElectorate(says ...string) (*electorate, []raft.Server) {
	e := &electorate{says: make(map[raft.ServerID]string)}
	var voters []raft.Server
	for i, s := range says {
		id := raft.ServerID(fmt.Sprintf("n%d", i+1))
		e.says[id] = s
		voters = append(voters, raft.Server{ID: id})
	}
	return e, voters
}

func (e *electorate) ask(ctx context.Context, s raft.Server) bool {
	e.mu.Lock()
	e.asked = append(e.asked, s.ID)
	says := e.says[s.ID]
	e.mu.Unlock()
	if says == "silent" {
		<-ctx.Done()
	}
	return says == "yes"
}

func (e *electorate) takeAsked() []raft.ServerID {
	e.wg.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	asked := slices.Sorted(slices.Values(e.asked))
	e.asked = nil
	return asked
}

// What the voters say decides, however many of them are asked.
func TestCanvassCounts(t *testing.T) {
	t.Parallel()
	const patience = 50 * time.Millisecond
	for _, tc := range []struct {
		says   []string
		needed int
		want   bool
	}{
		{nil, 0, true},
		{nil, 1, false},
		{[]string{"yes", "yes"}, 1, true},
		{[]string{"no", "yes"}, 1, true},
		{[]string{"silent", "yes"}, 1, true},
		{[]string{"silent", "silent"}, 1, false},
		{[]string{"no", "no"}, 1, false},
		{[]string{"no", "silent"}, 1, false},
		{[]string{"no", "silent", "yes", "yes"}, 2, true},
		{[]string{"no", "yes", "silent", "no"}, 2, false},
		{[]string{"yes", "no", "no", "no"}, 2, false},
		{[]string{"yes", "yes"}, 3, false},
	} {
		e, voters := newElectorate(tc.says...)
		c := canvass{spawn: e.wg.Go, hesitation: hesitation, ask: e.ask, tardy: make(map[raft.ServerID]int)}
		for range 3 { // the order of the second round comes of the first
			if got := c.consent(t.Context(), voters, tc.needed, patience); got != tc.want {
				t.Errorf("%d of %v consent: %v", tc.needed, tc.says, got)
			}
		}
		e.wg.Wait()
	}
}

// Who answers in time is asked alone; who does not comes last from then on.
func TestCanvassAsksThePunctual(t *testing.T) {
	t.Parallel()
	e, voters := newElectorate("silent", "yes", "yes")
	tardy := make(map[raft.ServerID]int)
	c := canvass{spawn: e.wg.Go, hesitation: hesitation, ask: e.ask, tardy: tardy}
	round := func(want ...raft.ServerID) {
		t.Helper()
		if !c.consent(t.Context(), voters, 1, time.Minute) {
			t.Fatal("no consent")
		}
		if asked := e.takeAsked(); !slices.Equal(asked, want) {
			t.Fatalf("asked %v, want %v", asked, want)
		}
	}
	round("n1", "n2", "n3")
	c.hesitation = time.Minute // a busy machine makes nobody late any more
	round("n2")
	round("n2")
	e.mu.Lock()
	e.says["n2"] = "no"
	e.mu.Unlock()
	tardy["n1"] = 9
	round("n1", "n2", "n3")
	round("n3")
}
