package client

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
	"kv/proto/wire"
)

// run opens the stream and uses it until it breaks or ctx ends.
func (l *line) run(ctx context.Context) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	ctx, mark := kverr.WithSentMark(ctx)
	stream, err := l.conn.grpc.NewStream(ctx, &streamDesc, kvv1.KV_Stream_FullMethodName, grpc.ForceCodecV2(codec{}))
	if err != nil {
		l.conn.drop(l)
		l.fail(err)
		return
	}
	broken := make(chan struct{})
	go func() {
		defer close(broken)
		err = l.receive(stream)
	}()
	l.send(stream, mark, broken)
	<-broken // not end before: answers that are here already count
	l.conn.drop(l)
	l.fail(err)
}

var streamDesc = grpc.StreamDesc{StreamName: "Stream", ServerStreams: true, ClientStreams: true}

// send sends what waits until the stream breaks.
func (l *line) send(stream grpc.ClientStream, mark *kverr.SentMark, broken <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		k, f, wait := l.next(time.Now())
		if k == nil {
			if wait > 0 {
				timer.Reset(wait)
			}
			select {
			case <-l.wake:
				l.gather()
			case <-timer.C:
			case <-broken:
				return
			}
			continue
		}
		mark.Note(false)
		if err := stream.SendMsg(outgoing{l.conn.lines.cluster(), k.data}); err != nil {
			if !mark.Sent() {
				l.unsend(f)
			}
			return
		}
	}
}

// gather lets callers come first that are about to run, as after a message of answers:
// they go into the same message. A call that is alone waits for nobody.
func (l *line) gather() {
	for before, now := uint64(0), l.entered(); now != before; {
		runtime.Gosched()
		before, now = now, l.entered()
	}
}

// entered is how many calls have entered so far.
func (l *line) entered() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lastID
}

// next returns the chunk to send now. Without one it returns how long to wait for
// it if no answer comes, 0 if nothing waits.
func (l *line) next(now time.Time) (*chunk, *flight, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) > 0 && len(l.queue[0].data) == 0 { // all its callers have given up
		l.queue = l.queue[1:]
	}
	if len(l.queue) == 0 {
		return nil, nil, 0
	}
	if wait := l.window.shut(now); wait > 0 {
		return nil, nil, wait
	}
	k := l.queue[0]
	l.queue = l.queue[1:]
	if len(k.calls) == 0 {
		return k, nil, 0 // cancellations have no answer
	}
	f := l.window.launch(now, len(k.calls))
	for _, p := range k.calls {
		p.chunk, p.flight, p.sent = nil, f, true
		l.calls[p.id] = p
	}
	return k, f, 0
}

// unsend notes that a flight was not sent after all. It looks for the calls that are
// still on the line: the others have ended, and may be another's by now.
func (l *line) unsend(f *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.calls {
		if p.flight == f {
			p.sent = false
		}
	}
}

// receive ends calls by their answers until the stream breaks, and returns why.
func (l *line) receive(stream grpc.ClientStream) error {
	var m incoming
	var ended []*pending
	for {
		if err := stream.RecvMsg(&m); err != nil {
			return err
		}
		ended = l.match(&m, ended[:0])
		l.settle(&m, ended)
		m.buffer.Free()
		clear(ended)
	}
}

// match takes the calls of the answers off the line. It appends them to ended, nil
// for one whose caller has given up.
func (l *line) match(m *incoming, ended []*pending) []*pending {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.met = true
	for i := range m.answers {
		p := l.calls[m.answers[i].id]
		if p != nil {
			delete(l.calls, p.id)
			p.flight.answered = true
		}
		ended = append(ended, p)
	}
	if len(l.queue) > 0 {
		l.notify()
	}
	return ended
}

// settle gives calls their answers. They are off the line, whose lock their callers
// are about to take for what they do next, so that it is not held here.
func (l *line) settle(m *incoming, calls []*pending) {
	head := headerOf(m.header)
	var stranger error
	if slices.ContainsFunc(m.answers, func(a answer) bool { return a.kind != wire.AnswerFailure }) {
		stranger = l.conn.lines.heard(l.conn.address, m.header)
	}
	for i, p := range calls {
		if p == nil {
			continue
		}
		a := &m.answers[i]
		p.reply = reply{kind: a.kind, head: &head, revision: a.revision, applied: a.applied, answer: a.whole}
		if a.found {
			p.reply.kv = a.pair.keyValue(p.key)
		}
		if a.kind != wire.AnswerFailure {
			p.err = stranger
		}
		p.done <- struct{}{}
	}
}

// fail ends the line, and its calls with it.
func (l *line) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	err, unsent := l.ends(err)
	for p := range l.all {
		if p.sent {
			p.fail(err)
		} else {
			p.fail(unsent)
		}
	}
	l.queue, l.calls = nil, nil
	l.clock.timer.Stop()
}

// ends says how calls end that were sent on the stream, and those that were not.
func (l *line) ends(err error) (sent, unsent error) {
	if errors.Is(err, io.EOF) { // no member ends a stream like that
		err = kverr.ErrLostConnection
	}
	s, _ := status.FromError(err)
	switch {
	case s.Code() == codes.Unimplemented && !l.met:
		l.conn.unstream()
		return errNoStream, errNoStream
	case l.met && len(s.Details()) == 0 && s.Code() != codes.Canceled:
		return err, errMoved
	default: // it was never open, or the member has said why it ends it
		return err, err
	}
}

func (p *pending) fail(err error) {
	p.err = err
	p.done <- struct{}{}
}
