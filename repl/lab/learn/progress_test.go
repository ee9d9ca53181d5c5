package learn

import (
	"errors"
	"testing"

	"kv/repl/failure"
	"kv/repl/shell"
	"kv/repl/syntax"
)

func given(t *testing.T, command, answer string, err error) shell.Done {
	t.Helper()
	statements, parseErr := syntax.Parse(command)
	if parseErr != nil {
		t.Fatal(parseErr)
	}
	return shell.Done{Words: syntax.Texts(statements[0].Words), Reply: shell.Reply{Text: answer, Value: answer, Err: err}}
}

// A step that asks for a command takes one that has all its words, in any order, and ends
// as it should.
func TestTheCommandThatAStepAsksFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		did, command, answer string
		err                  error
		want                 bool
	}{
		{did: "log", command: "log", want: true},
		{did: "log", command: "log n1", want: true},
		{did: "log", command: "leader"},
		{did: "log n1", command: "log"},
		{did: "log", command: "log", err: errors.New("broken")},
		{did: "get a -stale == red", command: "get -stale a -at n1", answer: "red", want: true},
		{did: "get a -stale == red", command: "get a", answer: "red"},
		{did: "get a -stale == red", command: "get a -stale", answer: "blue"},
		{did: "get a @n1 == red", command: "get a @n1", answer: "red", want: true},
		{did: "get a @n1 == red", command: "get a @n2", answer: "red"},
		{did: "get a fails with not-found", command: "get a", err: failure.ErrNotFound, want: true},
		{did: "get a fails with conflict", command: "get a", err: failure.ErrNotFound},
		{did: "get a fails", command: "get a", answer: "red"},
		{did: "get $key == $value", command: "get k", answer: "v", want: true},
		{did: "get $key == $value", command: "get k", answer: "w"},
	} {
		p := progress{lesson: &Lesson{Steps: []Step{{Did: readCheck(t, c.did)}}}}
		value := map[string]string{"key": "k", "value": "v"}
		expand := func(words []syntax.Word) ([]syntax.Word, error) {
			expanded := make([]syntax.Word, len(words))
			for i, w := range words {
				var err error
				if expanded[i], err = w.Expand(func(name string) (string, error) { return value[name], nil }); err != nil {
					return nil, err
				}
			}
			return expanded, nil
		}
		if got := p.typed(given(t, c.command, c.answer, c.err), expand); got != c.want || p.waits() == c.want {
			t.Errorf("did: %s, after %s: %t, and waits: %t", c.did, c.command, got, p.waits())
		}
	}
}

func readCheck(t *testing.T, text string) *Check {
	t.Helper()
	l, err := Parse("f", "lesson: a\ntitle: b\ngoal: c\nstep: d\nhint: x\ndid: "+text+"\ndone: e\nwhy: f\npaper: g\n")
	if err != nil {
		t.Fatal(err)
	}
	return l.Steps[0].Did
}

func TestALessonGoesOnStepByStep(t *testing.T) {
	t.Parallel()
	l, err := Parse("f", small)
	if err != nil {
		t.Fatal(err)
	}
	p := progress{lesson: l}
	read := given(t, "get a -at n2", "x y", nil)
	if p.waits() || p.typed(read, anyValue) || p.place() != "learn 1/2" {
		t.Errorf("the first step asks for no command, and is %s", p.place())
	}
	if s := p.next(); s != &l.Steps[0] {
		t.Errorf("moved on from %+v", s)
	}
	if !p.waits() || p.place() != "learn 2/2" {
		t.Errorf("the second step waits for a command; %s", p.place())
	}
	if !p.typed(read, anyValue) || p.waits() {
		t.Error("the second step still waits after its command")
	}
	if p.next(); p.step() != nil || p.waits() || p.typed(read, anyValue) {
		t.Error("there is something left to do after the last step")
	}
}
