package playground

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kv/node/playground/wires"
)

// Network returns the wires between the nodes, for those who look at messages.
func (c *Cluster) Network() *wires.Network { return c.net }

// Break adds a fault to the wires. It survives restarts of the nodes until it is
// healed. A name that no node has is an error.
func (c *Cluster) Break(f wires.Fault) error {
	names := append(slices.Concat(f.Groups...), f.From, f.To)
	for _, name := range names {
		if _, err := c.slot(name); err != nil && name != "" {
			return err
		}
	}
	c.net.Break(f)
	return nil
}

// Reseed begins the chances of the wires anew, as Config.Seed does.
func (c *Cluster) Reseed(seed uint64) { c.net.Reseed(seed) }

// Cut cuts the wire from one node to another, in that direction only.
func (c *Cluster) Cut(from, to string) {
	c.net.Break(wires.Fault{Kind: wires.Cut, From: from, To: to, OneWay: true})
}

// Delay lets each message on the wire from one node to another take mean, give or take up
// to jitter.
func (c *Cluster) Delay(from, to string, mean, jitter time.Duration) {
	c.net.Break(wires.Fault{Kind: wires.Delay, From: from, To: to, OneWay: true, Mean: mean, Jitter: jitter})
}

// Drop loses that many percent of the messages on the wire from one node to another.
func (c *Cluster) Drop(from, to string, percent float64) {
	c.net.Break(wires.Fault{Kind: wires.Drop, From: from, To: to, OneWay: true, Percent: percent})
}

// Isolate cuts all wires from and to a node.
func (c *Cluster) Isolate(name string) {
	c.net.Break(wires.Fault{Kind: wires.Isolate, From: name})
}

// Heal mends all wires.
func (c *Cluster) Heal() { c.net.Heal("", "") }

// standing is how long one look takes for the election that RunOut has begun.
const standing = time.Second

// RunOut lets the election timer of a node run out, once, while messages are held and
// the timers stand still. It returns when the node has sent its requests. A node that
// goes on hearing from a leader does not stand: it ends with ctx's error.
func (c *Cluster) RunOut(ctx context.Context, name string) error {
	n := c.Node(name)
	if n == nil {
		if _, err := c.slot(name); err != nil {
			return err
		}
		return fmt.Errorf("%s does not run; start it with: start %s", name, name)
	}
	w := c.net.Watch(1024)
	defer w.Close()
	for {
		if err := n.RunOut(ctx); err != nil {
			return err
		}
		if c.stands(ctx, w, name) {
			c.net.Settle(ctx)
			return nil
		}
		if _, leads := n.Leads(); leads {
			return nil // nobody had to be asked
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// stands waits a while for a node to ask for votes.
func (c *Cluster) stands(ctx context.Context, w *wires.Watch, name string) bool {
	ctx, cancel := context.WithTimeout(ctx, standing)
	defer cancel()
	for {
		select {
		case m, ok := <-w.C:
			if !ok {
				return false
			}
			if m.From == name && !m.Answer && (m.Kind == "vote" || m.Kind == "pre-vote") {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

// nameAt returns the node whose Raft port is at an address, "" if there is none.
func (c *Cluster) nameAt(address string) string {
	name, _ := c.ports.Load(address)
	s, _ := name.(string)
	return s
}
