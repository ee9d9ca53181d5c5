package learn

import (
	"fmt"
	"strings"

	"kv/repl/out"
	"kv/repl/shell"
)

// voice says what there is to say in a lesson.
type voice struct {
	ink   out.Palette
	width int // 0 for no limit
}

// The columns of what is said.
const (
	labelWidth = 6
	mostWidth  = 96
)

// labelled is a text behind a label, broken into lines. Each line ends with a newline.
func (v voice) labelled(label, text string, ink func(...any) string) string {
	width := mostWidth
	if v.width > 0 {
		width = min(v.width, mostWidth)
	}
	var b strings.Builder
	for i, line := range out.Wrap(text, max(width-labelWidth, 20), ink) {
		if i > 0 {
			label = ""
		}
		fmt.Fprintf(&b, "%s%s\n", v.ink.Dim.Sprintf("%-*s", labelWidth, label), line)
	}
	return b.String()
}

// begin says what a lesson is about.
func (v voice) begin(l *Lesson) string {
	scene := "n1 leads"
	if l.Nodes > 1 {
		scene = "all nodes are well, and n1 leads"
	}
	return v.ink.Strong.Sprint(l.Title) + "\n" + v.labelled("goal", l.Goal, fmt.Sprint) + v.labelled("", scene, v.ink.Dim.Sprint) + "\n"
}

// step says what is to be done.
func (v voice) step(p *progress) string {
	return v.labelled(fmt.Sprintf("%d/%d", p.at+1, len(p.lesson.Steps)), p.step().Task, v.ink.Strong.Sprint)
}

// skip says what is executed instead of the person.
func (v voice) skip(c Command) string {
	return v.ink.Dim.Sprintf("%-*s", labelWidth, "skip") + v.ink.Key.Sprint(c.Text) + "\n"
}

// done says what has happened.
func (v voice) done(s *Step) string { return v.labelled("done", s.Done, v.ink.Good.Sprint) }

// end says what is to be remembered.
func (v voice) end(l *Lesson) string {
	return v.labelled("why", l.Why, fmt.Sprint) + v.labelled("read", l.Paper, fmt.Sprint)
}

// whole says that the cluster is as it was.
func (v voice) whole() string {
	return v.labelled("", "all is healed, the nodes run, and n1 leads; `learn` lists the lessons", v.ink.Dim.Sprint)
}

// voice is that of the session.
func (c *class) voice() voice { return voice{c.ink, c.width()} }

// say prints a text, above the line that is being typed if there is one.
func (c *class) say(text string) {
	if c.own {
		c.session.Above(text)
		return
	}
	voiceTo(c.session, text)
}

// voiceTo prints what is said in a lesson, which is no answer of a command: beside those
// of the session if a program reads them.
func voiceTo(s *shell.Session, text string) {
	w := s.Out
	if s.ForPrograms() {
		w = s.Err
	}
	fmt.Fprint(w, text)
}

// show prints the step that is to be done.
func (c *class) show() {
	c.mu.Lock()
	text := c.voice().step(&c.progress)
	c.mu.Unlock()
	voiceTo(c.session, text)
}

// record is the step that is to be done, for programs.
func (c *class) record() out.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.progress.lesson
	return out.Record{out.Text("lesson", l.Name), out.Text("title", l.Title), out.Text("goal", l.Goal), out.Uint("step", c.progress.at+1),
		out.Uint("steps", len(l.Steps)), out.Text("task", c.progress.step().Task)}
}

// hint returns the commands that do the step.
func (c *class) hint() []Command {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.progress.step().Hint
}
