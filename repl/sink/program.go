package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// ErrGone: the program has ended, or reads no more.
var ErrGone = errors.New("the program reads no more")

// Command is a program that is to read an answer.
type Command struct {
	// Text is for the operating system's shell, sh.
	Text string
	// Args are its $1, $2 and so on.
	Args []string
	// Env is what its environment has besides ours, as NAME=VALUE.
	Env []string
	// Out and Err are where it writes.
	Out, Err io.Writer
}

// Program is a program that reads an answer. One goroutine writes.
type Program struct {
	in    *os.File
	ended chan struct{}
	err   error // how it ended; to be read after ended

	mu     sync.Mutex
	since  time.Time     // guarded by mu; when the write that is under way began
	waited time.Duration // guarded by mu; how long the others took
}

// Start starts a program.
func Start(c Command) (*Program, error) {
	cmd := exec.Command("sh", append([]string{"-c", c.Text, "sh"}, c.Args...)...)
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.Stdout, cmd.Stderr = c.Out, c.Err
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start %q: %w", c.Text, err)
	}
	cmd.Stdin = read
	err = cmd.Start()
	_ = read.Close() // the program has its own
	if err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("start %q: %w", c.Text, err)
	}
	p := &Program{in: write, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
	return p, nil
}

// Write implements io.Writer. The error is ErrGone if the program reads no more.
func (p *Program) Write(b []byte) (int, error) {
	p.begin(time.Now())
	n, err := p.in.Write(b)
	p.begin(time.Time{})
	if errors.Is(err, syscall.EPIPE) {
		err = ErrGone
	}
	return n, err
}

// begin notes that a write begins at a time, or with the zero one that it is over.
func (p *Program) begin(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.since.IsZero() {
		p.waited += time.Since(p.since)
	}
	p.since = at
}

// Waited returns for how long in all the program has kept those waiting who write to it.
// Safe for concurrent use.
func (p *Program) Waited() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() {
		return p.waited
	}
	return p.waited + time.Since(p.since)
}

// Context returns ctx as one that ends with the program, too, by the cause ErrGone.
func (p *Program) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-p.ended:
			cancel(ErrGone)
		case <-ctx.Done():
		}
	})
	return ctx, func() {
		cancel(nil)
		watch.Wait()
	}
}

// Wait ends what the program reads, waits until it has ended, and returns how that was.
// Ctrl-C, which is for the person's shell as well, is no failure of it.
func (p *Program) Wait() error {
	_ = p.in.Close()
	<-p.ended
	var exit *exec.ExitError
	if !errors.As(p.err, &exit) {
		return p.err
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled() && status.Signal() == syscall.SIGINT, exit.ExitCode() == interrupted:
		return nil
	case exit.Exited():
		return fmt.Errorf("exit code %d", exit.ExitCode())
	default:
		return p.err
	}
}

// interrupted is the exit code by which a shell says that Ctrl-C ended a program.
const interrupted = 128 + int(syscall.SIGINT)
