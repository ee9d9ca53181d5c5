package backup_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kv/client"
	"kv/client/backup"
	"kv/node/playground"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cluster is three real nodes and a client of them.
func cluster(t *testing.T) (*playground.Cluster, *client.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	nodes, err := playground.Open(ctx, playground.Config{Dir: t.TempDir(), FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nodes.Close() })
	c, err := client.Dial(nodes.Addresses(), client.WithTimeout(20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return nodes, c
}

// fill puts keys with a prefix, all with the same value.
func fill(t *testing.T, c *client.Client, prefix string, n int, value string) {
	t.Helper()
	for at := 0; at < n; {
		var txn client.Txn
		for ; at < n && len(txn.Then) < 128; at++ {
			txn.Then = append(txn.Then, client.OpPut(fmt.Sprintf("%s%05d", prefix, at), []byte(value)))
		}
		if _, err := c.Txn(t.Context(), txn); err != nil {
			t.Fatal(err)
		}
	}
}

// valuesOf are the keys of a cluster with a prefix, with their values.
func valuesOf(t *testing.T, c *client.Client, prefix string) map[string]string {
	t.Helper()
	l, err := c.List(t.Context(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for kv, err := range l.All() {
		if err != nil {
			t.Fatal(err)
		}
		all[kv.Key] = string(kv.Value)
	}
	return all
}

// A cluster that is made of a backup has the keys of the one that it is of.
func TestANewClusterHasWhatTheOldOneHad(t *testing.T) {
	t.Parallel()
	_, old := cluster(t)
	fill(t, old, "a/", 1000, "1")
	fill(t, old, "b/", 10, "\xff\x00")
	fill(t, old, "a/", 10, strings.Repeat("long", 1000))
	if _, err := old.Put(t.Context(), "lock", nil, client.WithTTL(time.Hour)); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	s, err := backup.Write(t.Context(), backup.Of(old), &file, backup.Options{})
	if err != nil || s.Count != 1010 || s.Leased != 1 || s.Cluster == "" || s.Revision == 0 || time.Since(s.Time) > time.Minute {
		t.Errorf("%+v, %v", s, err)
	}
	_, fresh := cluster(t)
	r := restored(t, backup.Of(fresh), file.Bytes())
	want := valuesOf(t, old, "")
	delete(want, "lock")
	if got := valuesOf(t, fresh, ""); fmt.Sprint(got) != fmt.Sprint(want) || r.Put != 1010 || r.Changed != 0 {
		t.Errorf("%+v, %d keys instead of %d", r, len(got), len(want))
	}
}

// Programs that write while a restore goes on, and a leader that is lost meanwhile: no
// write of theirs is undone that was acknowledged after the plan was made, and each key
// that nobody wrote is as in the backup.
func TestARestoreUnderWritesAndALostLeader(t *testing.T) {
	t.Parallel()
	nodes, c := cluster(t)
	const keys = 4000
	fill(t, c, "k/", keys, "backup")
	file := written(t, backup.Of(c), client.Prefix("k/"))
	fill(t, c, "k/", keys, "later")
	fill(t, c, "other/", 10, "stays")
	p, err := backup.NewPlan(t.Context(), backup.Of(c), bytes.NewReader(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()

	var kill sync.Once
	var killed atomic.Bool
	ctx, stop := context.WithCancel(t.Context())
	others := writers(t, ctx, c, keys)
	r, err := p.Apply(t.Context(), backup.Of(c), func(now backup.Result) {
		if now.Done() > keys/3 {
			kill.Do(func() { killed.Store(nodes.Kill(ctx, nodes.Leader()) == nil) })
		}
	})
	stop()
	written := others()
	if err != nil || r.Done() != keys || r.Unknown != 0 || !killed.Load() {
		t.Errorf("%+v, %v, leader killed: %t", r, err, killed.Load())
	}
	t.Logf("%d keys were written by others, %d of them before their turn: %v", len(written), r.Changed, r.Named)
	now := valuesOf(t, c, "k/")
	for i := range keys {
		k, want := fmt.Sprintf("k/%05d", i), "backup"
		if w := written[k]; w != "" {
			want = w
		}
		if now[k] != want {
			t.Errorf("%s is %q instead of %q", k, now[k], want)
		}
	}
	if got := valuesOf(t, c, "other/"); len(got) != 10 || r.Changed == 0 {
		t.Errorf("beyond the range %d are left, %d changed", len(got), r.Changed)
	}
}

// writers put keys of their own each until ctx ends, and then tell the last value of each
// key that was acknowledged.
func writers(t *testing.T, ctx context.Context, c *client.Client, keys int) func() map[string]string {
	all := make([]map[string]string, 4)
	var running sync.WaitGroup
	begun := make(chan struct{}, len(all))
	for w := range all {
		all[w] = map[string]string{}
		running.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				k, v := fmt.Sprintf("k/%05d", keys-1-(i*len(all)+w)*7%keys), fmt.Sprint("writer ", w, " ", i)
				if _, err := c.Put(context.WithoutCancel(ctx), k, []byte(v)); err != nil {
					t.Errorf("put %s: %v", k, err)
				}
				if all[w][k] = v; i == 0 {
					begun <- struct{}{}
				}
			}
		})
	}
	for range all {
		<-begun
	}
	return func() map[string]string {
		running.Wait()
		written := map[string]string{}
		for _, m := range all {
			for k, v := range m {
				written[k] = v
			}
		}
		return written
	}
}

// A backup goes on at another member, of the same revision, when the one that answers is
// lost.
func TestABackupOutlivesTheMemberThatAnswers(t *testing.T) {
	t.Parallel()
	nodes, c := cluster(t)
	fill(t, c, "k/", 400, strings.Repeat("v", 20<<10)) // more than is on the way at a time
	m := &meeting{lose: func() {
		if err := nodes.Kill(t.Context(), nodes.Leader()); err != nil {
			t.Error(err)
		}
		fill(t, c, "k/", 10, "later")
	}}
	s, err := backup.Write(t.Context(), backup.Of(c), m, backup.Options{})
	if err != nil || s.Count != 400 {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, all, err := keysOf(m.Bytes()); err != nil || len(all) != 400 || len(all[0].Value) != 20<<10 {
		t.Errorf("%d keys, %v", len(all), err)
	}
}

// What is left when the majority is lost for good becomes a cluster again.
func TestASurvivorIsEnough(t *testing.T) {
	t.Parallel()
	nodes, c := cluster(t)
	fill(t, c, "k/", 300, "v")
	before := c.Addresses()
	leader := nodes.Leader()
	var survivor string
	for _, name := range nodes.Names() {
		if name == leader || survivor != "" {
			if err := nodes.Kill(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			continue
		}
		survivor = name
	}
	var file bytes.Buffer
	if _, err := backup.Write(t.Context(), backup.Of(impatient(t, before)), &file, backup.Options{}); err == nil {
		t.Error("a backup of the newest without a majority")
	}
	file.Reset()
	s, err := backup.Write(t.Context(), backup.Of(c), &file, backup.Options{Read: backup.Read{Stale: true, At: survivor}})
	if err != nil || s.StaleAt != survivor {
		t.Fatalf("%+v, %v", s, err)
	}
	head, all, err := keysOf(file.Bytes())
	if err != nil || head.StaleAt != survivor || len(all) == 0 || uint64(len(all)) != s.Count {
		t.Fatalf("%+v, %v", head, err)
	}
	_, fresh := cluster(t)
	if r := restored(t, backup.Of(fresh), file.Bytes()); r.Put != s.Count {
		t.Errorf("%+v", r)
	}
}

// impatient is a client that gives up soon.
func impatient(t *testing.T, addresses []string) *client.Client {
	t.Helper()
	c, err := client.Dial(addresses, client.WithTimeout(500*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// meeting is a writer that loses something once it has got a little.
type meeting struct {
	bytes.Buffer
	lose func()
}

func (m *meeting) Write(p []byte) (int, error) {
	if m.lose != nil {
		lose := m.lose
		m.lose = nil
		lose()
	}
	return m.Buffer.Write(p)
}

var _ io.Writer = (*meeting)(nil)
