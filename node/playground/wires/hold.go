package wires

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// InFlight returns what is on its way, the oldest first.
func (n *Network) InFlight() []Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]Message, 0, len(n.wires))
	for _, w := range n.wires {
		for _, p := range w.way {
			all = append(all, p.Message)
		}
	}
	slices.SortFunc(all, func(a, b Message) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// find returns a message that is on its way. n.mu is held.
func (n *Network) find(id uint64) (*passage, error) {
	for _, w := range n.wires {
		for _, p := range w.way {
			if p.ID == id {
				return p, nil
			}
		}
	}
	return nil, fmt.Errorf("no message %d is in flight; `inflight` lists those that are", id)
}

// Deliver lets a message arrive now, and returns when what follows from it is on its
// way, or is not to be expected any more. A cut wire delivers nothing.
func (n *Network) Deliver(ctx context.Context, id uint64) (Message, error) {
	n.mu.Lock()
	p, err := n.find(id)
	switch {
	case err != nil:
	case p.wire.cut:
		err = fmt.Errorf("message %d cannot arrive: %s -> %s is cut; heal it with: heal %[2]s -> %[3]s", id, p.From, p.To)
	default:
		n.arrive(p)
	}
	n.mu.Unlock()
	if err != nil {
		return Message{}, err
	}
	n.Settle(ctx)
	return p.Message, nil
}

// Step delivers the oldest message that a wire holds, as Deliver does.
func (n *Network) Step(ctx context.Context) (Message, error) {
	n.mu.Lock()
	var oldest *passage
	for _, w := range n.wires {
		if w.held && !w.cut && len(w.way) > 0 && (oldest == nil || w.way[0].ID < oldest.ID) {
			oldest = w.way[0]
		}
	}
	n.mu.Unlock()
	if oldest == nil {
		return Message{}, fmt.Errorf("no message is held; `hold all` or `hold n1 -> n2` keeps them, `inflight` lists them")
	}
	return n.Deliver(ctx, oldest.ID)
}

// Lose has a message never arrive.
func (n *Network) Lose(ctx context.Context, id uint64) (Message, error) {
	n.mu.Lock()
	p, err := n.find(id)
	if err == nil {
		n.lose(p)
		n.pump(p.wire)
	}
	n.mu.Unlock()
	if err != nil {
		return Message{}, err
	}
	n.Settle(ctx)
	return p.Message, nil
}

const (
	// calm is for how long no message must have come to a held wire for the nodes to
	// have done what they do on one that was delivered.
	calm = 30 * time.Millisecond
	// settled bounds the wait for that.
	settled = 500 * time.Millisecond
)

// Settle waits until the nodes have answered and nothing new comes to a held wire. It
// is for people and scripts that look next at what is in flight, and a guess.
func (n *Network) Settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settled)
	defer cancel()
	for began := time.Now(); ctx.Err() == nil; {
		n.mu.Lock()
		last := n.caught
		n.mu.Unlock()
		if last.Before(began) {
			last = began
		}
		wait := time.Until(last.Add(calm))
		if wait <= 0 {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}
