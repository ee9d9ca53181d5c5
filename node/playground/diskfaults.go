package playground

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"
)

// diskFaults are what is wrong with the disk of one node. They outlast its runs.
type diskFaults struct {
	mu      sync.Mutex
	slow    time.Duration // guarded by mu; how much longer a sync takes
	failing bool          // guarded by mu
	full    bool          // guarded by mu; it fails for want of room
}

func (f *diskFaults) any() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.slow > 0 || f.failing
}

// MaxSlowDisk is the most that SlowDisk takes.
const MaxSlowDisk = time.Minute

// SlowDisk makes each sync of a node's disk take longer by d, 1 ms to MaxSlowDisk,
// until it is healed.
func (c *Cluster) SlowDisk(name string, d time.Duration) error {
	if d < time.Millisecond || d > MaxSlowDisk {
		return fmt.Errorf("a disk may be slower by 1ms to %s, not by %s", MaxSlowDisk, d)
	}
	s, err := c.slot(name)
	if err != nil {
		return err
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.slow = d
	s.drive.Slow(d)
	return nil
}

// FailDisk makes every write and every sync of a node's disk fail until it is healed,
// with an input/output error or, if it is full, for want of room. The node ends with the
// first one, and cannot start.
func (c *Cluster) FailDisk(name string, full bool) error {
	s, err := c.slot(name)
	if err != nil {
		return err
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.failing, s.faults.full = true, full
	if full {
		s.drive.Fail(syscall.ENOSPC)
	} else {
		s.drive.Fail(syscall.EIO)
	}
	return nil
}

// HealDisk mends a node's disk. A node that has ended by it stays so until it is
// started.
func (c *Cluster) HealDisk(name string) error {
	s, err := c.slot(name)
	if err != nil {
		return err
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.slow, s.faults.failing, s.faults.full = 0, false, false
	s.drive.Slow(0)
	s.drive.Fail(nil)
	return nil
}

// HealNode takes all faults from a node itself: it goes on if it is paused, its disk is
// mended, and its clock runs as the others do.
func (c *Cluster) HealNode(name string) error {
	if err := errors.Join(c.HealDisk(name), c.Clock(name, 1)); err != nil {
		return err
	}
	return c.with(name, func(s *slot, state string, _ error) error {
		if state == statePaused {
			s.resume()
		}
		return nil
	})
}

// NodeFaults lists the faults of the nodes themselves, in the words in which they are
// typed.
func (c *Cluster) NodeFaults() []string {
	var list []string
	for _, s := range c.slots() {
		list = append(list, s.listFaults()...)
	}
	return list
}

func (s *slot) listFaults() (list []string) {
	s.mu.Lock()
	state, _ := s.is()
	s.mu.Unlock()
	if state == statePaused {
		list = append(list, "pause "+s.name)
	}
	f := &s.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.slow > 0 {
		list = append(list, fmt.Sprintf("slow-disk %s %s", s.name, f.slow))
	}
	switch {
	case f.full:
		list = append(list, "fail-disk "+s.name+" full")
	case f.failing:
		list = append(list, "fail-disk "+s.name)
	}
	if fault := s.clock.fault(s.name); fault != "" {
		list = append(list, fault)
	}
	return list
}
