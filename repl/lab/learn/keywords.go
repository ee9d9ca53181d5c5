package learn

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kv/repl/syntax"
)

// keyword is a word that a line may begin with.
type keyword struct {
	take func(r *reader, e entry) error
	step bool // it belongs to a step
	many bool // it may be said again
}

// keywords by what they are written as.
var keywords = map[string]keyword{
	"lesson":  {take: (*reader).takeName},
	"title":   text(func(l *Lesson) *string { return &l.Title }),
	"goal":    text(func(l *Lesson) *string { return &l.Goal }),
	"nodes":   {take: (*reader).takeNodes},
	"setup":   commands(false, func(l *Lesson) *[]Command { return &l.Setup }),
	"step":    {take: (*reader).takeStep, many: true},
	"hint":    commands(true, func(l *Lesson) *[]Command { return &l.current().Hint }),
	"did":     {take: (*reader).takeDid, step: true},
	"check":   {take: (*reader).takeCheck, step: true, many: true},
	"done":    {take: (*reader).takeDone, step: true},
	"why":     text(func(l *Lesson) *string { return &l.Why }),
	"paper":   text(func(l *Lesson) *string { return &l.Paper }),
	"cleanup": commands(false, func(l *Lesson) *[]Command { return &l.Cleanup }),
}

// keywordList names them in the order in which they are mostly written.
const keywordList = "lesson, title, goal, nodes, setup, step, hint, did, check, done, why, paper, cleanup"

// current is the step that is being read.
func (l *Lesson) current() *Step { return &l.Steps[len(l.Steps)-1] }

// text is a keyword that is a text of the lesson.
func text(of func(*Lesson) *string) keyword {
	return keyword{take: func(r *reader, e entry) error { *of(r.lesson) = e.text; return nil }}
}

// commands is a keyword that is a command, one of several.
func commands(step bool, of func(*Lesson) *[]Command) keyword {
	return keyword{step: step, many: true, take: func(r *reader, e entry) error {
		c, err := r.command(e)
		*of(r.lesson) = append(*of(r.lesson), c)
		return err
	}}
}

var lessonName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

func (r *reader) takeName(e entry) error {
	if !lessonName.MatchString(e.text) || slices.Contains(reserved, e.text) {
		return r.errorf(e.line, "%s is no name for a lesson: letters, digits and dashes make one, and %s mean something else", syntax.Quote(e.text), strings.Join(reserved, ", "))
	}
	r.lesson.Name = e.text
	return nil
}

func (r *reader) takeNodes(e entry) error {
	n, err := strconv.Atoi(e.text)
	if err != nil || n < 1 || n > 9 {
		return r.errorf(e.line, "nodes is a number from 1 to 9, not %s", syntax.Quote(e.text))
	}
	r.lesson.Nodes = n
	return nil
}

// takeStep ends the step before and begins one.
func (r *reader) takeStep(e entry) error {
	if err := r.completeStep(); err != nil {
		return err
	}
	r.step = e.line
	for _, key := range []string{"hint", "did", "check", "done"} {
		delete(r.seen, key)
	}
	r.lesson.Steps = append(r.lesson.Steps, Step{Task: e.text})
	return nil
}

func (r *reader) takeDid(e entry) error {
	c, x, err := r.check(e)
	if err == nil && len(x.Command()) == 0 {
		err = r.errorf(e.line, "did begins with the words of the command that is to be given")
	}
	r.lesson.current().Did = &c
	return err
}

func (r *reader) takeCheck(e entry) error {
	c, _, err := r.check(e)
	r.lesson.current().Checks = append(r.lesson.current().Checks, c)
	return err
}

func (r *reader) takeDone(e entry) error {
	r.lesson.current().Done = e.text
	return nil
}
