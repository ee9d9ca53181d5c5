package node

import (
	"context"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// StateHash implements rpc.Backend. The state is taken between two entries, however many
// come, and hashed beside them: one at a time, since it reads the whole store. Errors:
// ErrWaiting, ErrTimeout, ErrCanceled.
func (n *Node) StateHash(ctx context.Context, req *kvv1.StateHashRequest) (*kvv1.StateHashResponse, error) {
	m, err := n.cluster()
	if err != nil {
		return nil, err
	}
	view, index, err := m.applier.viewAt(ctx, req.GetIndex())
	if err != nil {
		return nil, kverr.From(err)
	}
	defer view.Release()
	select {
	case m.hashing <- struct{}{}:
		defer func() { <-m.hashing }()
	case <-ctx.Done():
		return nil, kverr.From(ctx.Err())
	}
	return &kvv1.StateHashResponse{Header: m.viewHeader(view), Hash: view.Hash().String(), Index: index}, nil
}

// capture is a wish for the state after one entry of the log.
type capture struct {
	index uint64
	got   chan captured // buffered by one
}

type captured struct {
	view  *fsm.View
	index uint64
}

// viewAt returns the state after the entry at index, once that has been applied, or
// the present state if more has been applied already; and which index it is of. 0
// means the present state. The caller releases the view.
func (a *applier) viewAt(ctx context.Context, index uint64) (*fsm.View, uint64, error) {
	c := capture{index, make(chan captured, 1)}
	a.mu.Lock()
	a.captures = append(a.captures, c)
	a.capturing.Store(true)
	a.mu.Unlock()
	// Nothing may be applied for a while: look for oneself what there is.
	if view := a.View(); reaches(view, index) {
		a.settle(c, view)
	} else {
		view.Release()
	}
	select {
	case got := <-c.got:
		return got.view, got.index, nil
	case <-ctx.Done():
		a.settle(c, nil)
		if got := <-c.got; got.view != nil {
			return got.view, got.index, nil
		}
		return nil, 0, ctx.Err()
	}
}

func reaches(view *fsm.View, index uint64) bool {
	applied, _ := view.Applied()
	return applied >= index
}

// settle ends a capture with a view, which may be nil, unless it has ended.
func (a *applier) settle(c capture, view *fsm.View) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.captures {
		if a.captures[i].got == c.got {
			a.captures = append(a.captures[:i], a.captures[i+1:]...)
			c.take(view)
			break
		}
	}
	a.capturing.Store(len(a.captures) > 0)
}

// take ends a capture; it may be called once.
func (c capture) take(view *fsm.View) {
	got := captured{view: view}
	if view != nil {
		applied, _ := view.Applied()
		// Entries that hold nothing for the state machine do not reach it.
		got.index = max(applied, c.index)
	}
	c.got <- got
}

// before is called with the index of an entry that is to be applied next: what was
// wished for of an earlier one is taken now.
func (a *applier) before(index uint64) {
	if a.capturing.Load() {
		a.capture(func(c capture) bool { return c.index < index })
	}
}

// reached is called when all up to an index has been applied.
func (a *applier) reached(index uint64) {
	if a.capturing.Load() {
		a.capture(func(c capture) bool { return c.index <= index })
	}
}

// capture takes the present state for the captures that are due.
func (a *applier) capture(due func(capture) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	left := a.captures[:0]
	for _, c := range a.captures {
		if due(c) {
			c.take(a.View())
		} else {
			left = append(left, c)
		}
	}
	a.captures = left
	a.capturing.Store(len(left) > 0)
}
