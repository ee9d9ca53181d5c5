package patience_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kv/node/patience"
)

// A stopped clock keeps a timeout from passing, and what was left of it is left when
// it goes on.
func TestAStoppedClockKeepsWhatIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c patience.Clock
		ctx, cancel := c.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		time.Sleep(4 * time.Second)
		c.Stop()
		time.Sleep(time.Hour)
		if ctx.Err() != nil || !c.Stopped() {
			t.Fatal("the time went on while the clock stood still")
		}
		c.GoOn()
		time.Sleep(5 * time.Second)
		if ctx.Err() != nil {
			t.Fatal("it ended early")
		}
		time.Sleep(2 * time.Second)
		if !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			t.Fatalf("6 s after the clock went on: %v", context.Cause(ctx))
		}
	})
}

func TestATimerIsStoppedAndSetAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*patience.Clock{"ordinary time": nil, "a clock": new(patience.Clock)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var rung atomic.Int32
				timer := c.AfterFunc(time.Second, func() { rung.Add(1) })
				time.Sleep(500 * time.Millisecond)
				timer.Reset(time.Second)
				time.Sleep(900 * time.Millisecond)
				if rung.Load() != 0 {
					t.Error("it rang before it was set to")
				}
				time.Sleep(200 * time.Millisecond)
				synctest.Wait()
				if rung.Load() != 1 {
					t.Errorf("it rang %d times", rung.Load())
				}
				timer.Reset(time.Second)
				timer.Stop()
				time.Sleep(time.Hour)
				if rung.Load() != 1 {
					t.Error("a stopped timer rang")
				}
			})
		})
	}
}

func TestLookTellsOfChanges(t *testing.T) {
	t.Parallel()
	var c patience.Clock
	for _, want := range []bool{false, true, false} {
		stopped, changed := c.Look()
		if stopped != want {
			t.Fatalf("stopped is %t, want %t", stopped, want)
		}
		if stopped {
			c.GoOn()
			c.GoOn()
		} else {
			c.Stop()
			c.Stop()
		}
		select {
		case <-changed:
		default:
			t.Fatal("a change was not told")
		}
	}
	if stopped, changed := (*patience.Clock)(nil).Look(); stopped || changed != nil {
		t.Error("no clock stands still")
	}
}

// The parent's end is the child's, with the parent's reason.
func TestTheParentEndsIt(t *testing.T) {
	t.Parallel()
	var c patience.Clock
	c.Stop()
	why := errors.New("the node ends")
	parent, end := context.WithCancelCause(t.Context())
	ctx, cancel := c.WithTimeout(parent, time.Nanosecond)
	defer cancel()
	end(why)
	if !errors.Is(context.Cause(ctx), why) {
		t.Errorf("cause %v", context.Cause(ctx))
	}
}
