package see

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/failure"
	"kv/repl/out"
)

// Write is a write that failed, or whose end is not known.
type Write struct {
	Line         string
	Began, Ended time.Time
	Err          error
}

// WhyWrite says why a write failed, a sentence a line. The times of the write are by the
// clock of who asks, those of the record by the members'.
func WhyWrite(r Record, w Write) []string {
	e := kverr.From(w.Err)
	lines := []string{fmt.Sprintf("`%s` at %s: %s.", w.Line, w.Began.Format(clock), strings.TrimPrefix(failure.Explain(w.Err)[0], "error: "))}
	switch {
	case e.Outcome == kverr.NotDone:
		lines = append(lines, "It was surely not done, and it never will be.")
	default:
		lines = append(lines, fmt.Sprintf("After %s nobody could say whether it was done.", out.Millis(w.Ended.Sub(w.Began))))
	}
	if about := aboutRequest(e); about != "" {
		return append(lines, about)
	}
	lines = append(lines, aboutCluster(r, w)...)
	lines = append(lines, refusals(r, w)...)
	if e.Outcome != kverr.NotDone {
		lines = append(lines, afterwards(r, w))
	}
	if now, ok := ledAt(r, r.Now); ok {
		lines = append(lines, fmt.Sprintf("By now %s leads in term %d: try again.", now.text, now.term))
	}
	return silentToo(r, lines)
}

// aboutRequest says so where the reason lies in the request and not in the cluster.
func aboutRequest(e *kverr.Error) string {
	for _, own := range []*kverr.Error{kverr.ErrNoLeader, kverr.ErrNotLeader, kverr.ErrNoQuorum, kverr.ErrTransferring, kverr.ErrStopping, kverr.ErrOverloaded,
		kverr.ErrUnreachable, kverr.ErrTimeout, kverr.ErrCanceled, kverr.ErrLostLeadership, kverr.ErrLostConnection, kverr.ErrShutdown} {
		if errors.Is(e, own) {
			return ""
		}
	}
	return "The reason lies in what was asked and in what the store holds, not in the state of the cluster."
}

// aboutCluster says what was wrong with the cluster when the write was tried.
func aboutCluster(r Record, w Write) (lines []string) {
	if len(r.Events) == 0 {
		return []string{"The members could not be asked what they have recorded; is any of them running? `members` tells."}
	}
	t := tell(r)
	for i := range t.without {
		s := &t.without[i]
		if s.From.After(w.Ended) || s.ends(w.Began) {
			continue
		}
		line := fmt.Sprintf("From %s on nobody led with a majority", s.From.Format(clock))
		if !s.To.IsZero() {
			line = fmt.Sprintf("From %s to %s nobody led with a majority", s.From.Format(clock), s.To.Format(clock))
		}
		lines = append(lines, line+": a write needs one.")
		lines = append(lines, lostBy(r, s)...)
	}
	if led, ok := ledAt(r, w.Began); ok && len(lines) == 0 {
		lines = append(lines, fmt.Sprintf("%s led in term %d then.", led.text, led.term))
	}
	return append(lines, deeds(r, w.Ended)...)
}

// lostBy says which leaders lost their majority at the beginning of such a time.
func lostBy(r Record, s *span) (lines []string) {
	for _, e := range r.Events {
		if e.Kind == client.EventQuorumLost && e.Time.Sub(s.From).Abs() < 2*time.Second {
			lines = append(lines, fmt.Sprintf("%s, which had led in term %d, lost it: %s.", e.Member, e.Term, e.Reason))
		}
	}
	return lines
}

// refusals says which members have refused writes at the time: a client tries again and
// again while it may.
func refusals(r Record, w Write) (lines []string) {
	type reason struct{ member, text string }
	var order []reason
	counts, first, last := make(map[reason]uint64), make(map[reason]time.Time), make(map[reason]time.Time)
	for _, e := range r.Events {
		if e.Kind != client.EventRefused || e.Time.Before(w.Began.Add(-time.Second)) || e.Time.After(w.Ended.Add(2*time.Second)) {
			continue
		}
		key := reason{e.Member, e.Reason}
		if counts[key] == 0 {
			order, first[key] = append(order, key), e.Time
		}
		counts[key] += max(e.Count, 1)
		last[key] = e.Time
	}
	for _, key := range order {
		when := "at " + first[key].Format(clock)
		if last[key].After(first[key]) {
			when = "from " + first[key].Format(clock) + " to " + last[key].Format(clock)
		}
		lines = append(lines, fmt.Sprintf("%s has noted %s that came to nothing there, %s: %s.", key.member, out.Plural(counts[key], "try", "tries"), when, key.text))
	}
	return lines
}

// afterwards says what the record tells about a write whose end is not known.
func afterwards(r Record, w Write) string {
	gone, ok := lastEvent(r.Events, func(e client.Event) bool { return e.Kind == client.EventOverwritten && e.Time.After(w.Began) })
	if ok {
		return fmt.Sprintf("Since then %s has overwritten %s from index %d on with those of %s: a write that was among them is not done.",
			gone.Member, out.Plural(gone.Count, "entry", "entries"), gone.Index, orAnybody(gone.Peer))
	}
	return "It may be in the log of the leader of that time; if that is not overwritten, the write will be done when a majority has it. Read the key to know."
}

// ledAt returns who led, with a majority, at a time.
func ledAt(r Record, at time.Time) (span, bool) {
	t := tell(r)
	for i := range t.without {
		if s := &t.without[i]; !s.From.After(at) && !s.ends(at) {
			return span{}, false
		}
	}
	for i := len(t.reigns) - 1; i >= 0; i-- {
		if s := &t.reigns[i]; !s.From.After(at) && !s.ends(at) {
			return *s, true
		}
	}
	return span{}, false
}
