package fake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kv/repl/lab/faults"
)

// Restart implements lab.Lab.
func (l Lab) Restart(_ context.Context, n string) error { l[n] = "running"; return nil }

// Pause implements lab.Lab.
func (l Lab) Pause(_ context.Context, n string) error {
	l[n] = "paused"
	return l.Break(faults.Fault{Kind: "pause", From: n})
}

// Resume implements lab.Lab.
func (l Lab) Resume(_ context.Context, n string) error {
	if l[n] != "paused" {
		return fmt.Errorf("%s runs, it is not paused", n)
	}
	l[n] = "running"
	l.mend(n, "", "pause ")
	return nil
}

// Wipe implements lab.Lab.
func (l Lab) Wipe(_ context.Context, n string) error {
	if l[n] == "running" {
		return fmt.Errorf("%s is running: a disk is changed while its node is off; first: kill %s", n, n)
	}
	l[n] = "wiped"
	return nil
}

// Add implements lab.Lab. A node with a name votes at once, another does not.
func (l Lab) Add(_ context.Context, n string) (string, bool, error) {
	votes := n != ""
	if n == "" {
		n = fmt.Sprintf("n%d", len(l.Names())+1)
	}
	if l[n] == "running" {
		return "", false, fmt.Errorf("%s is there already, and runs", n)
	}
	l[n] = "running"
	return n, votes, nil
}

// Clock implements lab.Lab.
func (l Lab) Clock(n string, rate float64) error {
	if rate > 100 {
		return errors.New("a clock may run at 0.01x to 100x")
	}
	l.mend(n, "", "clock ")
	if rate == 1 {
		return nil
	}
	return l.Break(faults.Fault{Kind: "clock", From: n, To: fmt.Sprintf("%gx", rate)})
}

// SlowDisk implements disk.Lab.
func (l Lab) SlowDisk(n string, d time.Duration) error {
	if d > time.Minute {
		return errors.New("a disk may be slower by 1ms to 1m0s")
	}
	return l.Break(faults.Fault{Kind: "slow-disk", From: n, Mean: d})
}

// FailDisk implements disk.Lab; the node ends at once.
func (l Lab) FailDisk(n string, full bool) error {
	f := faults.Fault{Kind: "fail-disk", From: n}
	l[n] = "failed: disk: input/output error"
	if full {
		f.To, l[n] = "full", "failed: disk: no space left on device"
	}
	return l.Break(f)
}

// HealDisk implements disk.Lab.
func (l Lab) HealDisk(n string) error {
	l.mend(n, "", "slow-disk ")
	l.mend(n, "", "fail-disk ")
	return nil
}
