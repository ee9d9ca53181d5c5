// Package drive is a disk that does to one node what disks do: it is slow, it fails,
// it is full, and when the power goes it has only what was synced. It watches the
// changes that the node makes (kv/node/guard) and knows by itself what a sync made
// durable, whatever the node's log takes for durable.
package drive

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"kv/node/guard"
)

// ErrOff is what every change fails with once the power is off.
var ErrOff = errors.New("the power is off")

// Drive is the disk of one node, over all runs of the node. Its methods are safe for
// concurrent use.
type Drive struct {
	trash string // folder on the same file system, for what may come back

	mu     sync.Mutex
	idle   *sync.Cond       // of mu; underway has become 0
	slow   time.Duration    // guarded by mu; how much longer a sync takes
	broken error            // guarded by mu; what every change fails with, nil if sound
	files  map[string]*file // guarded by mu; those with changes, by their paths
	names  []*change        // guarded by mu; of the folders, oldest first
	// underway is how many changes have begun and not ended; guarded by mu.
	underway int
	serial   int // guarded by mu; for names in trash
}

// New returns a disk all of whose content is durable. It keeps what may come back after
// a power cut in the folder trash, which it makes when it needs it; it must be on the
// file system of the node's files, and not be used by anybody else.
func New(trash string) *Drive {
	d := &Drive{trash: trash, files: make(map[string]*file)}
	d.idle = sync.NewCond(&d.mu)
	return d
}

// Slow makes each sync take longer, 0 no longer.
func (d *Drive) Slow(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slow = by
}

// Fail makes every change fail with err from now on; nil mends the disk.
func (d *Drive) Fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = err
}

// Power is the power of one run of the node.
type Power struct {
	drive *Drive
	// await returns at once unless the node is stopped, and false if quit is closed
	// before it goes on.
	await func(quit <-chan struct{}) bool
	off   chan struct{} // closed by Cut, with the drive's mu held
	once  sync.Once
}

// On gives power to a run of the node. Changes wait for await, which returns once they
// may be made, or false once its argument is closed; nil is never to wait.
func (d *Drive) On(await func(quit <-chan struct{}) bool) *Power {
	if await == nil {
		await = func(<-chan struct{}) bool { return true }
	}
	return &Power{drive: d, await: await, off: make(chan struct{})}
}

// Cut ends the power: no change and no sync of this run succeeds from now on, also none
// that is under way. What was not synced is taken away by Lose.
func (p *Power) Cut() {
	p.drive.mu.Lock()
	defer p.drive.mu.Unlock()
	p.once.Do(func() { close(p.off) })
}

func (p *Power) isOff() bool {
	select {
	case <-p.off:
		return true
	default:
		return false
	}
}

// Guard is the guard.Disk of this run.
func (p *Power) Guard(a guard.Access) (done func(error) error, err error) {
	if !p.await(p.off) {
		return nil, ErrOff
	}
	d := p.drive
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.isOff() {
		return nil, ErrOff
	}
	if d.broken != nil {
		return nil, d.broken
	}
	settle, err := d.note(a)
	if err != nil {
		return nil, fmt.Errorf("playground's disk: %w", err)
	}
	d.underway++
	return func(err error) error { return p.end(a.Op, settle, err) }, nil
}

// end ends a change. A sync that ends after the power has made nothing durable, and
// whoever asked for it must not hear otherwise.
func (p *Power) end(op guard.Op, settle func(error), err error) error {
	if op == guard.Sync {
		p.linger()
	}
	p.await(p.off)
	d := p.drive
	d.mu.Lock()
	defer d.mu.Unlock()
	off := p.isOff()
	if !off || op != guard.Sync {
		settle(err)
	}
	if d.underway--; d.underway == 0 {
		d.idle.Broadcast()
	}
	if off {
		return ErrOff
	}
	return err
}

// linger waits for as long as the disk is slow.
func (p *Power) linger() {
	p.drive.mu.Lock()
	slow := p.drive.slow
	p.drive.mu.Unlock()
	if slow <= 0 {
		return
	}
	timer := time.NewTimer(slow)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.off:
	}
}

// Lose takes away all that was never synced, as a power cut does. The node must have
// ended; what it has under way is waited for.
func (d *Drive) Lose() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.underway > 0 {
		d.idle.Wait()
	}
	var err error
	for _, f := range d.files {
		err = errors.Join(err, f.revert())
	}
	for i := len(d.names) - 1; i >= 0; i-- {
		err = errors.Join(err, d.names[i].undo())
	}
	if err != nil {
		return fmt.Errorf("take away what was not synced: %w", err)
	}
	return d.forget()
}

// Forget takes all that there is for durable, and drops what was kept to come back.
func (d *Drive) Forget() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.forget()
}

func (d *Drive) forget() error {
	clear(d.files)
	d.names = nil
	return os.RemoveAll(d.trash)
}
