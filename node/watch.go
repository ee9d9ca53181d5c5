package node

import (
	"context"
	"time"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// maxWatchBytes bounds a message of a watch; a single change may be larger.
const maxWatchBytes = 1 << 20

// Watch implements rpc.Backend. Any member serves it, from its own state: all have
// the same history. Errors: ErrCompacted, ErrStopping, ErrUpgrading or ErrNoLeader
// before there is a history, those of Get when it begins with the next revision, and
// those of send.
func (n *Node) Watch(ctx context.Context, req *kvv1.WatchRequest, send func(*kvv1.WatchResponse) error) error {
	m, err := n.cluster()
	if err != nil {
		return err
	}
	if req.GetStartRevision() == 0 {
		if m, _, err = n.readable(ctx, req.GetConsistency()); err != nil {
			return err
		}
	}
	if m.machine.Quota() == 0 { // and so there is no history yet
		if err := m.upgraded(); err != nil {
			return err
		}
	}
	w, complete, err := m.hub.add(filterOf(req), req.GetStartRevision())
	if err != nil {
		return err
	}
	defer m.hub.remove(w)
	s := &watchStream{m: m, w: w, send: send, stopping: n.ctx.Done()}
	s.progress = time.Duration(min(req.GetProgressMs(), maxProgressMs)) * time.Millisecond
	return s.run(ctx, complete)
}

// maxProgressMs keeps an odd wish from overflowing: a day.
const maxProgressMs = 24 * 60 * 60 * 1000

// watchStream sends to one watcher. It runs on the request's own goroutine.
type watchStream struct {
	m        *member
	w        *watcher
	send     func(*kvv1.WatchResponse) error
	progress time.Duration // 0 for no notices
	quiet    *time.Timer   // runs while nothing is sent; nil for no notices
	stopping <-chan struct{}
}

// run sends until something ends it. complete is the revision up to which there is
// nothing to tell.
func (s *watchStream) run(ctx context.Context, complete uint64) error {
	if s.progress > 0 {
		s.quiet = time.NewTimer(s.progress)
		defer s.quiet.Stop()
	}
	if err := s.tell(nil, complete, false); err != nil {
		return err
	}
	quiet := false
	for {
		changes, complete, behind := s.m.hub.take(s.w)
		// In the midst of a revision there is nothing to notify of.
		notice := quiet && behind.revision == 0 && s.m.inTouch()
		if len(changes) > 0 || notice {
			if err := s.tell(changes, complete, false); err != nil {
				return err
			}
		} else if quiet {
			s.quiet.Reset(s.progress)
		}
		var err error
		if behind.revision != 0 {
			quiet, err = false, s.catchUp(ctx, behind)
		} else {
			quiet, err = s.rest(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// rest waits until there may be more to tell, or nothing was told for so long that
// a notice is due.
func (s *watchStream) rest(ctx context.Context) (quiet bool, err error) {
	var due <-chan time.Time
	if s.quiet != nil {
		due = s.quiet.C
	}
	select {
	case <-s.w.wake:
		return false, nil
	case <-due:
		return true, nil
	case <-s.stopping:
		return false, kverr.ErrStopping
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// catchUp reads and sends one page of the history. The view is let go before the
// page is sent: a receiver that does not take it must not hold the past in memory.
func (s *watchStream) catchUp(ctx context.Context, at place) error {
	select {
	case <-s.stopping:
		return kverr.ErrStopping
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	view := s.m.machine.View()
	p, err := readPage(view, &s.w.wants, at, maxWatchBytes)
	view.Release()
	if err != nil {
		return err
	}
	if len(p.changes) > 0 {
		if err := s.tell(p.changes, p.complete, p.more); err != nil {
			return err
		}
	}
	s.m.hub.resume(s.w, p.next)
	return nil
}

func (s *watchStream) tell(changes []fsm.Change, complete uint64, more bool) error {
	msg := &kvv1.WatchResponse{Header: s.m.header(complete), More: more}
	for _, c := range changes {
		msg.Changes = append(msg.Changes, s.w.wants.message(c))
	}
	if s.quiet != nil {
		s.quiet.Reset(s.progress)
	}
	return s.send(msg)
}

// inTouch reports whether this member leads or has heard from a leader lately. One
// that has not stays silent towards its watchers: its state may be old, and by the
// missing notices they learn that they should go elsewhere.
func (m *member) inTouch() bool {
	return m.leading() || time.Since(m.raft().LastContact()) <= 2*m.cfg.ElectionTimeout
}
