package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"

	"kv/cmd/kv/bench"
)

// system is what is measured. Its methods are called by one goroutine.
type system interface {
	name() string
	// start starts its processes with their data below dir and waits until they serve.
	start(ctx context.Context, dir string) error
	// connect opens so many connections to where the system serves best.
	connect(ctx context.Context, connections int) (t []bench.Target, closeAll func(), err error)
	// processes are those that serve.
	processes() []*process
	// stop ends the processes that start has started. It may be called at any time.
	stop()
}

// replicated is a system that survives its leader.
type replicated interface {
	system
	// leader returns the process that leads.
	leader(ctx context.Context) (*process, error)
	// everywhere opens so many connections that survive the loss of any member.
	everywhere(connections int) (t []bench.Target, closeAll func(), err error)
	// recovered returns nil when all processes are up and have caught up.
	recovered(ctx context.Context) error
}

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

// cpu returns the processor time that the processes have used so far; false if
// this system does not tell.
func cpu(all []*process) (sum time.Duration, ok bool) {
	for _, p := range all {
		d, ok := cpuOf(p.pid())
		if !ok {
			return 0, false
		}
		sum += d
	}
	return sum, true
}

// await tries until try succeeds, one of the processes has ended, or ctx ends.
func await(ctx context.Context, all []*process, try func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
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

// closers closes all in turn.
func closers[C io.Closer](all []C) func() {
	return func() {
		for _, c := range all {
			c.Close()
		}
	}
}
