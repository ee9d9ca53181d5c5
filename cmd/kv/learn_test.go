package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/repl"
	"kv/repl/lab/learn"
)

// playLab plays a script in a playground of its own, and returns all that it prints and
// its exit code.
func playLab(t *testing.T, script string) (string, int) {
	t.Helper()
	cluster := lab{newPlayground(t), newChance(0)}
	c, err := client.Dial(cluster.Addresses())
	must(t, err)
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var text bytes.Buffer
	code := repl.RunScript(ctx, repl.Config{Store: repl.NewStore(c), Lab: cluster, Out: &text, Err: &text, Timeout: 5 * time.Second}, strings.NewReader(script))
	if faults := cluster.Faults(); len(faults) > 0 {
		t.Errorf("the lesson leaves %v", faults)
	}
	return text.String(), code
}

// whole is what has to be so of the cluster after a lesson.
const whole = `
expect leader == n1
expect members matches '\ANAME.*\nn1 .*\nn2 +follower +ok .*\nn3 +follower +ok .*\z'
`

// Every lesson is played by its own hints, in a real playground. Before its hint no step is
// done, and after it each is.
func TestLessons(t *testing.T) {
	t.Parallel()
	for _, l := range learn.BuiltIn() {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			var script strings.Builder
			fmt.Fprintf(&script, "learn %s\n", l.Name)
			for i, s := range l.Steps {
				fmt.Fprintf(&script, "echo before %d\necho hint %d\n", i+1, i+1)
				for _, h := range s.Hint {
					script.WriteString(h.Text + "\n")
				}
			}
			text, code := playLab(t, script.String()+"learn\n"+whole)
			if code != 0 {
				t.Fatalf("exit code %d:\n%s", code, text)
			}
			var marks []string
			for i := range l.Steps {
				marks = append(marks, fmt.Sprintf("before %d", i+1), fmt.Sprintf("hint %d", i+1), "done")
			}
			if got := marksOf(text); strings.Join(got, ", ") != strings.Join(append(marks, "why"), ", ") {
				t.Errorf("the steps go %q:\n%s", got, text)
			}
		})
	}
}

// marksOf returns the lines that say how far a lesson was played.
func marksOf(text string) []string {
	var marks []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch word, _, _ := strings.Cut(line, " "); word {
		case "before", "hint":
			marks = append(marks, line)
		case "done", "why":
			marks = append(marks, word)
		}
	}
	return marks
}

// A lesson that is stopped in the middle leaves nothing broken.
func TestALessonThatIsStopped(t *testing.T) {
	t.Parallel()
	text, code := playLab(t, "learn minority\nhold n1 -> n2\nhold n1 -> n3\nlearn stop\n"+whole+
		"learn election\nkill n3\nlearn again\nkill n2\nlearn no-quorum\nlearn stop\n"+whole)
	if code != 0 {
		t.Errorf("exit code %d:\n%s", code, text)
	}
}
