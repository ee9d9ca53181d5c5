// Package expect is the language of `expect`: what a command is to answer, and whether it
// does.
package expect

import (
	"slices"
	"strings"
	"time"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// Expectation is what the words after `expect` say.
type Expectation struct {
	subject  []syntax.Word // the command, or a text
	text     bool          // it is a text
	operator *operator
	want     string
	place    string // with its @
	within   time.Duration
	words    []syntax.Word // as they were written
}

// String returns it as it was written.
func (e *Expectation) String() string {
	texts := make([]string, len(e.words))
	for i, w := range e.words {
		switch text := w.Written(); {
		case text != w.Text || w.Op > 0 && !w.Fixed:
			texts[i] = cut(text)
		default:
			texts[i] = cut(syntax.Quote(text))
		}
	}
	return strings.Join(texts, " ")
}

// Read reads the words after `expect`.
func Read(words []syntax.Word) (*Expectation, error) {
	e := &Expectation{words: words}
	at := slices.IndexFunc(words, func(w syntax.Word) bool { return !w.Fixed && operators[w.Text] != nil })
	if at == 0 {
		return nil, failure.Usagef("expect wants a command or a variable before %s; `help expect` shows how", words[0].Text)
	}
	if at < 0 {
		rest, err := e.readEnd(words)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(rest, func(w syntax.Word) bool { return w.Keyword("=") }); i >= 0 {
			return nil, failure.Usagef("expect has no operator =; == compares, and '=' in quotes is a word of the command")
		}
		e.subject, e.operator = rest, operators["succeeds"]
		return e, e.checkSubject()
	}
	e.operator = operators[words[at].Text]
	// The one word that there has to be may look like what can follow it.
	operand := words[at+1:]
	first := min(e.operator.words, len(operand))
	rest, err := e.readEnd(operand[first:])
	if err != nil {
		return nil, err
	}
	if e.want, err = e.operator.operand(slices.Concat(operand[:first], rest)); err != nil {
		return nil, err
	}
	e.subject = words[:at]
	return e, e.checkSubject()
}

// Waits reports whether the expectation says how long it may take to hold.
func (e *Expectation) Waits() bool { return e.within > 0 }

// Command returns the words of the command that is asked, with its place; nil if it is a
// text that is compared.
func (e *Expectation) Command() []string {
	if e.text {
		return nil
	}
	words := syntax.Texts(e.subject)
	if e.place != "" {
		words = append(words, e.place)
	}
	return words
}

// readEnd takes `@MEMBER` and `within TIME` off the end of words, in any order.
func (e *Expectation) readEnd(words []syntax.Word) ([]syntax.Word, error) {
	for {
		n := len(words)
		switch {
		case n >= 2 && words[n-2].Keyword("within") && e.within == 0:
			d, complaint := shell.KindDuration.Read(words[n-1].Text)
			if complaint != "" {
				return nil, failure.Usagef("within %s", complaint)
			}
			e.within, words = time.Duration(d), words[:n-2]
		case n >= 1 && isPlace(words[n-1]) && e.place == "":
			e.place, words = words[n-1].Text, words[:n-1]
		case n >= 1 && words[n-1].Keyword("within"):
			return nil, failure.Usagef("within wants a time: within 3s")
		default:
			return words, nil
		}
	}
}

func isPlace(w syntax.Word) bool { return !w.Fixed && len(w.Text) > 1 && w.Text[0] == '@' }

// checkSubject looks at what stands before the operator.
func (e *Expectation) checkSubject() error {
	n := len(e.subject)
	if n > 1 && isPlace(e.subject[n-1]) && e.place == "" {
		e.place, e.subject = e.subject[n-1].Text, e.subject[:n-1]
		n--
	}
	if n == 0 {
		return failure.Usagef("expect wants a command or a variable; `help expect` shows how")
	}
	e.text = n == 1 && e.subject[0].Fixed && e.operator.words == 1
	if e.text && e.place != "" {
		return failure.Usagef("%s asks members, and a text is none of theirs; leave it out", e.place)
	}
	return nil
}

const (
	mostLines = 12  // of what was found
	mostRunes = 160 // of a line of it
)

// show tells what was found, in few and short lines.
func show(r shell.Reply) []string {
	if r.Err != nil {
		return []string{cut(failure.Explain(r.Err)[0])}
	}
	text := r.Text
	if r.Value != "" && !strings.Contains(text, "\n") {
		text = r.Value
	}
	if text == "" {
		return []string{"nothing"}
	}
	lines := strings.Split(text, "\n")
	more := len(lines) - mostLines
	if more > 0 {
		lines = lines[:mostLines]
	}
	for i, l := range lines {
		if !syntax.Printable(strings.ReplaceAll(l, "\t", "")) {
			l = syntax.Quote(l)
		}
		lines[i] = cut(l)
	}
	if more > 0 {
		lines = append(lines, "… "+out.Count(uint64(more), "line")+" more")
	}
	return lines
}

func cut(line string) string {
	if runes := []rune(line); len(runes) > mostRunes {
		return string(runes[:mostRunes]) + "…"
	}
	return line
}
