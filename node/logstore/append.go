package logstore

import (
	"errors"
	"fmt"
	"math"

	"github.com/hashicorp/raft"

	"kv/node/planted"
)

// StoreLog is StoreLogs of one entry.
func (l *Log) StoreLog(e *raft.Log) error { return l.StoreLogs([]*raft.Log{e}) }

// StoreLogs appends entries in one write and one sync; nil means durable. They
// must follow the last one without a gap, or the call changes nothing. The log
// keeps their Data and Extensions, which must not change any more.
func (l *Log) StoreLogs(logs []*raft.Log) error { return l.store(logs, false) }

func (l *Log) store(logs []*raft.Log, ahead bool) error {
	if len(logs) == 0 {
		return nil
	}
	return l.change(func() error {
		next := l.last() + 1
		if len(l.entries) == 0 {
			next = logs[0].Index
		}
		if err := l.encode(next, logs); err != nil {
			return err
		}
		if err := l.append(frame{kind: kindEntries, first: next, count: uint32(len(logs))}, ahead); err != nil {
			return l.fence.trip(err)
		}
		l.publish(next, logs)
		return nil
	})
}

// encode fills the encoder with logs and notes where in the frame they are.
func (l *Log) encode(next uint64, logs []*raft.Log) error {
	l.enc.begin()
	l.places = l.places[:0]
	size := int64(0)
	for i, e := range logs {
		if e.Index != next+uint64(i) || e.Index == 0 {
			return fmt.Errorf("store entry %d: expected entry %d", e.Index, next+uint64(i))
		}
		if size += cost(e); size > math.MaxInt32 {
			return fmt.Errorf("store entry %d: the batch has more than 2 GiB", e.Index)
		}
		off, n := l.enc.add(e)
		l.places = append(l.places, place{off: off, n: n})
	}
	return nil
}

// append writes the encoder's frame, to a new segment if the last is full. When it
// returns the frame is durable or, if ahead, about to be.
func (l *Log) append(f frame, ahead bool) error {
	seg := l.active()
	if seg.end.Load()+l.enc.size() > seg.limit && seg.end.Load() > sector {
		var err error
		if seg, err = l.roll(func(*meta) {}, l.last()+1); err != nil {
			return err
		}
	}
	ahead = ahead && !planted.EarlyAcknowledgement
	f.segment = seg.number
	at := seg.end.Load()
	if err := l.put(seg, l.enc.finish(f), !ahead); err != nil {
		return err
	}
	if ahead {
		l.syncAhead(seg, f.first)
	}
	for i := range l.places {
		l.places[i].seg, l.places[i].at = seg, at
	}
	return nil
}

func (l *Log) put(seg *segment, b []byte, durable bool) error {
	if err := seg.write(l.o, b, durable); err != nil {
		return err
	}
	if l.room != nil {
		l.room.nudge(seg)
	}
	return nil
}

// publish shows readers the entries of the frame just written.
func (l *Log) publish(first uint64, logs []*raft.Log) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) == 0 {
		l.first = first
	}
	l.entries = append(l.entries, l.places...)
	l.cache.push(logs)
}

// roll goes on in a new segment, whose next entry is next. The segment is the last
// of the log's meta, to which change does what else there is to do.
func (l *Log) roll(change func(*meta), next uint64) (*segment, error) {
	seg, err := l.room.next(l.o)
	if err != nil {
		return nil, err
	}
	if err := l.start(seg, change, next); err != nil {
		return nil, errors.Join(err, seg.close())
	}
	return seg, nil
}

// start opens an empty segment with a frame and then makes it the last.
func (l *Log) start(seg *segment, change func(*meta), next uint64) error {
	var enc encoder
	enc.begin()
	if err := l.put(seg, enc.finish(frame{kind: kindOpen, segment: seg.number, first: next}), true); err != nil {
		return err
	}
	if err := l.saveMeta(l.o, func(m *meta) { m.lastSegment = seg.number; change(m) }); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments = append(l.segments, seg)
	return nil
}
