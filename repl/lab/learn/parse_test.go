package learn

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"kv/repl/failure"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// small is a lesson with everything in it.
const small = `# a comment
lesson: small
title:  Two steps
goal:   See a key
        and its value.
nodes:  2
setup:  delete a

step:   Put it.
hint:   put a 'x y'
check:  get a == 'x y'
check:  list -count >= 1
done:   It is there.

step:   Read it
	on n2.
hint:   echo now
hint:   get a -at n2
did:    get a -at n2 contains x
done:   It is there, too.

why:    Because.
paper:  §1
cleanup: delete a
`

func TestALessonIsRead(t *testing.T) {
	t.Parallel()
	l, err := Parse("small.lesson", small)
	if err != nil {
		t.Fatal(err)
	}
	if l.Name != "small" || l.Goal != "See a key and its value." || l.Nodes != 2 || l.Why != "Because." || l.Paper != "§1" || len(l.Setup) != 1 || l.Cleanup[0].Text != "delete a" {
		t.Errorf("%+v", l)
	}
	if len(l.Steps) != 2 {
		t.Fatalf("%d steps", len(l.Steps))
	}
	if s := l.Steps[0]; s.Did != nil || len(s.Checks) != 2 || s.Checks[1].Line != 12 || s.Hint[0].Text != "put a 'x y'" {
		t.Errorf("%+v", s)
	}
	if s := l.Steps[1]; s.Task != "Read it on n2." || s.Did.Text != "get a -at n2 contains x" || len(s.Hint) != 2 || s.Done != "It is there, too." {
		t.Errorf("%+v", s)
	}
}

// What is wrong is told with its place and what to do.
func TestWhatIsWrongWithALesson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, new, want string }{
		{"lesson: small", "lesson: Big one", "f:2: "},
		{"lesson: small", "lesson: hint", "mean something else"},
		{"# a comment", " goes on", "f:1: an indented line continues the one before"},
		{"nodes:  2", "nodes:  ten", "f:6: nodes is a number from 1 to 9"},
		{"nodes:  2", "node:  2", "f:6: a line begins with one of lesson, title"},
		{"nodes:  2", "two nodes", "not with two"},
		{"nodes:  2", "title: again", "f:6: title was said in line 3 already"},
		{"nodes:  2", "hint: get a", "f:6: hint belongs to a step"},
		{"nodes:  2", "nodes:", "f:6: nodes says nothing"},
		{"setup:  delete a", "setup:  put a 'x", "f:7: setup: "},
		{"setup:  delete a", "setup:  get a; get b", "f:7: setup is one command"},
		{"setup:  delete a", "setup:  # nothing", "f:7: setup is one command"},
		{"check:  list -count >= 1", "check:  list -count >= many", "f:12: check: "},
		{"check:  list -count >= 1", "check:  list within 3s", "f:12: check: leave out within"},
		{"check:  list -count >= 1", "check:  list = 3", "f:12: check: expect has no operator ="},
		{"did:    get a -at n2 contains x", "did:    'text' == 3", "f:19: did begins with the words of the command"},
		{"did:    get a -at n2 contains x", "", "f:15: nothing tells when the step is done"},
		{"hint:   put a 'x y'", "", "f:9: the step has no hint"},
		{"done:   It is there.\n", "\n", "f:9: the step does not say what has happened"},
		{"why:    Because.", "", "f:24: the lesson has no why"},
		{"Because.", "Because\x1b[31m.", "f:22: there are characters that cannot be shown"},
	} {
		if !strings.Contains(small, c.old) {
			t.Fatalf("there is no %q", c.old)
		}
		_, err := Parse("f", strings.Replace(small, c.old, c.new, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) || failure.Code(err) != failure.ExitUsage {
			t.Errorf("%q instead of %q: %v", c.new, c.old, err)
		}
	}
	if _, err := Parse("f", ""); err == nil || !strings.HasPrefix(err.Error(), "f:1: ") {
		t.Errorf("an empty file: %v", err)
	}
}

// The built-in lessons are whole, and no two have one name.
func TestBuiltInLessons(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, l := range BuiltIn() {
		if seen[l.Name] {
			t.Errorf("there are two lessons %s", l.Name)
		}
		seen[l.Name] = true
		if !strings.Contains(l.Paper, "Raft paper ") && !strings.Contains(l.Paper, "dissertation ") {
			t.Errorf("%s does not say where to read on: %s", l.Name, l.Paper)
		}
	}
}

// No text makes the parser panic, and a lesson that is read is whole.
func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add("lesson: a\nstep: b\n c\nhint: $x\ncheck: $x == 1\ndone: d\n")
	f.Add(" x\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Parse("f", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("%v has no place", err)
			}
			return
		}
		if l.Name == "" || len(l.Steps) == 0 || l.Nodes < 1 {
			t.Errorf("%q makes %+v", text, l)
		}
		for _, s := range l.Steps {
			if len(s.Hint) == 0 || s.Did == nil && len(s.Checks) == 0 {
				t.Errorf("%q has the step %+v", text, s)
			}
		}
	})
}
