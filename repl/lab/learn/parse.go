package learn

import (
	"strings"

	"kv/repl/expect"
	"kv/repl/failure"
	"kv/repl/syntax"
)

// Parse reads a lesson. file is the name that an error gives, with the line.
//
// A line is a word, a colon and what it says; what is indented continues the line before,
// an empty line and one that begins with # say nothing. DESIGN.md explains the words.
func Parse(file, text string) (*Lesson, error) {
	r := reader{file: file, lesson: &Lesson{Nodes: 3}, seen: make(map[string]int)}
	all, err := r.entries(text)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if err := r.take(e); err != nil {
			return nil, err
		}
	}
	return r.lesson, r.complete()
}

// entry is a line with those that continue it.
type entry struct {
	key, text string
	line      int
}

// reader makes a lesson of entries.
type reader struct {
	file   string
	lesson *Lesson
	seen   map[string]int // what was said of the lesson, or of the step that is being read
	last   int            // line of the last entry
	step   int            // line where the step begins that is being read, 0 before the first
}

// errorf is an error at a line of the file.
func (r *reader) errorf(line int, format string, args ...any) error {
	return failure.Usagef("%s:%d: "+format, append([]any{r.file, line}, args...)...)
}

// entries cuts a text into its entries.
func (r *reader) entries(text string) ([]entry, error) {
	var all []entry
	line := 0
	for l := range strings.Lines(text) {
		line++
		said := strings.TrimSpace(l)
		if said == "" || l[0] == '#' {
			continue
		}
		if !syntax.Printable(strings.ReplaceAll(said, "\t", "")) {
			return nil, r.errorf(line, "there are characters that cannot be shown; a lesson is plain text")
		}
		if l[0] == ' ' || l[0] == '\t' {
			if len(all) == 0 {
				return nil, r.errorf(line, "an indented line continues the one before, and there is none; begin it with a word and a colon")
			}
			last := &all[len(all)-1]
			last.text = strings.TrimSpace(last.text + " " + said)
			continue
		}
		key, value, ok := strings.Cut(said, ":")
		if keyword := keywords[key]; !ok || keyword.take == nil {
			return nil, r.errorf(line, "a line begins with one of %s and a colon, and one that continues it with a blank; not with %s", keywordList, syntax.Quote(firstWord(said)))
		}
		all = append(all, entry{key: key, text: strings.TrimSpace(value), line: line})
	}
	r.last = line
	return all, nil
}

func firstWord(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// take takes in an entry.
func (r *reader) take(e entry) error {
	k := keywords[e.key]
	switch {
	case e.text == "":
		return r.errorf(e.line, "%s says nothing; write it after the colon", e.key)
	case k.step && r.step == 0:
		return r.errorf(e.line, "%s belongs to a step; write `step: WHAT TO DO` before it", e.key)
	case !k.many && r.seen[e.key] > 0:
		return r.errorf(e.line, "%s was said in line %d already; a line that goes on begins with a blank", e.key, r.seen[e.key])
	}
	r.seen[e.key] = e.line
	return k.take(r, e)
}

// command reads an entry that is one command.
func (r *reader) command(e entry) (Command, error) {
	statements, err := syntax.Parse(e.text)
	switch {
	case err != nil:
		return Command{}, r.errorf(e.line, "%s: %v", e.key, err)
	case len(statements) != 1:
		return Command{}, r.errorf(e.line, "%s is one command; write a line for each", e.key)
	}
	return Command{e.text, statements[0], e.line}, nil
}

// check reads an entry that is written as what follows `expect`.
func (r *reader) check(e entry) (Check, *expect.Expectation, error) {
	c, err := r.command(e)
	if err != nil {
		return Check{}, nil, err
	}
	x, err := (&Check{c}).expectation(anyValue)
	switch {
	case err != nil:
		return Check{}, nil, r.errorf(e.line, "%s: %v", e.key, err)
	case x.Waits():
		return Check{}, nil, r.errorf(e.line, "%s: leave out within: a step waits until it is done", e.key)
	}
	return Check{c}, x, nil
}

// completeStep returns what is missing in the step that is being read.
func (r *reader) completeStep() error {
	if r.step == 0 {
		return nil
	}
	s := r.lesson.current()
	switch {
	case len(s.Hint) == 0:
		return r.errorf(r.step, "the step has no hint; write `hint: COMMAND`")
	case s.Did == nil && len(s.Checks) == 0:
		return r.errorf(r.step, "nothing tells when the step is done; write `did: COMMAND` or `check: COMMAND == VALUE`")
	case s.Done == "":
		return r.errorf(r.step, "the step does not say what has happened then; write `done: TEXT`")
	}
	return nil
}

// complete returns what is missing in the lesson.
func (r *reader) complete() error {
	if err := r.completeStep(); err != nil {
		return err
	}
	for _, key := range []string{"lesson", "title", "goal", "step", "why", "paper"} {
		if r.seen[key] == 0 {
			return r.errorf(max(r.last, 1), "the lesson has no %s; write `%s: …`", key, key)
		}
	}
	return nil
}
