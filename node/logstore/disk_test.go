package logstore

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
)

// disk follows the operations on the files of one folder and knows what of them
// a power failure may leave: what was synced, and of the rest any subset of the
// sectors of each file, and any first part of the changes to the folder.
type disk struct {
	mu    sync.Mutex
	steps []func(*image) // in order; run again up to each point of failure
	syncs int
}

// inode is a file's durable bytes and what was done to it since.
type inode struct {
	bytes   []byte
	pending []write
}

type write struct {
	offset int64
	data   []byte // nil: truncate to nothing
}

// image is the state of the folder after some steps.
type image struct {
	names   map[string]*inode
	durable map[string]*inode
	pending []func(map[string]*inode) // changes to the folder not yet durable
	done    int                       // changes to the folder that are durable
	begun   map[int]func()            // what a sync makes durable, by its number
}

// trace is an Options.trace.
func (d *disk) trace(ev event) func() {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := filepath.Base(ev.path)
	switch ev.kind {
	case "create":
		d.steps = append(d.steps, func(m *image) { m.create(name) })
	case "write":
		data := bytes.Clone(ev.data)
		d.steps = append(d.steps, func(m *image) {
			f := m.names[name]
			f.pending = append(f.pending, write{ev.offset, data})
		})
	case "rename", "remove":
		to := filepath.Base(ev.to)
		d.steps = append(d.steps, func(m *image) {
			f := m.names[name]
			m.rename(func(names map[string]*inode) {
				delete(names, name)
				if ev.kind == "rename" {
					names[to] = f
				}
			})
		})
	case "sync":
		d.syncs++
		id := d.syncs
		d.steps = append(d.steps, func(m *image) { m.begun[id] = m.sync(name) })
		return func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.steps = append(d.steps, func(m *image) { m.begun[id]() })
		}
	}
	return func() {}
}

// mark adds a step of the test's own.
func (d *disk) mark(fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.steps = append(d.steps, func(*image) { fn() })
}

// failures runs the steps again and calls fn at every point between two of them.
func (d *disk) failures(start map[string][]byte, fn func(*image)) {
	m := &image{names: map[string]*inode{}, begun: map[int]func(){}}
	for name, data := range start {
		m.names[name] = &inode{bytes: bytes.Clone(data)}
	}
	m.durable = maps.Clone(m.names)
	fn(m)
	d.mu.Lock() // a log that was killed, not closed, may still prepare its room
	steps := slices.Clone(d.steps)
	d.mu.Unlock()
	for _, step := range steps {
		step(m)
		fn(m)
	}
}

func (m *image) create(name string) {
	if f := m.names[name]; f != nil {
		f.pending = append(f.pending, write{})
		return
	}
	f := &inode{}
	m.rename(func(names map[string]*inode) { names[name] = f })
}

func (m *image) rename(fn func(map[string]*inode)) {
	fn(m.names)
	m.pending = append(m.pending, fn)
}

// sync returns what makes the pending operations durable, up to this moment.
func (m *image) sync(name string) func() {
	if f := m.names[name]; f != nil {
		upTo := slices.Clone(f.pending)
		return func() { f.flush(upTo) }
	}
	upTo := m.done + len(m.pending)
	return func() {
		for ; m.done < upTo; m.done++ {
			m.pending[0](m.durable)
			m.pending = m.pending[1:]
		}
	}
}

func (f *inode) flush(upTo []write) {
	for _, w := range upTo {
		f.bytes = w.apply(f.bytes)
	}
	rest := f.pending[:0:0]
	for _, w := range f.pending {
		if !slices.ContainsFunc(upTo, func(v write) bool { return v.same(w) }) {
			rest = append(rest, w)
		}
	}
	f.pending = rest
}

func (w write) same(v write) bool {
	return w.offset == v.offset && len(w.data) == len(v.data) && (len(w.data) == 0 || &w.data[0] == &v.data[0])
}

func (w write) apply(b []byte) []byte {
	if w.data == nil {
		return nil
	}
	if n := int(w.offset) + len(w.data) - len(b); n > 0 {
		b = append(b, make([]byte, n)...)
	}
	copy(b[w.offset:], w.data)
	return b
}

// crash returns the files that a power failure leaves. lose says whether a sector
// that was not synced, or a change of the folder, is lost.
func (m *image) crash(lose func() bool) map[string][]byte {
	names := maps.Clone(m.durable)
	for _, fn := range m.pending {
		if lose() {
			break
		}
		fn(names)
	}
	left := map[string][]byte{}
	for name, f := range names {
		b := bytes.Clone(f.bytes)
		for _, w := range f.pending {
			b = w.tear(b, lose)
		}
		left[name] = b
	}
	return left
}

// tear applies some of the sectors of w.
func (w write) tear(b []byte, lose func() bool) []byte {
	if w.data == nil {
		if lose() {
			return b
		}
		return nil
	}
	for at := 0; at < len(w.data); at += sector {
		if !lose() {
			b = write{w.offset + int64(at), w.data[at:min(at+sector, len(w.data))]}.apply(b)
		}
	}
	return b
}

// fates returns ways to lose: all, nothing, and some at random.
func fates(r *rand.Rand) []func() bool {
	some := func(p float64) func() bool { return func() bool { return r.Float64() < p } }
	return []func() bool{some(1), some(0), some(0.5), some(0.2), some(0.8)}
}
