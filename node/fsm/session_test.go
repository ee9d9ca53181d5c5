package fsm

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	kvv1 "kv/proto/kv/v1"
)

// world is some clients, as they may behave, and a network that delivers what they
// have sent in any order, however late.
type world struct {
	m       *Machine
	clients []*client
	network []attempt
	lastID  uint64
	writes  []*write
}

type client struct {
	session, opened, next uint64
	open                  []*write // of the session, and not over
}

// write puts a key that nobody else puts.
type write struct {
	client            *client
	session, sequence uint64
	key               string
	opened            uint64
	underway          int  // attempts that were not delivered
	over              bool // for the client
	revision          uint64
	refused           bool // at each attempt
}

type attempt struct {
	*write
	data []byte
}

// renew opens a new session, when a client begins or is told to. What it knows of
// the log may be old.
func (w *world) renew(t *rapid.T, c *client) {
	for _, o := range c.open {
		o.over = true
	}
	w.lastID++
	known := w.m.index - min(w.m.index, rapid.Uint64Range(0, 3).Draw(t, "late"))
	*c = client{session: w.lastID, opened: known, next: 1}
}

func (w *world) begin(t *rapid.T) {
	c := rapid.SampledFrom(w.clients).Draw(t, "client")
	o := &write{client: c, session: c.session, sequence: c.next, opened: c.opened, key: fmt.Sprintf("%d/%d", c.session, c.next), refused: true}
	c.next++
	c.open = append(c.open, o)
	w.writes = append(w.writes, o)
	w.send(t, o)
}

// send sends an attempt, the first or another.
func (w *world) send(t *rapid.T, o *write) {
	c := putCommand(o.key, "x")
	c.Stamp = &kvv1.Stamp{Session: o.session, Sequence: o.sequence, Acknowledged: o.client.open[0].sequence, Opened: o.opened}
	o.underway++
	w.network = append(w.network, attempt{o, appendHot(t, nil, c)})
}

func (w *world) sendAgain(t *rapid.T) {
	c := rapid.SampledFrom(w.clients).Draw(t, "client")
	if len(c.open) > 0 {
		w.send(t, rapid.SampledFrom(c.open).Draw(t, "write"))
	}
}

// deliver applies an entry of some attempts and answers some of the clients.
func (w *world) deliver(t *rapid.T) {
	var some []attempt
	var data []byte
	for range min(len(w.network), rapid.IntRange(1, 3).Draw(t, "attempts")) {
		i := rapid.IntRange(0, len(w.network)-1).Draw(t, "attempt")
		some = append(some, w.network[i])
		data = append(data, w.network[i].data...)
		w.network = slices.Delete(w.network, i, i+1)
	}
	results := w.m.Apply(entry(w.m.index+1, data)).([]Result)
	for i, a := range some {
		a.underway--
		r := results[i]
		if r.Err == nil {
			if a.revision != 0 && a.revision != r.Revision {
				t.Fatalf("%s was done at revision %d, and again at %d", a.key, a.revision, r.Revision)
			}
			a.revision, a.refused = r.Revision, false
		} else if !errors.Is(r.Err, ErrSequence) && !errors.Is(r.Err, ErrSessionUnknown) {
			t.Fatalf("%s: %v", a.key, r.Err)
		}
		if !a.over && rapid.IntRange(0, 2).Draw(t, "answer is lost") > 0 {
			w.answer(t, a.write, r)
		}
	}
}

// answer tells a client what an attempt came to.
func (w *world) answer(t *rapid.T, o *write, r Result) {
	c := o.client
	o.over = true
	c.open = slices.DeleteFunc(c.open, func(other *write) bool { return other == o })
	if errors.Is(r.Err, ErrSessionUnknown) {
		w.renew(t, c)
	}
}

// check: each write was done once at most, where its answers say, and one whose
// attempts were all refused was not.
func (w *world) check(t *rapid.T) {
	for _, o := range w.writes {
		it, _, _ := w.m.Get([]byte(o.key))
		switch {
		case it == nil && !o.refused:
			t.Fatalf("%s was acknowledged and is not there", o.key)
		case it != nil && o.refused:
			t.Fatalf("%s was refused and is there", o.key)
		case it != nil && (it.Version() != 1 || it.ModRevision() != o.revision):
			t.Fatalf("%s was done %d times, the last at revision %d, and answered with %d", o.key, it.Version(), it.ModRevision(), o.revision)
		}
	}
}

// TestOnce: whatever a network does to clients that keep to the protocol, no write
// is done twice, also when sessions are forgotten all the time.
func TestOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{m: newSmall()}
		for range modelSessions + 2 {
			c := &client{}
			w.renew(t, c)
			w.clients = append(w.clients, c)
		}
		t.Repeat(map[string]func(*rapid.T){
			"begin":         w.begin,
			"send again":    w.sendAgain,
			"deliver":       w.deliver,
			"deliver, too":  w.deliver,
			"restart":       func(t *rapid.T) { w.m = reborn(t, w.m) },
			"a client ends": func(t *rapid.T) { w.renew(t, rapid.SampledFrom(w.clients).Draw(t, "client")) },
			"":              w.check,
		})
	})
}
