package learn_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kv/repl/data"
	"kv/repl/failure"
	"kv/repl/internal/fake"
	"kv/repl/lab/learn"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// pupil is a session in which lessons are taken.
type pupil struct {
	t       *testing.T
	session *shell.Session
	store   *fake.Store
	printed bytes.Buffer

	mu    sync.Mutex
	above strings.Builder // guarded by mu; what appeared above the line that is typed
}

// newPupil makes a session at a prompt, or of a script.
func newPupil(t *testing.T, prompt bool) *pupil {
	t.Helper()
	p := &pupil{t: t, store: fake.New()}
	printer := fake.Session(&p.printed, &p.printed).Printer
	rooms := []shell.Room{data.Room(p.store), learn.Room(fake.Lab{"n1": "running", "n2": "running"}, p.store)}
	p.session = shell.New(shell.Config{Rooms: rooms, Lab: true, Printer: printer, Now: fake.Clock()})
	t.Cleanup(func() { p.session.Close() })
	if prompt {
		p.session.Above = func(text string) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.above.WriteString(text)
		}
	}
	return p
}

// give executes a command.
func (p *pupil) give(command string) error {
	p.t.Helper()
	statements, err := syntax.Parse(command)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.session.Do(p.t.Context(), statements[0])
}

// begin writes a lesson into a file and begins it.
func (p *pupil) begin(steps string) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "it.lesson")
	text := "lesson: it\ntitle: a\ngoal: b\nnodes: 2\nwhy: c\npaper: d\n" + steps
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if err := p.give("learn -f " + syntax.Quote(file)); err != nil {
		p.t.Fatal(err)
	}
}

// wait waits until a text has appeared above the line.
func (p *pupil) wait(text string) {
	p.t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		p.mu.Lock()
		shown := p.above.String()
		p.mu.Unlock()
		if strings.Contains(shown, text) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			p.t.Fatalf("no %q in\n%s", text, shown)
		}
	}
}

// At a prompt a step gets done by what happens in the cluster, whoever has done it.
func TestAStepIsDoneByOthers(t *testing.T) {
	t.Parallel()
	p := newPupil(t, true)
	p.begin("step: e\nhint: put a 1\ncheck: get a == 1\ndone: it is one\nstep: f\nhint: get b\ndid: get b fails\ndone: it is not\n")
	if live := p.session.Live(); live != "learn 1/2" {
		t.Errorf("the prompt shows %q", live)
	}
	if _, err := p.store.Put(t.Context(), "a", []byte("1"), data.Write{}); err != nil {
		t.Fatal(err)
	}
	p.wait("it is one")
	if live := p.session.Live(); live != "learn 2/2" {
		t.Errorf("the prompt shows %q", live)
	}
	if err := p.give("get b"); !errors.Is(err, failure.ErrNotFound) {
		t.Errorf("at the prompt a failure stays one: %v", err)
	}
	p.wait("it is not")
	p.wait("all is healed")
	if live := p.session.Live(); live != "" {
		t.Errorf("the prompt shows %q at the end", live)
	}
	if err := p.give("learn hint"); failure.Code(err) != failure.ExitUsage {
		t.Errorf("a hint after the end: %v", err)
	}
}

// The end of the session ends the lesson; goleak finds what does not.
func TestASessionEndsInALesson(t *testing.T) {
	t.Parallel()
	p := newPupil(t, true)
	p.begin("step: e\nhint: put a 1\ncheck: get a == 1\ndone: f\n")
	if err := p.give("learn again"); err != nil {
		t.Error(err)
	}
}

// In a script a failure that the step asks for is none, and a hint that does not do its
// step is one.
func TestALessonInAScript(t *testing.T) {
	t.Parallel()
	p := newPupil(t, false)
	p.begin("step: e\nhint: get b\ndid: get b fails with not-found\ndone: it is not\nstep: f\nhint: put b 1\nhint: get b\ndid: get b == 2\ndone: it is two\n")
	if err := p.give("get c"); !errors.Is(err, failure.ErrNotFound) {
		t.Errorf("a failure that nobody asked for: %v", err)
	}
	for _, command := range []string{"get b", "put b 1"} {
		if err := p.give(command); err != nil {
			t.Errorf("%s: %v", command, err)
		}
	}
	err := p.give("get b")
	if lines := strings.Join(failure.Explain(err), "\n"); !strings.Contains(lines, "learn 2/2 is not done by its hint") {
		t.Errorf("the hint was right: %v", err)
	}
	if text := p.printed.String(); !strings.Contains(text, "it is not") || strings.Contains(text, "it is two") {
		t.Errorf("printed\n%s", text)
	}
}
