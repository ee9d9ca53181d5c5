package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

const (
	// awaitLimit is how long anything may take that is waited for.
	awaitLimit = 5 * time.Minute
	// endLimit is how long a process may take to end in good order.
	endLimit = 30 * time.Second
)

// process is one that this program has started; it ends no other.
type process struct {
	name    string
	command func() *exec.Cmd // makes it anew for each start
	log     string           // file for what it writes

	mu      sync.Mutex // guards what follows
	cmd     *exec.Cmd
	exited  chan struct{}
	stopped bool // it is not to be started again
}

// start starts the process; once it was ended for good it does nothing.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return fmt.Errorf("%s was stopped", p.name)
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	cmd := p.command()
	cmd.Stdout, cmd.Stderr = log, log
	belongToUs(cmd)
	if _, err := cmd.StdinPipe(); err != nil { // it ends with this program
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait() // why it ended is in its log
		close(exited)
	}()
	p.cmd, p.exited = cmd, exited
	return nil
}

// terminate asks the process to end, as SIGTERM does, and waits for its end.
func (p *process) terminate() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return fmt.Errorf("%s does not run", p.name)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	select {
	case <-p.exited:
		p.cmd = nil
		return nil
	case <-time.After(endLimit):
		return fmt.Errorf("%s did not end within %s of SIGTERM", p.name, endLimit)
	}
}

// kill ends the process as kill -9 does and waits for its end.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		p.cmd.Process.Kill() // fails only if it has ended
		<-p.exited
		p.cmd = nil
	}
}

// end kills the process for good.
func (p *process) end() {
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	p.kill()
}

// pid returns the process id, 0 if it does not run.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// dead returns an error with the end of its log if the process has ended.
func (p *process) dead() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.exited:
	default:
		return nil
	}
	data, _ := os.ReadFile(p.log)
	return fmt.Errorf("%s has ended: %s", p.name, data[max(len(data)-1000, 0):])
}

// await tries until try succeeds, one of the processes has ended, or ctx ends.
func await(ctx context.Context, all []*process, try func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, awaitLimit)
	defer cancel()
	for {
		once, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := try(once)
		cancel()
		if err == nil {
			return nil
		}
		for _, p := range all {
			if err := p.dead(); err != nil {
				return err
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}
}

// freePorts returns ports that nobody listens on at the moment.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // after all were found, so that they differ
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
