package see

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fatih/color"

	"kv/client"
	"kv/repl/out"
)

// TimeDrawing draws who led in which term along time, and what went wrong.
type TimeDrawing struct {
	Record Record
	// From and To are the ends of the time that is drawn.
	From, To time.Time
	// Width is how many columns of the terminal there are.
	Width int
	Ink   out.Palette

	story   *story
	columns int
	label   int // width of the names
}

// What stands in a column.
var stateRunes = map[state]rune{stateUnknown: '?', stateDown: ' ', stateAlone: '·', stateFollower: '─', stateCandidate: '▲', stateLeader: '█'}

const (
	leastColumns = 20
	axisDistance = 15
	timeLegend   = "█ leads, with its term; ─ follows; · knows no leader; ▲ stands for election; v votes; blank: does not run"
)

// Lines returns the drawing.
func (d *TimeDrawing) Lines() []string {
	d.story = tell(d.Record)
	names := d.names()
	d.label = len("no quorum")
	for _, name := range names {
		d.label = max(d.label, len(name))
	}
	d.label += 2
	d.columns = max(d.Width-d.label, leastColumns)
	lines := []string{d.axis()}
	for _, name := range names {
		lines = append(lines, d.Ink.Strong.Sprint(pad(name, d.label))+d.member(name))
	}
	lines = append(lines, d.Ink.Dim.Sprint(pad("no quorum", d.label))+d.Ink.Bad.Sprint(string(d.bar(d.story.without, '!'))))
	if row, any := d.points(d.story.refused, func(int) rune { return '!' }); any {
		lines = append(lines, d.Ink.Dim.Sprint(pad("refused", d.label))+d.Ink.Bad.Sprint(row))
	}
	lines = append(lines, d.faults()...)
	lines = append(lines, d.done()...)
	lines = append(lines, out.Wrap(timeLegend, d.Width, d.Ink.Dim.Sprint)...)
	return append(lines, d.reigns()...)
}

func (d *TimeDrawing) names() []string {
	names := slices.Concat(d.Record.Members, d.Record.Silent)
	slices.Sort(names)
	return names
}

// step is the time of a column.
func (d *TimeDrawing) step() time.Duration { return d.To.Sub(d.From) / time.Duration(d.columns) }

// column returns the column of a time; it may be outside of the drawing.
func (d *TimeDrawing) column(t time.Time) int {
	if step := d.step(); step > 0 {
		n := t.Sub(d.From) / step
		if t.Before(d.From) {
			n--
		}
		return int(max(min(n, 1<<20), -1))
	}
	return 0
}

// last is the last column of a time that ends at to, which may have no end.
func (d *TimeDrawing) last(s *span) int {
	if s.To.IsZero() {
		return d.columns - 1
	}
	return min(d.column(s.To), d.columns-1)
}

// axis has the times above their columns.
func (d *TimeDrawing) axis() string {
	text, layout := strings.Repeat(" ", d.label), "15:04:05"
	if d.step() < 50*time.Millisecond {
		layout = "15:04:05.0"
	}
	for c := 0; c+len(layout) <= d.columns; c += axisDistance {
		text = pad(text, d.label+c) + d.From.Add(time.Duration(c)*d.step()).Format(layout)
	}
	return d.Ink.Dim.Sprint(text)
}

// member draws what a member was. What is short is drawn over what is long.
func (d *TimeDrawing) member(name string) string {
	row, inks := slices.Repeat([]rune{'?'}, d.columns), make([]*color.Color, d.columns)
	for _, s := range d.story.members[name] {
		ink := d.Ink.Dim
		if s.state == stateLeader {
			ink = inkOfTerm(d.Ink, s.term)
		}
		for c := max(d.column(s.From), 0); c <= d.last(&s); c++ {
			row[c], inks[c] = stateRunes[s.state], ink
		}
	}
	d.votes(name, row, inks)
	for _, s := range d.story.members[name] {
		d.highlight(&s, row, inks)
	}
	return inked(row, inks)
}

// votes draws the votes that a member gave.
func (d *TimeDrawing) votes(name string, row []rune, inks []*color.Color) {
	for _, e := range d.Record.Events {
		c := d.column(e.Time)
		if e.Kind == client.EventVoteGranted && !e.PreVote && e.Member == name && c >= 0 && c < d.columns {
			row[c], inks[c] = 'v', d.Ink.Key
		}
	}
}

// highlight draws the beginning of a candidacy, and the term at that of a reign.
func (d *TimeDrawing) highlight(s *span, row []rune, inks []*color.Color) {
	c := d.column(s.From)
	switch {
	case s.state == stateCandidate && c >= 0 && c < d.columns:
		row[c], inks[c] = stateRunes[stateCandidate], d.Ink.Warn
	case s.state == stateLeader:
		number := strconv.FormatUint(s.term, 10)
		c = max(c+1, 0)
		if last := d.last(s); c+len(number) <= last {
			copy(row[c:], []rune(number))
		}
	}
}

// inked joins runes of the same color.
func inked(row []rune, inks []*color.Color) string {
	var b strings.Builder
	for i := 0; i < len(row); {
		n := i + 1
		for n < len(row) && inks[n] == inks[i] {
			n++
		}
		if text := string(row[i:n]); inks[i] == nil {
			b.WriteString(text)
		} else {
			b.WriteString(inks[i].Sprint(text))
		}
		i = n
	}
	return b.String()
}

// bar draws times as bars.
func (d *TimeDrawing) bar(spans []span, sign rune) []rune {
	row := slices.Repeat([]rune{' '}, d.columns)
	for i := range spans {
		for c := max(d.column(spans[i].From), 0); c <= d.last(&spans[i]); c++ {
			row[c] = sign
		}
	}
	return []rune(strings.TrimRight(string(row), " "))
}

// points draws events as single signs.
func (d *TimeDrawing) points(events []client.Event, sign func(i int) rune) (row string, some bool) {
	runes := slices.Repeat([]rune{' '}, d.columns)
	for i, e := range events {
		if c := d.column(e.Time); c >= 0 && c < d.columns {
			runes[c], some = sign(i), true
		}
	}
	return strings.TrimRight(string(runes), " "), some
}

// seen reports whether any of a span is drawn.
func (d *TimeDrawing) seen(s *span) bool { return s.From.Before(d.To) && !s.ends(d.From) }

// faults draws each fault as a bar, with its words within or beside it.
func (d *TimeDrawing) faults() (lines []string) {
	for i := range d.story.faults {
		s := &d.story.faults[i]
		if !d.seen(s) {
			continue
		}
		row := d.bar([]span{*s}, '━')
		words := []rune(" " + s.text + " ")
		first := max(d.column(s.From), 0)
		switch {
		case len(row)-first >= len(words)+2:
			copy(row[first+1:], words)
		case len(row)+len(words) <= d.columns:
			row = append(row, words[:len(words)-1]...)
		case first >= len(words):
			copy(row[first-len(words):], words)
		default:
			lines = append(lines, out.Wrap(pad("fault", d.label)+s.text, d.Width, d.Ink.Bad.Sprint)...)
		}
		lines = append(lines, d.Ink.Dim.Sprint(pad("fault", d.label))+d.Ink.Bad.Sprint(string(row)))
	}
	return lines
}

// done draws what was done as letters, and says below what they are.
func (d *TimeDrawing) done() (lines []string) {
	var seen []client.Event
	for _, e := range d.story.marks {
		if !e.Time.Before(d.From) && e.Time.Before(d.To) {
			seen = append(seen, e)
		}
	}
	const letters = "abcdefghijklmnopqrstuvwxyz"
	hidden := newest(&seen, len(letters))
	row, some := d.points(seen, func(i int) rune { return rune(letters[i]) })
	if !some {
		return nil
	}
	lines = append(lines, d.Ink.Dim.Sprint(pad("done", d.label))+d.Ink.Warn.Sprint(row))
	if hidden > 0 {
		lines = append(lines, d.Ink.Dim.Sprintf("%sand %d before", strings.Repeat(" ", d.label), hidden))
	}
	for i, e := range seen {
		lines = append(lines, fmt.Sprintf("%s%c  %s  %s", strings.Repeat(" ", d.label), letters[i], d.Ink.Dim.Sprint(e.Time.Format(clock)), d.Ink.Warn.Sprint(e.Reason)))
	}
	return lines
}

// reigns says who led, and how long nobody did.
func (d *TimeDrawing) reigns() (lines []string) {
	for i := range d.story.reigns {
		s := &d.story.reigns[i]
		if !d.seen(s) {
			continue
		}
		until, length := "now", d.To.Sub(s.From)
		if !s.To.IsZero() {
			until, length = s.To.Format(clock), s.To.Sub(s.From)
		}
		lines = append(lines, fmt.Sprintf("term %s  %s led from %s to %s, %s", inkOfTerm(d.Ink, s.term).Sprint(s.term), d.Ink.Strong.Sprint(s.text),
			s.From.Format(clock), until, out.Millis(length)))
	}
	var none time.Duration
	for _, s := range d.story.without {
		if from, to := latest(s.From, d.From), d.To; d.seen(&s) {
			if !s.To.IsZero() {
				to = earliest(s.To, d.To)
			}
			none += to.Sub(from)
		}
	}
	if none > 0 {
		lines = append(lines, d.Ink.Bad.Sprintf("without a quorum for %s of %s", out.Millis(none), out.Millis(d.To.Sub(d.From))))
	}
	return lines
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
