package see

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// streams is a store whose members tell what a test gives them. A stream ends with a
// page that has an error.
type streams struct {
	Store
	mu      sync.Mutex
	members []string
	pages   map[string]chan client.EventPage
	asked   []client.EventsRequest // guarded by mu
}

func (s *streams) Members(context.Context) (client.Membership, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var m client.Membership
	for _, name := range s.members {
		m.Members = append(m.Members, client.MemberStatus{Member: client.Member{Name: name}})
	}
	return m, nil
}

func (s *streams) Events(ctx context.Context, member string, r client.EventsRequest) (iter.Seq2[client.EventPage, error], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	pages := s.pages[member]
	return func(yield func(client.EventPage, error) bool) {
		for {
			select {
			case page := <-pages:
				if page.Dropped > 0 {
					yield(client.EventPage{}, kverr.ErrLostConnection)
					return
				}
				if !yield(page, nil) {
					return
				}
			case <-ctx.Done():
				yield(client.EventPage{}, ctx.Err())
				return
			}
		}
	}, nil
}

// safe is a buffer that is read while it is written.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func session(store Store, outw, errw *safe) *shell.Session {
	ink := out.NewPalette(false)
	return shell.New(shell.Config{Rooms: []shell.Room{Room(store)}, Printer: &out.Printer{
		Out: outw, Err: errw, Ink: ink, ErrInk: ink, Width: func() int { return 0 }}})
}

func page(events ...client.Event) client.EventPage {
	return client.EventPage{Recording: 7, Events: events}
}

// What several members tell at the same time is shown in the order of its times, and what
// was done to the cluster once, though all of them tell of it.
func TestFollowedEventsAreInOrder(t *testing.T) {
	t.Parallel()
	store := &streams{members: []string{"n1", "n2"}, pages: map[string]chan client.EventPage{"n1": make(chan client.EventPage), "n2": make(chan client.EventPage)}}
	var outw, errw safe
	ended := make(chan error)
	go func() {
		ended <- session(store, &outw, &errw).Exec(t.Context(), []string{"events", "-follow", "-count", "4"})
	}()
	mark := client.Event{Kind: client.EventMark, Reason: "kill n3", Time: at(2)}
	send := func(member string, events ...client.Event) {
		for i := range events {
			events[i].Member = member
		}
		store.pages[member] <- page(events...)
	}
	send("n1", client.Event{Sequence: 1, Kind: client.EventStarted, Time: at(0)})
	wait(t, "the beginning", func() bool { return strings.Contains(outw.String(), "started") })
	send("n2", mark, client.Event{Kind: client.EventLeader, Peer: "n1", Term: 3, Time: at(4)})
	send("n1", client.Event{Kind: client.EventPeerLost, Peer: "n3", Time: at(1)}, mark, client.Event{Sequence: 9, Kind: client.EventPeerRegained, Peer: "n3", Time: at(3)})
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for line := range strings.Lines(outw.String()) {
		kinds = append(kinds, strings.Split(line, "\t")[3])
	}
	if got := strings.Join(kinds, " "); got != "started peer-lost mark peer-regained leader" {
		t.Errorf("shown: %s\n%s", got, outw.String())
	}
}

// A member that is gone is told of once, is asked again from where it was, and new
// members are found.
func TestFollowingSurvivesAMember(t *testing.T) {
	t.Parallel()
	store := &streams{members: []string{"n1"}, pages: map[string]chan client.EventPage{"n1": make(chan client.EventPage), "n2": make(chan client.EventPage)}}
	var outw, errw safe
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- session(store, &outw, &errw).Exec(ctx, []string{"events", "-follow"}) }()
	store.pages["n1"] <- page(client.Event{Member: "n1", Sequence: 5, Kind: client.EventStarted, Time: at(0)})
	store.pages["n1"] <- client.EventPage{Dropped: 1} // the end
	wait(t, "the silence", func() bool { return strings.Contains(errw.String(), "n1 does not answer") })
	store.pages["n1"] <- page()
	wait(t, "the return", func() bool { return strings.Contains(errw.String(), "n1 answers again") })
	store.mu.Lock()
	again := store.asked[len(store.asked)-1]
	store.members = append(store.members, "n2")
	store.mu.Unlock()
	if again.From != 6 || again.Recording != 7 || !again.Follow {
		t.Errorf("asked again for %+v", again)
	}
	store.pages["n2"] <- page(client.Event{Member: "n2", Kind: client.EventStarted, Time: at(9)})
	wait(t, "the new member", func() bool { return strings.Contains(outw.String(), "n2") })
	cancel()
	var stopped *failure.StoppedError
	if err := <-ended; !errors.As(err, &stopped) || stopped.Text != "1 event" {
		t.Errorf("the end is %v", err)
	}
}

func wait(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.After(time.Minute); !cond(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// All members tell of a mark; those of the same text at other times are others.
func TestMergeKnowsWhatIsTheSame(t *testing.T) {
	t.Parallel()
	mark := func(member string, second float64, text string) client.Event {
		return client.Event{Member: member, Kind: client.EventMark, Reason: text, Time: at(second)}
	}
	merged := merge([]client.Event{mark("n2", 1, "kill n1"), mark("n1", 1, "kill n1"), mark("n1", 2, "kill n1"), mark("n1", 1, "stop n1"),
		{Member: "n1", Sequence: 2, Time: at(0)}, {Member: "n1", Sequence: 1, Time: at(0)}})
	got := ""
	for _, e := range merged {
		got += fmt.Sprintf("%s%d %s;", e.Member, e.Sequence, e.Reason)
	}
	if got != "n11 ;n12 ;0 kill n1;0 stop n1;0 kill n1;" {
		t.Errorf("merged: %s", got)
	}
}
