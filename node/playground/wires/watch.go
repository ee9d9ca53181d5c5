package wires

import "sync/atomic"

// Watch sees the messages from when it began: each one when it is sent, and again when
// it is delivered, lost or given up. State tells which.
type Watch struct {
	// C is closed by Close.
	C      <-chan Message
	c      chan Message
	n      *Network
	missed atomic.Uint64
}

// Watch begins to look at the messages. Whoever does not take them in time misses some:
// buffer is how many are kept, and the network waits for nobody.
func (n *Network) Watch(buffer int) *Watch {
	c := make(chan Message, buffer)
	w := &Watch{C: c, c: c, n: n}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		close(c)
		return w
	}
	n.watchers[w] = true
	n.look()
	return w
}

// Missed returns how many messages found no room.
func (w *Watch) Missed() uint64 { return w.missed.Load() }

// Close ends the watch. It may be called again.
func (w *Watch) Close() {
	w.n.mu.Lock()
	defer w.n.mu.Unlock()
	if w.n.watchers[w] {
		delete(w.n.watchers, w)
		close(w.c)
		w.n.look()
	}
}

// tell shows a message to those who watch. n.mu is held.
func (n *Network) tell(m Message) {
	for w := range n.watchers {
		select {
		case w.c <- m:
		default:
			w.missed.Add(1)
		}
	}
}
