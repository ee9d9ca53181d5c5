package see

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kv/client"
	"kv/repl/out"
)

// beforehand is how long before an election what was done to the cluster is told as a
// part of its story.
const beforehand = 15 * time.Second

// WhyElection says why the last election took place and how it went, a sentence a line.
func WhyElection(r Record) []string {
	won, ok := lastEvent(r.Events, isRole(client.RoleLeader))
	lost, without := leaderless(r)
	switch {
	case !ok && !without:
		return silentToo(r, []string{"The members that answer have recorded no election."})
	case without && (!ok || lost.After(won.Time)):
		return silentToo(r, whyNobody(r, lost))
	}
	e := election{r: r, won: won}
	e.before, e.hadLeader = leaderBefore(r, won)
	lines := append(e.cause(), e.atFirst()...)
	lines = append(lines, e.rivals()...)
	lines = append(lines, e.votes()...)
	return silentToo(r, append(lines, e.end()))
}

// silentToo tells who could not be asked.
func silentToo(r Record, lines []string) []string {
	if len(r.Silent) > 0 {
		lines = append(lines, fmt.Sprintf("%s could not be asked; what only %s is missing here.", list(r.Silent), theyKnow(len(r.Silent))))
	}
	return lines
}

func theyKnow(n int) string {
	if n == 1 {
		return "it knows"
	}
	return "they know"
}

// leaderless reports whether nobody leads at the end of the record, and since when.
func leaderless(r Record) (since time.Time, yes bool) {
	without := tell(r).without
	if n := len(without); n > 0 && without[n-1].To.IsZero() {
		return without[n-1].From, true
	}
	return time.Time{}, false
}

// election is one that was won, with who led before.
type election struct {
	r         Record
	won       client.Event
	before    span // text is the member
	hadLeader bool
}

// leaderBefore is who led before a winner.
func leaderBefore(r Record, won client.Event) (span, bool) {
	reigns := tell(r).reigns
	for i := len(reigns) - 1; i >= 0; i-- {
		if reigns[i].term < won.Term {
			return reigns[i], true
		}
	}
	return span{}, false
}

// stood is the winner's candidacy.
func (e *election) stood() (client.Event, bool) {
	return lastEvent(e.r.Events, func(ev client.Event) bool {
		return isRole(client.RoleCandidate)(ev) && ev.Member == e.won.Member && !ev.Time.After(e.won.Time)
	})
}

// cause says why the winner stood, and what had been done before.
func (e *election) cause() []string {
	stood, ok := e.stood()
	if !ok {
		return []string{fmt.Sprintf("%s was elected in term %d; why it stood is not recorded any more.", e.won.Member, e.won.Term)}
	}
	lines := []string{fmt.Sprintf("%s stood for election at %s because %s.", stood.Member, stood.Time.Format(clock), because(stood.Reason))}
	if e.hadLeader && e.before.text != stood.Member {
		lines = append(lines, e.gone(stood.Time)...)
	}
	return append(lines, deeds(e.r, stood.Time)...)
}

// gone says what became of the leader before.
func (e *election) gone(at time.Time) []string {
	down, ok := lastEvent(e.r.Events, func(ev client.Event) bool {
		return ev.Member == e.before.text && (ev.Kind == client.EventStopped || isRole(client.RoleFollower)(ev)) &&
			ev.Time.After(e.before.From) && ev.Time.Before(e.won.Time)
	})
	if !ok {
		return nil
	}
	if down.Kind == client.EventStopped {
		return []string{fmt.Sprintf("%s, which led in term %d, had ended at %s: %s.", e.before.text, e.before.term, down.Time.Format(clock), down.Reason)}
	}
	had := "gave up its office"
	if down.Time.Before(at) {
		had = "had given up its office"
	}
	return []string{fmt.Sprintf("%s, which led in term %d, %s at %s because %s.", e.before.text, e.before.term, had, down.Time.Format(clock), because(down.Reason))}
}

// deeds are the sentences about what was done to the cluster before a time, and what
// was broken at it.
func deeds(r Record, at time.Time) (lines []string) {
	t := tell(r)
	for _, f := range t.faults {
		if f.From.Before(at) && (f.To.IsZero() || f.To.After(at)) {
			lines = append(lines, fmt.Sprintf("The cluster was broken then: `%s` since %s.", f.text, f.From.Format(clock)))
		} else if f.ends(at) && at.Sub(f.To) < beforehand {
			lines = append(lines, fmt.Sprintf("Shortly before, at %s, this was healed: `%s`.", f.To.Format(clock), f.text))
		}
	}
	for _, m := range t.marks {
		if m.Time.Before(at) && at.Sub(m.Time) < beforehand {
			lines = append(lines, fmt.Sprintf("Before that, at %s, this was done: `%s`.", m.Time.Format(clock), m.Reason))
		}
	}
	return lines
}

// since is when the story of the election begins.
func (e *election) since() time.Time {
	if stood, ok := e.stood(); ok && (!e.hadLeader || stood.Time.Before(e.before.From)) {
		return stood.Time
	}
	if e.hadLeader {
		return e.before.From
	}
	return e.won.Time
}

// atFirst says who refused the winner before it was elected.
func (e *election) atFirst() []string {
	stood, ok := e.stood()
	if !ok {
		return nil
	}
	said := answers(e.r, e.won.Member, stood.Time, e.won.Time, false)
	if said == "" {
		return nil
	}
	return []string{"At first " + said + "."}
}

// rivals says who else stood, and why they did not win.
func (e *election) rivals() (lines []string) {
	told := map[string]bool{e.won.Member: true}
	for _, ev := range e.r.Events {
		if !isRole(client.RoleCandidate)(ev) || told[ev.Member] || ev.Time.Before(e.since()) || ev.Time.After(e.won.Time) || ev.Term < e.won.Term && e.hadLeader && ev.Term <= e.before.term {
			continue
		}
		told[ev.Member] = true
		line := fmt.Sprintf("%s stood as well, at %s, because %s", ev.Member, ev.Time.Format(clock), because(ev.Reason))
		if said := answers(e.r, ev.Member, ev.Time, e.won.Time, true); said != "" {
			line += "; " + said
		}
		lines = append(lines, line+".")
	}
	return lines
}

// answers says who refused a candidacy in a time and, if wanted, who was silent.
func answers(r Record, candidate string, from, to time.Time, silence bool) string {
	refused, silent, parts := make(map[string]string), make(map[string]bool), []string(nil)
	for _, ev := range r.Events {
		if ev.Time.Before(from) || ev.Time.After(to) {
			continue
		}
		switch {
		case ev.Kind == client.EventVoteRefused && ev.Peer == candidate:
			refused[ev.Member] = ev.Reason
		case ev.Kind == client.EventVoteUnanswered && ev.Member == candidate:
			silent[ev.Peer] = true
		}
	}
	for _, name := range keys(refused) {
		parts = append(parts, fmt.Sprintf("%s refused it (%s)", name, refused[name]))
		delete(silent, name)
	}
	if len(silent) > 0 && silence {
		parts = append(parts, "it heard nothing from "+list(keys(silent)))
	}
	return strings.Join(parts, ", ")
}

// votes says who voted for the winner, and who did not.
func (e *election) votes() (lines []string) {
	refused, silent, gave := make(map[string]string), make(map[string]bool), make(map[string]bool)
	for _, ev := range e.r.Events {
		if ev.Term != e.won.Term || ev.PreVote || ev.Time.After(e.won.Time.Add(time.Second)) {
			continue
		}
		switch {
		case ev.Kind == client.EventVoteGranted && ev.Peer == e.won.Member:
			gave[ev.Member] = true
		case ev.Kind == client.EventVoteWon && ev.Member == e.won.Member:
			gave[ev.Peer] = true
		case ev.Kind == client.EventVoteRefused && ev.Peer == e.won.Member:
			refused[ev.Member] = ev.Reason
		case ev.Kind == client.EventVoteUnanswered && ev.Member == e.won.Member:
			silent[ev.Peer] = true
		}
	}
	if len(gave) > 0 {
		lines = append(lines, fmt.Sprintf("%s voted for %s in term %d.", list(keys(gave)), e.won.Member, e.won.Term))
	}
	for _, name := range keys(refused) {
		lines = append(lines, fmt.Sprintf("%s did not: %s.", name, refused[name]))
	}
	if len(silent) > 0 {
		lines = append(lines, fmt.Sprintf("%s did not answer.", list(keys(silent))))
	}
	return lines
}

// end says who leads since when, and how long nobody did.
func (e *election) end() string {
	text := fmt.Sprintf("So %s leads in term %d, since %s: %s", e.won.Member, e.won.Term, e.won.Time.Format(clock), e.won.Reason)
	for _, s := range tell(e.r).without {
		if s.To.Equal(e.won.Time) && e.hadLeader {
			text += fmt.Sprintf("; for %s nobody had led", out.Millis(s.To.Sub(s.From)))
		}
	}
	return text + "."
}

// whyNobody says why nobody leads since a time.
func whyNobody(r Record, since time.Time) (lines []string) {
	lines = []string{fmt.Sprintf("Nobody leads with a majority since %s.", since.Format(clock))}
	if lost, ok := lastEvent(r.Events, func(e client.Event) bool { return e.Kind == client.EventQuorumLost }); ok && !lost.Time.Before(since.Add(-time.Second)) {
		lines = append(lines, fmt.Sprintf("%s, which led in term %d, has lost the quorum: %s.", lost.Member, lost.Term, lost.Reason))
	}
	lines = append(lines, deeds(r, since)...)
	if down := ended(r); len(down) > 0 {
		lines = append(lines, fmt.Sprintf("%s not running.", are(down)))
	}
	for _, name := range r.Members {
		stood, ok := lastEvent(r.Events, func(e client.Event) bool {
			return isRole(client.RoleCandidate)(e) && e.Member == name && !e.Time.Before(since)
		})
		if !ok {
			continue
		}
		line := fmt.Sprintf("%s stands for election since %s because %s", name, stood.Time.Format(clock), because(stood.Reason))
		if said := answers(r, name, stood.Time, r.Now, true); said != "" {
			line += "; " + said
		}
		lines = append(lines, line+".")
	}
	return lines
}

// ended returns the members that were ended and have not been started again.
func ended(r Record) (names []string) {
	t := tell(r)
	for _, name := range keys(t.members) {
		if t.now(name) == stateDown {
			names = append(names, name)
		}
	}
	return names
}

func are(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return list(names) + " are"
}

// because makes the reason of an event the end of a sentence about its member.
func because(reason string) string {
	switch {
	case reason == "":
		return "of something that is not recorded"
	case strings.HasPrefix(reason, "asked to"):
		return "it was " + reason
	}
	return reason
}

func isRole(role client.Role) func(client.Event) bool {
	return func(e client.Event) bool { return e.Kind == client.EventRole && e.Role == role }
}

// lastEvent returns the last event for which is holds.
func lastEvent(events []client.Event, is func(client.Event) bool) (client.Event, bool) {
	for _, e := range slices.Backward(events) {
		if is(e) {
			return e, true
		}
	}
	return client.Event{}, false
}

// keys are the sorted keys of a map.
func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// list joins names as a sentence does.
func list(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}
