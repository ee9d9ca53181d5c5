package see

import (
	"cmp"
	"context"
	"slices"
	"time"

	"kv/client"
	"kv/repl/shell"
)

// names are the names of all members, or the one that is meant by word.
func (v rows) names(ctx context.Context, s *shell.Session, word string) ([]string, error) {
	if word != "" {
		name, err := s.Member(ctx, word)
		return []string{name}, err
	}
	m, err := v.store.Members(ctx)
	if err != nil {
		return nil, err
	}
	return m.Names(), nil
}

// Record is what the members have recorded, put together.
type Record struct {
	// Events are in the order of their times. What was done to the cluster from outside
	// is there once, with no member.
	Events []client.Event
	// Members are those of whom there are events.
	Members []string
	// Silent are those that did not answer.
	Silent []string
	// Dropped is how many older events the members did not keep.
	Dropped uint64
	// Now is the latest of their clocks.
	Now time.Time
}

// record reads what members have recorded. It fails if none of them answers.
func (v rows) record(ctx context.Context, members []string, within time.Duration) (Record, error) {
	answers := shell.AskEach(ctx, members, func(ctx context.Context, member string) ([]client.EventPage, error) {
		return v.pages(ctx, member, within)
	})
	var r Record
	var fault error
	for _, a := range answers {
		if a.Err != nil {
			r.Silent, fault = append(r.Silent, a.Member), a.Err
			continue
		}
		r.Members = append(r.Members, a.Member)
		for _, page := range a.Value {
			r.Events, r.Dropped = append(r.Events, page.Events...), r.Dropped+page.Dropped
			if page.Now.After(r.Now) {
				r.Now = page.Now
			}
		}
	}
	if len(r.Members) == 0 {
		return r, fault
	}
	r.Events = merge(r.Events)
	return r, nil
}

func (v rows) pages(ctx context.Context, member string, within time.Duration) ([]client.EventPage, error) {
	all, err := v.store.Events(ctx, member, client.EventsRequest{Within: within})
	if err != nil {
		return nil, err
	}
	var pages []client.EventPage
	for page, err := range all {
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
	}
	return pages, nil
}

// outside reports whether an event was done to the cluster, and thus recorded by all
// members.
func outside(e client.Event) bool {
	return e.Kind == client.EventMark || e.Kind == client.EventFault || e.Kind == client.EventHealed
}

// merge puts the events of several members into the order of their times, those of
// one member in its own order.
func merge(events []client.Event) []client.Event {
	slices.SortStableFunc(events, func(a, b client.Event) int {
		if a.Member == b.Member {
			return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Sequence, b.Sequence))
		}
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Member, b.Member))
	})
	type deed struct {
		at   int64
		kind client.EventKind
		text string
	}
	seen := make(map[deed]bool)
	merged := events[:0]
	for _, e := range events {
		if outside(e) {
			d := deed{e.Time.UnixNano(), e.Kind, e.Reason}
			if seen[d] {
				continue
			}
			seen[d], e.Member = true, ""
		}
		merged = append(merged, e)
	}
	return merged
}

// warnSilent tells who has not answered.
func warnSilent(s *shell.Session, silent []string) {
	for _, name := range silent {
		s.Warn("%s does not answer: what it knows is missing here", name)
	}
}
