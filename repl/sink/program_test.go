package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, c Command) *Program {
	t.Helper()
	p, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAProgramReadsToTheEnd(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := start(t, Command{Text: `cat; echo "$1 $who"`, Args: []string{"one"}, Env: []string{"who=me"}, Out: &out})
	if _, err := io.WriteString(p, "answer\n"); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil || out.String() != "answer\none me\n" {
		t.Errorf("it wrote %q, %v", out.String(), err)
	}
}

func TestAProgramThatFailsSaysHow(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"exit 3": "exit code 3", "kill -9 $$": "signal: killed", "kill -INT $$": "<nil>", "exit 130": "<nil>"} {
		if err := start(t, Command{Text: text}).Wait(); fmt.Sprint(err) != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// One that ends before the answer does is heard of at once, and by the next write.
func TestAProgramThatReadsNoMore(t *testing.T) {
	t.Parallel()
	p := start(t, Command{Text: "true"})
	ctx, cancel := p.Context(t.Context())
	defer cancel()
	select {
	case <-ctx.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("the end of the program is not heard of")
	}
	if !errors.Is(context.Cause(ctx), ErrGone) {
		t.Errorf("the cause is %v", context.Cause(ctx))
	}
	// A process that another test starts has the pipe, too, until it is its own program.
	for deadline := time.Now().Add(20 * time.Second); ; runtime.Gosched() {
		if _, err := io.WriteString(p, "more"); errors.Is(err, ErrGone) {
			break
		} else if err != nil || time.Now().After(deadline) {
			t.Fatalf("a write says %v", err)
		}
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}

// The time that a reader takes is not that of the command.
func TestADeadlineWaitsForTheReader(t *testing.T) {
	t.Parallel()
	ready := filepath.Join(t.TempDir(), "ready")
	p := start(t, Command{Text: `while ! [ -e "$1" ]; do sleep 0.01; done; cat >/dev/null`, Args: []string{ready}})
	written := make(chan error, 1)
	go func() {
		_, err := io.WriteString(p, strings.Repeat("x", 1<<20)) // more than a pipe holds
		written <- err
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for p.Waited() == 0 {
		<-tick.C
	}
	const own = 20 * time.Millisecond
	ctx, cancel := Deadline(t.Context(), own, p.Waited)
	defer cancel()
	inner, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	for p.Waited() < 10*own {
		select {
		case <-inner.Done():
			t.Fatalf("it is over while the reader keeps us waiting: %v", inner.Err())
		case <-tick.C:
		}
	}
	if err := os.WriteFile(ready, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	select {
	case <-inner.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("it is never over")
	}
	if !errors.Is(inner.Err(), context.DeadlineExceeded) {
		t.Errorf("it ended with %v", inner.Err())
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}

func TestADeadlineEndsWithWhatIsAboveIt(t *testing.T) {
	t.Parallel()
	above, end := context.WithCancel(t.Context())
	ctx, cancel := Deadline(above, time.Hour, func() time.Duration { return 0 })
	defer cancel()
	end()
	<-ctx.Done()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error(ctx.Err())
	}
}
