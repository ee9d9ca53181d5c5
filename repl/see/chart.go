package see

import (
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"kv/repl/out"
)

// Chart is what some parties did with one another along time.
type Chart struct {
	Title string
	Lanes []string
	Steps []Step
	// Notes sum it up, a sentence each.
	Notes []string
}

// Step is one thing that happened: a message between two lanes, or something on one.
type Step struct {
	// At is the time since the beginning.
	At time.Duration
	// From and To are lanes, equal for what happened on one.
	From, To int
	Text     string
	// Key: the step decides something, and is to be seen.
	Key bool
}

const (
	timeWidth = 11 // of the times before the lanes
	leastLane = 10
	mostLane  = 26
)

// Lines draws the chart as text, as wide as width.
func (c *Chart) Lines(width int, ink out.Palette) []string {
	lane := min(max((width-timeWidth)/max(len(c.Lanes), 1), leastLane), mostLane)
	head := strings.Repeat(" ", timeWidth)
	for _, name := range c.Lanes {
		head += centered(name, lane)
	}
	lines := []string{ink.Strong.Sprint(strings.TrimRight(head, " "))}
	for i := range c.Steps {
		s := &c.Steps[i]
		row := strings.TrimRight(c.row(s, lane), " ")
		if s.Key {
			row = ink.Good.Sprint(row)
		}
		lines = append(lines, ink.Dim.Sprintf("%*s", timeWidth-2, micros(s.At))+"  "+row)
	}
	for _, note := range c.Notes {
		lines = append(lines, out.Wrap(note, width, ink.Dim.Sprint)...)
	}
	return lines
}

// row draws one step on the lanes.
func (c *Chart) row(s *Step, lane int) string {
	cells := []rune(strings.Repeat(" ", lane*len(c.Lanes)))
	middle := func(i int) int { return i*lane + lane/2 }
	for i := range c.Lanes {
		cells[middle(i)] = '│'
	}
	if s.From == s.To {
		put(cells, middle(s.From)-lane/2, centered(short(s.Text, lane-1), lane))
		return string(cells)
	}
	from, to := min(s.From, s.To), max(s.From, s.To)
	for i := middle(from) + 1; i < middle(to); i++ {
		if cells[i] == '│' {
			cells[i] = '┼'
		} else {
			cells[i] = '─'
		}
	}
	if s.To > s.From {
		cells[middle(to)-1] = '►'
	} else {
		cells[middle(from)+1] = '◄'
	}
	room := middle(to) - middle(from) - 5
	text := " " + short(s.Text, room-2) + " "
	// Near the sender, so that the words of long arrows do not cover the lanes between.
	at := middle(from) + 2
	if s.To < s.From {
		at = middle(to) - 1 - runewidth.StringWidth(text)
	}
	put(cells, at, text)
	return string(cells)
}

// put writes text over cells. A wide rune takes two.
func put(cells []rune, at int, text string) {
	for _, r := range text {
		if at >= 0 && at < len(cells) && (r != ' ' || cells[at] != '│') {
			cells[at] = r
		}
		at++
	}
}

func short(text string, width int) string { return runewidth.Truncate(text, max(width, 1), "…") }

// centered puts text into the middle of a width.
func centered(text string, width int) string {
	text = short(text, width)
	left := (width - runewidth.StringWidth(text) + 1) / 2
	return strings.Repeat(" ", left) + text + strings.Repeat(" ", width-left-runewidth.StringWidth(text))
}

// micros writes a short time with as much of it as matters.
func micros(d time.Duration) string {
	if d >= time.Second {
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// Mermaid writes the chart as a Mermaid sequence diagram.
func (c *Chart) Mermaid() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%%%% %s\nsequenceDiagram\n", mermaidText(c.Title))
	for i, name := range c.Lanes {
		fmt.Fprintf(&b, "    participant p%d as %s\n", i, mermaidText(name))
	}
	for _, s := range c.Steps {
		if s.From == s.To {
			fmt.Fprintf(&b, "    Note over p%d: %s (%s)\n", s.From, mermaidText(s.Text), micros(s.At))
		} else {
			fmt.Fprintf(&b, "    p%d->>p%d: %s (%s)\n", s.From, s.To, mermaidText(s.Text), micros(s.At))
		}
	}
	return b.String()
}

// mermaidText replaces what ends a statement of Mermaid, or begins something else.
func mermaidText(text string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", ";", "#59;", "#", "#35;", "<", "#lt;", ">", "#gt;").Replace(text)
}
