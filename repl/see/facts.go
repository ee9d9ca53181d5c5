package see

import (
	"slices"
	"strings"
	"time"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
)

// What is drawn and said is told to programs as the facts that it is made of.

// records are the logs that are drawn, a member each.
func (d *LogDrawing) records() []out.Record {
	all := make([]out.Record, len(d.Rows))
	for i := range d.Rows {
		all[i] = d.Rows[i].record()
	}
	return all
}

func (r *LogRow) record() out.Record {
	told, l := !r.Silent, &r.Log
	return out.Record{out.Text("member", r.Member), out.Bool("answers", told), out.Text("role", string(l.Role)), out.Uint("term", l.Term).If(told),
		out.Uint("first_index", l.First).If(told), out.Uint("last_index", l.Last).If(told), out.Uint("commit_index", l.Commit).If(told),
		out.Uint("applied_index", l.Applied).If(told), out.Uint("snapshot_index", l.Snapshot).If(told),
		out.Records("match", keys(l.Match), func(name string) out.Record {
			return out.Record{out.Text("member", name), out.Uint("index", l.Match[name])}
		}).If(l.Match != nil),
		out.Records("entries", l.Entries, entryRecord).If(told),
		out.Records("overwritten", r.Overwritten, eventRecord).If(told)}
}

// record is the time that is drawn.
func (d *TimeDrawing) record() out.Record {
	t := tell(d.Record)
	members := out.Records("members", d.names(), func(name string) out.Record {
		return out.Record{out.Text("member", name), out.Bool("answers", !slices.Contains(d.Record.Silent, name)),
			out.Records("was", d.inSight(t.members[name]), func(s span) out.Record { return append(s.record(), out.Text("state", s.state.String())) })}
	})
	return out.Record{out.Time("from", d.From), out.Time("to", d.To), members,
		out.Records("led", d.inSight(t.reigns), func(s span) out.Record { return append(s.record(), out.Text("member", s.text)) }),
		out.Records("without_quorum", d.inSight(t.without), func(s span) out.Record { return s.record()[:2] }),
		out.Records("faults", d.inSight(t.faults), func(s span) out.Record { return append(s.record()[:2], out.Text("fault", s.text)) }),
		out.Records("votes", d.within(d.Record.Events, isVote), eventRecord),
		out.Records("refused", d.within(t.refused, nil), eventRecord), out.Records("done", d.within(t.marks, nil), eventRecord)}
}

// record is a time; one that goes on has no end.
func (s *span) record() out.Record {
	return out.Record{out.Time("from", s.From), out.Time("to", s.To), out.Uint("term", s.term).If(s.term != 0)}
}

// inSight are the spans of which something is drawn.
func (d *TimeDrawing) inSight(spans []span) []span {
	return slices.DeleteFunc(slices.Clone(spans), func(s span) bool { return !d.seen(&s) })
}

// within are the events that are drawn, and for which is holds if it is not nil.
func (d *TimeDrawing) within(events []client.Event, is func(client.Event) bool) []client.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e client.Event) bool {
		return e.Time.Before(d.From) || e.Time.After(d.To) || is != nil && !is(e)
	})
}

func isVote(e client.Event) bool { return e.Kind == client.EventVoteGranted && !e.PreVote }

// record is the chart, step by step.
func (c *Chart) record() out.Record {
	return out.Record{out.Text("title", c.Title), out.Text("leader", c.party(1)), out.Records("steps", c.Steps, c.stepRecord), out.Texts("notes", c.Notes)}
}

// stepRecord is a step of one party or, of a message, also from whom it came.
func (c *Chart) stepRecord(s Step) out.Record {
	message := s.From != s.To
	return out.Record{out.Duration("offset", s.At), out.Text("at", c.party(s.To)), out.Text("from", c.party(s.From)).If(message),
		out.Text("text", s.Text), out.Bool("decides", s.Key)}
}

// party is who has a lane: the client, or a member.
func (c *Chart) party(lane int) string {
	if lane >= len(c.Lanes) {
		return ""
	}
	return strings.TrimSuffix(c.Lanes[lane], leaderMark)
}

// electionRecord is what WhyElection tells, with the events of that time.
func electionRecord(r Record, sentences []string) out.Record {
	won, ok := lastEvent(r.Events, isRole(client.RoleLeader))
	before, had := leaderBefore(r, won)
	lost, without := leaderless(r)
	from, to := won.Time.Add(-beforehand), won.Time.Add(time.Second)
	if without {
		from, to = lost.Add(-beforehand), r.Now
	}
	return append(out.Record{out.Text("about", "election"), out.Text("leader", won.Member).If(!without), out.Uint("term", won.Term).If(ok && !without),
		out.Time("elected", won.Time).If(!without), out.Text("leader_before", before.text).If(had), out.Uint("term_before", before.term).If(had),
		out.Time("leaderless_since", lost).If(without)}, evidence(r, from, to, sentences)...)
}

// record is what WhyWrite tells, with the events of that time.
func (w Write) record(r Record, sentences []string) out.Record {
	d := failure.Describe(failure.OfWrite(w.Err))
	return append(out.Record{out.Text("about", "write"), out.Text("command", w.Line), out.Time("began", w.Began), out.Duration("took", w.Ended.Sub(w.Began)),
		out.Text("error", d.Error), out.Text("outcome", d.Outcome)}, evidence(r, w.Began.Add(-beforehand), w.Ended.Add(2*time.Second), sentences)...)
}

// evidence are the sentences of an explanation and what they stand on.
func evidence(r Record, from, to time.Time, sentences []string) out.Record {
	events := slices.DeleteFunc(slices.Clone(r.Events), func(e client.Event) bool { return e.Time.Before(from) || e.Time.After(to) })
	return out.Record{out.Texts("sentences", sentences), out.Texts("silent", r.Silent), out.Records("events", events, eventRecord)}
}
