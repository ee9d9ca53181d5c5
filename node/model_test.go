package node_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"kv/node"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func TestConditionalWrites(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, nil)
	putIf := func(value string, revision uint64) (*kvv1.PutResponse, error) {
		return n.Put(ctx, &kvv1.PutRequest{Key: []byte("k"), Value: []byte(value), IfModRevision: proto.Uint64(revision), Prev: true})
	}
	made, err := putIf("a", 0)
	if err != nil || made.GetPrev() != nil {
		t.Fatalf("put if absent: %v, %v", made, err)
	}
	first := made.GetHeader().GetRevision()
	_, err = putIf("b", 0)
	if e := fails(t, "put if absent of what is there", err, kverr.ErrConflict); e.Revision != first {
		t.Errorf("the conflict names revision %d, want %d", e.Revision, first)
	}
	second, err := putIf("b", first)
	if err != nil || string(second.GetPrev().GetValue()) != "a" || second.GetHeader().GetRevision() != first+1 {
		t.Fatalf("put at the right revision: %v, %v", second, err)
	}
	deleteIf := func(revision uint64) (*kvv1.DeleteResponse, error) {
		return n.Delete(ctx, &kvv1.DeleteRequest{Key: []byte("k"), IfModRevision: proto.Uint64(revision), Prev: true})
	}
	_, err = deleteIf(first)
	if e := fails(t, "delete at an old revision", err, kverr.ErrConflict); e.Revision != first+1 {
		t.Errorf("the conflict names revision %d", e.Revision)
	}
	gone, err := deleteIf(first + 1)
	if err != nil || gone.GetDeleted() != 1 || string(gone.GetPrev().GetValue()) != "b" {
		t.Fatalf("delete at the right revision: %v, %v", gone, err)
	}
	_, err = putIf("c", first+1)
	if e := fails(t, "put over what is gone", err, kverr.ErrConflict); e.Revision != 0 {
		t.Errorf("the conflict names revision %d of a key that is not there", e.Revision)
	}
	if again, err := deleteIf(0); err != nil || again.GetDeleted() != 0 {
		t.Errorf("delete if absent: %v, %v", again, err)
	}
}

func TestRangesAndListings(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, nil)
	for _, key := range []string{"d", "b", "a", "c", "b"} {
		put(ctx, t, n, key, "v"+key)
	}
	within := func(from, to string) *kvv1.Range { return &kvv1.Range{From: []byte(from), To: []byte(to)} }
	list := func(req *kvv1.ListRequest) string {
		t.Helper()
		var keys []string
		var last *kvv1.ListResponse
		err := n.List(ctx, req, func(page *kvv1.ListResponse) error {
			for _, kv := range page.GetKvs() {
				keys = append(keys, string(kv.GetKey()))
				if req.GetKeysOnly() != (len(kv.GetValue()) == 0) {
					t.Errorf("%v: value %q", req, kv.GetValue())
				}
			}
			last = page
			return nil
		})
		if err != nil {
			t.Errorf("list %v: %v", req, err)
		}
		return fmt.Sprintf("%s %v %d", strings.Join(keys, ""), last.GetMore(), last.GetCount())
	}
	for _, tt := range []struct {
		req  *kvv1.ListRequest
		want string
	}{
		{&kvv1.ListRequest{}, "abcd false 0"},
		{&kvv1.ListRequest{Reverse: true, KeysOnly: true}, "dcba false 0"},
		{&kvv1.ListRequest{Range: within("b", "d")}, "bc false 0"},
		{&kvv1.ListRequest{Range: within("b", ""), Limit: 2, Reverse: true}, "dc true 0"},
		{&kvv1.ListRequest{Range: within("b", ""), Limit: 1, CountOnly: true}, " false 3"},
		{&kvv1.ListRequest{Prefix: []byte("c")}, "c false 0"},
		{&kvv1.ListRequest{SortBy: kvv1.SortBy_SORT_BY_CREATE_REVISION}, "dbac false 0"},
		{&kvv1.ListRequest{SortBy: kvv1.SortBy_SORT_BY_MOD_REVISION, Reverse: true, Limit: 3}, "bca true 0"},
		{&kvv1.ListRequest{SortBy: kvv1.SortBy_SORT_BY_VERSION, Limit: 4}, "acdb false 0"},
		{&kvv1.ListRequest{Revision: 2}, "bd false 0"},
		{&kvv1.ListRequest{Revision: 2, CountOnly: true}, " false 2"},
	} {
		if got := list(tt.req); got != tt.want {
			t.Errorf("list %v: %s, want %s", tt.req, got, tt.want)
		}
	}
	gone, err := n.Delete(ctx, &kvv1.DeleteRequest{Range: within("a", "c")})
	if err != nil || gone.GetDeleted() != 2 || gone.GetHeader().GetRevision() != 6 {
		t.Errorf("delete of a range: %v, %v", gone, err)
	}
	if got := list(&kvv1.ListRequest{}); got != "cd false 0" {
		t.Errorf("left is %s", got)
	}
}

func TestTransactions(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	c := newCluster(ctx, t, nil)
	leader := c.Node(c.Leader())
	follower := c.Node(otherThan(c, c.Leader()))
	awaitReady(ctx, t, follower)
	key := []byte("k")
	putOp := &kvv1.Op{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Key: key, Value: []byte("v")}}}
	getOp := &kvv1.Op{Op: &kvv1.Op_Get{Get: &kvv1.GetOp{Key: key}}}
	absent := &kvv1.Compare{Key: key, Field: kvv1.Compare_FIELD_VERSION, Relation: kvv1.Compare_RELATION_EQUAL}
	req := &kvv1.TxnRequest{Compare: []*kvv1.Compare{absent}, Then: []*kvv1.Op{putOp, getOp}, Otherwise: []*kvv1.Op{getOp}}
	for i, n := range []*node.Node{follower, leader} { // passed on, and carried out here
		resp, err := n.Txn(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.GetSucceeded() != (i == 0) || len(resp.GetResults()) != 2-i {
			t.Errorf("attempt %d: %v", i, resp)
		}
		last := resp.GetResults()[len(resp.GetResults())-1]
		if string(last.GetGet().GetKv().GetValue()) != "v" || resp.GetHeader().GetRevision() != 1 {
			t.Errorf("attempt %d reads %v", i, last)
		}
	}
	before := leader.LastIndex()
	read, err := follower.Txn(ctx, &kvv1.TxnRequest{Compare: []*kvv1.Compare{absent}, Otherwise: []*kvv1.Op{getOp}})
	if err != nil || read.GetSucceeded() || read.GetResults()[0].GetGet().GetKv() == nil || read.GetHeader().GetMember() != follower.Name() {
		t.Errorf("a transaction that reads: %v, %v", read, err)
	}
	if after := leader.LastIndex(); after != before {
		t.Errorf("a transaction that reads went into the log: it ends at %d after %d", after, before)
	}
	_, err = leader.Txn(ctx, &kvv1.TxnRequest{Then: []*kvv1.Op{putOp, putOp}})
	fails(t, "a transaction that writes a key twice", err, kverr.ErrInvalid)
}

func TestHistory(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, nil)
	for _, value := range []string{"one", "two"} {
		put(ctx, t, n, "k", value)
	}
	if _, err := n.Delete(ctx, &kvv1.DeleteRequest{Key: []byte("k")}); err != nil {
		t.Fatal(err)
	}
	put(ctx, t, n, "k", "four")
	at := func(revision uint64) (string, error) {
		resp, err := n.Get(ctx, &kvv1.GetRequest{Key: []byte("k"), Revision: revision})
		if err == nil && resp.GetHeader().GetRevision() != revision {
			t.Errorf("the answer is of revision %d, not %d", resp.GetHeader().GetRevision(), revision)
		}
		return string(resp.GetKv().GetValue()), err
	}
	for revision, want := range map[uint64]string{1: "one", 2: "two", 3: "", 4: "four"} {
		if got, err := at(revision); err != nil || got != want {
			t.Errorf("at %d: %q, %v", revision, got, err)
		}
	}
	_, err := at(5)
	fails(t, "a revision that is to come", err, kverr.ErrFutureRevision)

	history := func(limit uint64) (values []string, more bool) {
		t.Helper()
		err := n.History(ctx, &kvv1.HistoryRequest{Key: []byte("k"), Limit: limit}, func(page *kvv1.HistoryResponse) error {
			for _, c := range page.GetChanges() {
				values = append(values, fmt.Sprintf("%d %v %s", c.GetKv().GetModRevision(), c.GetKind() == kvv1.Change_KIND_DELETE, c.GetKv().GetValue()))
			}
			more = page.GetMore()
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return values, more
	}
	if got, more := history(0); !slices.Equal(got, []string{"4 false four", "3 true ", "2 false two", "1 false one"}) || more {
		t.Errorf("history %q, more %v", got, more)
	}
	if got, more := history(2); len(got) != 2 || !more {
		t.Errorf("history %q, more %v", got, more)
	}
	revert := func(revision uint64) (*kvv1.RevertResponse, error) {
		return n.Revert(ctx, &kvv1.RevertRequest{Key: []byte("k"), Revision: revision})
	}
	if back, err := revert(2); err != nil || string(back.GetKv().GetValue()) != "two" || back.GetHeader().GetRevision() != 5 {
		t.Errorf("revert: %v, %v", back, err)
	}
	if back, err := revert(3); err != nil || back.GetKv() != nil || back.GetHeader().GetRevision() != 6 {
		t.Errorf("revert to nothing: %v, %v", back, err)
	}
	compact := func(revision uint64) error {
		_, err := n.Compact(ctx, &kvv1.CompactRequest{Revision: revision})
		return err
	}
	if err := compact(4); err != nil {
		t.Fatal(err)
	}
	if e := fails(t, "compacting again", compact(3), kverr.ErrCompacted); e.Revision != 4 {
		t.Errorf("history begins at %d, says the error", e.Revision)
	}
	fails(t, "compacting the future", compact(7), kverr.ErrFutureRevision)
	if got, err := at(3); err != nil || got != "" {
		t.Errorf("at the revision before the oldest: %q, %v", got, err)
	}
	_, err = at(2)
	if e := fails(t, "an old revision", err, kverr.ErrCompacted); e.Revision != 4 {
		t.Errorf("history begins at %d, says the error", e.Revision)
	}
	_, err = revert(1)
	fails(t, "revert to what is forgotten", err, kverr.ErrCompacted)
}

// A stamped write that is sent again, to whichever member, is done once.
func TestStampedWritesHappenOnce(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	c := newCluster(ctx, t, nil)
	for _, name := range c.Names() {
		awaitReady(ctx, t, c.Node(name))
	}
	stamp := &kvv1.Stamp{Session: 7, Sequence: 1, Acknowledged: 1}
	write := func(name string) (revision uint64) { // again, if a busy machine elects meanwhile
		t.Helper()
		await(ctx, t, "the write through "+name, func() bool {
			resp, err := c.Node(name).Put(ctx, &kvv1.PutRequest{Key: []byte("k"), Value: []byte("v"), Stamp: stamp})
			revision = resp.GetHeader().GetRevision()
			return err == nil
		})
		return revision
	}
	for _, name := range c.Names() {
		if got := write(name); got != 1 {
			t.Errorf("through %s it is revision %d", name, got)
		}
	}
	old := c.Leader()
	if err := c.Kill(ctx, old); err != nil {
		t.Fatal(err)
	}
	left := otherThan(c, old)
	await(ctx, t, "another leader", func() bool { return c.Leader() != "" })
	awaitReady(ctx, t, c.Node(left))
	if got := write(left); got != 1 {
		t.Errorf("after an election it is revision %d", got)
	}
	_, err := c.Node(left).Put(ctx, &kvv1.PutRequest{Key: []byte("k"), Stamp: &kvv1.Stamp{Session: 7, Sequence: 5, Acknowledged: 5}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Node(left).Put(ctx, &kvv1.PutRequest{Key: []byte("k"), Stamp: stamp})
	fails(t, "a write that is over", err, kverr.ErrSequence)
}

func TestQuota(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, func(c *node.Config) { c.QuotaBytes = 100 })
	await(ctx, t, "the quota to hold", func() bool {
		_, err := n.Put(ctx, &kvv1.PutRequest{Key: []byte("big"), Value: make([]byte, 100)})
		return err != nil
	})
	if _, err := n.Delete(ctx, &kvv1.DeleteRequest{Key: []byte("big")}); err != nil {
		t.Fatal(err)
	}
	put(ctx, t, n, "k", strings.Repeat("x", 99))
	grow := &kvv1.PutRequest{Key: []byte("l"), Value: []byte("x")}
	_, err := n.Put(ctx, grow)
	fails(t, "a put beyond the quota", err, kverr.ErrQuota)
	_, err = n.Put(ctx, &kvv1.PutRequest{Key: grow.Key, Value: grow.Value, Stamp: &kvv1.Stamp{Session: 1, Sequence: 1}})
	fails(t, "a stamped put beyond the quota", err, kverr.ErrQuota)
	_, err = n.Txn(ctx, &kvv1.TxnRequest{Then: []*kvv1.Op{{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Key: []byte("l")}}}}})
	fails(t, "a transaction beyond the quota", err, kverr.ErrQuota)
	put(ctx, t, n, "k", "smaller")
	put(ctx, t, n, "l", "x")
}

func TestHistoryIsForgotten(t *testing.T) {
	t.Parallel()
	for name, tune := range map[string]func(*node.Config){
		"by count": func(c *node.Config) { c.HistoryRevisions = 10 },
		"by bytes": func(c *node.Config) { c.HistoryBytes = 30 },
		"by age":   func(c *node.Config) { c.HistoryAge = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			n := openNode(ctx, t, tune)
			var last uint64
			for range 50 {
				last = put(ctx, t, n, "k", "v")
			}
			await(ctx, t, "history to be forgotten", func() bool { return compacted(ctx, n, 30) })
			if compacted(ctx, n, last) {
				t.Error("the present is forgotten, too")
			}
		})
	}
}

// compacted reports whether a revision can no longer be read.
func compacted(ctx context.Context, n *node.Node, revision uint64) bool {
	_, err := n.Get(ctx, &kvv1.GetRequest{Key: []byte("k"), Revision: revision})
	return errors.Is(err, kverr.ErrCompacted)
}

// What a conflict tells is the revision: the value that is there may be larger than
// what a transaction may read.
func TestConflictOnALargeValue(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, func(cfg *node.Config) { cfg.Limits.MaxValueBytes = 6 << 20 })
	first := put(ctx, t, n, "k", strings.Repeat("v", 5<<20))
	_, err := n.Put(ctx, &kvv1.PutRequest{Key: []byte("k"), IfModRevision: proto.Uint64(0)})
	if e := fails(t, "put if absent of what is there", err, kverr.ErrConflict); e.Revision != first {
		t.Errorf("the conflict names revision %d, want %d", e.Revision, first)
	}
}
