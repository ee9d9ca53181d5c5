package see

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

const (
	// holdEvents is how long an event is held so that an earlier one of another member
	// can come before it.
	holdEvents = 150 * time.Millisecond
	// lookAgain is how often a member that is gone is tried, and new ones looked for.
	lookAgain = time.Second
)

// batch is what comes from one member's stream.
type batch struct {
	member string
	events []client.Event
	alive  bool  // it answers, perhaps that nothing has happened
	err    error // the stream has ended; it is opened again
}

// follower follows the events of members. Its own goroutine is the one that prints.
type follower struct {
	rows
	s       *shell.Session
	within  time.Duration
	batches chan batch
	wg      sync.WaitGroup
	open    map[string]bool // who is followed
	silent  map[string]bool // who was said to be silent

	held    []client.Event  // since the last tick
	aging   []client.Event  // before
	seen    map[string]bool // what was done from outside, and is shown
	shown   uint64
	backlog int // how many of the first events are shown; 0 for all
	begun   bool
	list    *out.List[client.Event]
}

// follow shows events as they come, until ctx ends or there were enough.
func (v rows) follow(ctx context.Context, s *shell.Session, a shell.Args, members []string) error {
	ctx, cancel := context.WithCancel(ctx)
	f := &follower{rows: v, s: s, within: a.Duration("since"), batches: make(chan batch),
		open: make(map[string]bool), silent: make(map[string]bool), seen: make(map[string]bool), backlog: limit(a, defaultFollowed)}
	view := eventView(s)
	view.Line = eventTabs
	f.list = view.Follow(s.Printer)
	defer f.wg.Wait()
	defer cancel()
	f.openAll(ctx, members)
	if s.ForPeople() {
		s.Note("following %s; Ctrl-C ends it", strings.Join(members, ", "))
	}
	return f.run(ctx, a.Number("count"), a.Get("MEMBER") == "")
}

func (f *follower) openAll(ctx context.Context, members []string) {
	for _, member := range members {
		if !f.open[member] {
			f.open[member] = true
			f.wg.Go(func() { f.listen(ctx, member) })
		}
	}
}

// listen hands over what a member tells, and goes on with the member when it comes
// back.
func (f *follower) listen(ctx context.Context, member string) {
	req := client.EventsRequest{Follow: true, Within: f.within}
	for ctx.Err() == nil {
		err := f.stream(ctx, member, &req)
		if f.hand(ctx, batch{member: member, err: err}); !shell.Pause(ctx, lookAgain) {
			return
		}
	}
}

func (f *follower) stream(ctx context.Context, member string, req *client.EventsRequest) error {
	pages, err := f.store.Events(ctx, member, *req)
	if err != nil {
		return err
	}
	for page, err := range pages {
		if err != nil {
			return err
		}
		req.Recording, req.Within = page.Recording, 0
		if n := len(page.Events); n > 0 {
			req.From = page.Events[n-1].Sequence + 1
		}
		f.hand(ctx, batch{member: member, events: page.Events, alive: true})
	}
	return fmt.Errorf("%s has ended its events", member)
}

func (f *follower) hand(ctx context.Context, b batch) {
	select {
	case f.batches <- b:
	case <-ctx.Done():
	}
}

func (f *follower) run(ctx context.Context, most uint64, everybody bool) error {
	tick := time.NewTicker(holdEvents)
	defer tick.Stop()
	looked := time.Now()
	for {
		select {
		case b := <-f.batches:
			f.take(b)
			f.openAll(ctx, []string{b.member})
		case <-tick.C:
			if err := f.show(most); err != nil {
				return err
			}
			if most > 0 && f.shown >= most {
				return nil
			}
			if everybody && time.Since(looked) > lookAgain {
				looked = time.Now()
				f.lookForNew(ctx)
			}
		case <-ctx.Done():
			return &failure.StoppedError{Text: out.Count(f.shown, "event")}
		}
	}
}

// lookForNew follows members that have come since. Who cannot be asked now is asked
// the next time.
func (f *follower) lookForNew(ctx context.Context) {
	f.wg.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, lookAgain)
		defer cancel()
		m, err := f.store.Members(ctx)
		if err != nil {
			return
		}
		for _, name := range m.Names() {
			f.hand(ctx, batch{member: name})
		}
	})
}

// take holds the events of a batch.
func (f *follower) take(b batch) {
	switch {
	case b.err != nil:
		if !f.silent[b.member] {
			f.silent[b.member] = true
			f.s.Warn("%s does not answer; it is tried again", b.member)
		}
	case b.alive && f.silent[b.member]:
		f.silent[b.member] = false
		f.s.Warn("%s answers again", b.member)
	}
	f.held = append(f.held, b.events...)
}

// show prints what has been held for long enough.
func (f *follower) show(most uint64) error {
	events := slices.DeleteFunc(f.ripe(), f.known)
	if !f.begun && len(events) > 0 {
		f.begun = true
		newest(&events, f.backlog)
		return f.print(events)
	}
	if room := most - f.shown; most > 0 && uint64(len(events)) > room {
		events = events[:room]
	}
	f.shown += uint64(len(events))
	return f.print(events)
}

// ripe returns what came before the last tick, in order with what has come since.
func (f *follower) ripe() []client.Event {
	var last time.Time
	for _, e := range f.aging {
		if e.Time.After(last) {
			last = e.Time
		}
	}
	all := merge(append(f.aging, f.held...))
	n := 0
	for n < len(all) && !all[n].Time.After(last) {
		n++
	}
	f.aging, f.held = slices.Clone(all[n:]), nil
	return all[:n:n]
}

// known reports whether what was done to the cluster was shown when another member
// told of it.
func (f *follower) known(e client.Event) bool {
	if !outside(e) {
		return false
	}
	key := fmt.Sprint(e.Time.UnixNano(), e.Kind, e.Reason)
	known := f.seen[key]
	f.seen[key] = true
	return known
}

func (f *follower) print(events []client.Event) error {
	for _, e := range events {
		if err := f.list.Add(e); err != nil {
			return err
		}
	}
	return nil
}

// eventTabs is an event as a line for scripts, in columns that need not be known
// beforehand.
func eventTabs(e client.Event) string {
	return strings.Join([]string{e.Time.Format(clock), out.OrDash(e.Member), term(e), string(e.Kind), Say(e)}, "\t")
}
