package node_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"kv/node"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// watch is a watch that a test reads message by message.
type watch struct {
	messages chan *kvv1.WatchResponse
	ended    chan error
}

// newWatch begins a watch and takes its first message.
func newWatch(ctx context.Context, t *testing.T, n *node.Node, req *kvv1.WatchRequest) (w *watch, complete uint64) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	w = &watch{messages: make(chan *kvv1.WatchResponse), ended: make(chan error, 1)}
	over := make(chan struct{})
	go func() {
		defer close(over)
		w.ended <- n.Watch(ctx, req, func(msg *kvv1.WatchResponse) error {
			select {
			case w.messages <- msg:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	t.Cleanup(func() { cancel(); <-over })
	first := w.next(ctx, t)
	if len(first.GetChanges()) > 0 {
		t.Errorf("the first message has changes: %v", first)
	}
	return w, first.GetHeader().GetRevision()
}

func (w *watch) next(ctx context.Context, t *testing.T) *kvv1.WatchResponse {
	t.Helper()
	select {
	case msg := <-w.messages:
		return msg
	case err := <-w.ended:
		t.Fatalf("the watch has ended: %v", err)
	case <-ctx.Done():
		t.Fatal("waited in vain for a message")
	}
	return nil
}

// end waits for the end of the watch, whatever is still sent.
func (w *watch) end(ctx context.Context, t *testing.T) error {
	t.Helper()
	for {
		select {
		case <-w.messages:
		case err := <-w.ended:
			return err
		case <-ctx.Done():
			t.Fatal("waited in vain for the watch to end")
		}
	}
}

// take reads as many changes as told and returns them in words, with the revision
// that the watch is complete to.
func (w *watch) take(ctx context.Context, t *testing.T, n int) (changes []string, complete uint64) {
	t.Helper()
	for len(changes) < n {
		msg := w.next(ctx, t)
		for _, c := range msg.GetChanges() {
			word := fmt.Sprintf("%d %s=%s", c.GetKv().GetModRevision(), c.GetKv().GetKey(), c.GetKv().GetValue())
			if c.GetKind() == kvv1.Change_KIND_DELETE {
				word = fmt.Sprintf("%d %s gone", c.GetKv().GetModRevision(), c.GetKv().GetKey())
			}
			if c.GetPrev() != nil {
				word += fmt.Sprintf(" was %s", c.GetPrev().GetValue())
			}
			changes = append(changes, word)
		}
		complete = msg.GetHeader().GetRevision()
	}
	return changes, complete
}

func TestWatches(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, nil)
	put(ctx, t, n, "a", "1")
	all, complete := newWatch(ctx, t, n, &kvv1.WatchRequest{Prev: true})
	if complete != 1 {
		t.Errorf("a watch of what comes is complete to %d", complete)
	}
	one, _ := newWatch(ctx, t, n, &kvv1.WatchRequest{Key: []byte("b"), KeysOnly: true})
	past, complete := newWatch(ctx, t, n, &kvv1.WatchRequest{StartRevision: 1, NoDeletes: true, Range: &kvv1.Range{To: []byte("b")}})
	if complete != 0 {
		t.Errorf("a watch from the beginning is complete to %d", complete)
	}
	later, complete := newWatch(ctx, t, n, &kvv1.WatchRequest{StartRevision: 4})
	if complete != 3 {
		t.Errorf("a watch from 4 on is complete to %d", complete)
	}
	put(ctx, t, n, "a", "2")
	put(ctx, t, n, "b", "3")
	if _, err := n.Delete(ctx, &kvv1.DeleteRequest{Range: &kvv1.Range{}}); err != nil {
		t.Fatal(err)
	}
	put(ctx, t, n, "a", "5")
	for what, tt := range map[string]struct {
		w    *watch
		want []string
	}{
		"all":   {all, []string{"2 a=2 was 1", "3 b=3", "4 a gone was 2", "4 b gone was 3", "5 a=5"}},
		"one":   {one, []string{"3 b=", "4 b gone"}},
		"past":  {past, []string{"1 a=1", "2 a=2", "5 a=5"}},
		"later": {later, []string{"4 a gone", "4 b gone", "5 a=5"}},
	} {
		if got, _ := tt.w.take(ctx, t, len(tt.want)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", what, got, tt.want)
		}
	}
	quiet, _ := newWatch(ctx, t, n, &kvv1.WatchRequest{Key: []byte("none"), ProgressMs: 100})
	put(ctx, t, n, "c", "6")
	for quiet.next(ctx, t).GetHeader().GetRevision() < 6 {
	}
	if _, err := n.Compact(ctx, &kvv1.CompactRequest{Revision: 5}); err != nil {
		t.Fatal(err)
	}
	status, err := n.Status(ctx, &kvv1.StatusRequest{})
	if err != nil || status.GetWatches() != 5 || status.GetOldestRevision() != 5 || status.GetHistoryChanges() != 2 {
		t.Errorf("status: %v, %v", status, err)
	}
	err = n.Watch(ctx, &kvv1.WatchRequest{StartRevision: 4}, nil)
	if e := fails(t, "a watch of what is forgotten", err, kverr.ErrCompacted); e.Revision != 5 {
		t.Errorf("history begins at %d, says the error", e.Revision)
	}
}

// One revision that is larger than a message comes in several.
func TestAWatchOfALargeTransaction(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, nil)
	var ops []*kvv1.Op
	for i := range 3 {
		put := &kvv1.PutOp{Key: fmt.Append(nil, "k", i), Value: make([]byte, 900<<10)}
		ops = append(ops, &kvv1.Op{Op: &kvv1.Op_Put{Put: put}})
	}
	if _, err := n.Txn(ctx, &kvv1.TxnRequest{Then: ops}); err != nil {
		t.Fatal(err)
	}
	put(ctx, t, n, "k", "")
	w, _ := newWatch(ctx, t, n, &kvv1.WatchRequest{StartRevision: 1})
	for i := range 3 {
		msg := w.next(ctx, t)
		whole := i == 2
		if msg.GetMore() == whole || !whole && (len(msg.GetChanges()) != 1 || msg.GetHeader().GetRevision() != 1) {
			t.Errorf("message %d has %d changes up to %d, more %v", i, len(msg.GetChanges()), msg.GetHeader().GetRevision(), msg.GetMore())
		}
	}
}

// A watch that was ended by a restart goes on elsewhere, and later again where it
// was, without a gap or a repetition.
func TestAWatchSurvivesRestarts(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	c := newCluster(ctx, t, func(cfg *node.Config) { cfg.SnapshotBytes = 16 << 10; cfg.TrailingEntries = 1 })
	leader := c.Leader()
	home := otherThan(c, leader)
	for _, name := range c.Names() {
		awaitReady(ctx, t, c.Node(name))
	}
	revision := uint64(0)
	write := func() (want string) {
		revision++
		value := fmt.Sprint("v", revision)
		if got := put(ctx, t, c.Node(leader), "k", value); got != revision {
			t.Fatalf("the put is revision %d, want %d", got, revision)
		}
		return fmt.Sprintf("%d k=%s", revision, value)
	}
	complete := uint64(0)
	see := func(name string, want ...string) (w *watch) {
		t.Helper()
		w, _ = newWatch(ctx, t, c.Node(name), &kvv1.WatchRequest{StartRevision: complete + 1})
		var got []string
		got, complete = w.take(ctx, t, len(want))
		if !slices.Equal(got, want) || complete != revision {
			t.Errorf("on %s: %q up to %d, want %q up to %d", name, got, complete, want, revision)
		}
		return w
	}
	w := see(home, write(), write())
	if err := c.Stop(ctx, home); err != nil {
		t.Fatal(err)
	}
	fails(t, "a watch on a node that stops", w.end(ctx, t), kverr.ErrStopping)
	see(leader, write(), write())
	missed := []string{write()}
	for range 20 { // enough for a snapshot, which jumps over these for who was away
		if _, err := c.Node(leader).Put(ctx, &kvv1.PutRequest{Key: []byte("k"), Value: make([]byte, 4<<10)}); err != nil {
			t.Fatal(err)
		}
		revision++
		missed = append(missed, fmt.Sprintf("%d k=%s", revision, make([]byte, 4<<10)))
	}
	if err := c.Start(ctx, home); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, "the node to be back", func() bool {
		_, err := c.Node(home).Get(ctx, &kvv1.GetRequest{Key: []byte("k")})
		return err == nil
	})
	see(home, missed...)
}

// A node that stops ends the streams of its watchers at once, and says why.
func TestAWatchOverTheWireEndsWithTheNode(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, nil)
	conn, err := grpc.NewClient("passthrough:///"+n.KVAddress(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stream, err := kvv1.NewKVClient(conn).Watch(ctx, &kvv1.WatchRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	put(ctx, t, n, "k", "v")
	if msg, err := stream.Recv(); err != nil || len(msg.GetChanges()) != 1 {
		t.Errorf("got %v, %v", msg, err)
	}
	go n.Stop(ctx)
	_, err = stream.Recv()
	fails(t, "a watch on a node that stops", kverr.FromStatus(err), kverr.ErrStopping)
	<-n.Done()
}

// A member that has lost its leader gives no notices: its watchers are to go
// elsewhere.
func TestACutOffMemberIsSilent(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	c := newCluster(ctx, t, nil)
	name := otherThan(c, c.Leader())
	n := c.Node(name)
	awaitReady(ctx, t, n)
	w, _ := newWatch(ctx, t, n, &kvv1.WatchRequest{ProgressMs: 100})
	w.next(ctx, t) // a notice
	c.Isolate(name)
	await(ctx, t, "the member to be out of touch", func() bool {
		select {
		case <-w.messages: // those that were due before
		default:
		}
		return !n.InTouch()
	})
	select {
	case <-w.messages: // one may have been on its way
	default:
	}
	select {
	case msg := <-w.messages:
		t.Errorf("a member without a leader sends %v", msg)
	case <-time.After(500 * time.Millisecond): // it had its chance to be wrong
	}
	c.Heal()
	w.next(ctx, t)
}
