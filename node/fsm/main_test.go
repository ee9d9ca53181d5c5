package fsm

import (
	"bytes"
	"flag"
	"io"
	"os"
	"testing"

	"github.com/hashicorp/raft"
	"go.uber.org/goleak"

	kvv1 "kv/proto/kv/v1"
)

// rewrite accepts what the code writes today as the golden files.
var rewrite = flag.Bool("rewrite", false, "rewrite the golden files in testdata")

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// entry is a committed command entry of term 1.
func entry(index uint64, data []byte) *raft.Log {
	return &raft.Log{Index: index, Term: 1, Type: raft.LogCommand, Data: data}
}

func put(key, value string) []byte {
	return AppendPut(nil, &kvv1.PutCommand{Key: []byte(key), Value: []byte(value)}, nil)
}

func del(key string) []byte { return AppendDelete(nil, &kvv1.DeleteCommand{Key: []byte(key)}, nil) }

func putCommand(key, value string) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_Put{Put: &kvv1.PutCommand{Key: []byte(key), Value: []byte(value)}}}
}

func compactCommand(revision uint64) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_Compact{Compact: &kvv1.CompactCommand{Revision: revision}}}
}

func grantCommand(ttl uint64) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_GrantLease{GrantLease: &kvv1.GrantLeaseCommand{TtlMs: ttl}}}
}

func revokeCommand(lease uint64) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_RevokeLease{RevokeLease: &kvv1.RevokeLeaseCommand{Lease: lease}}}
}

func revertCommand(key string, revision uint64) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_Revert{Revert: &kvv1.RevertCommand{Key: []byte(key), Revision: revision}}}
}

func deleteRange(from, to string) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_Delete{Delete: &kvv1.DeleteCommand{Range: &kvv1.Range{From: []byte(from), To: []byte(to)}}}}
}

func setQuota(bytes uint64) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_SetQuota{SetQuota: &kvv1.SetQuotaCommand{Bytes: bytes}}}
}

func join(batches ...[]byte) []byte { return bytes.Join(batches, nil) }

// encoded is a command that AppendCommand takes.
func encoded(t testing.TB, c *kvv1.Command) []byte {
	t.Helper()
	b, err := AppendCommand(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func setMember(name, incarnation, raftAddress, kvAddress string) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_SetMember{SetMember: &kvv1.SetMemberCommand{Member: &kvv1.Member{
		Name: name, Incarnation: incarnation, RaftAddress: raftAddress, KvAddress: kvAddress, Version: "1.0",
	}}}}
}

func removeMember(name, incarnation string) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_RemoveMember{
		RemoveMember: &kvv1.RemoveMemberCommand{Name: name, Incarnation: incarnation}}}
}

func setCluster(id, name string) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_SetCluster{SetCluster: &kvv1.SetClusterCommand{Id: id, Name: name}}}
}

// results applies data at the next index and returns what its commands came to.
func results(t testing.TB, m *Machine, data []byte) []Result {
	t.Helper()
	index, _ := m.Applied()
	r, ok := m.Apply(entry(index+1, data)).([]Result)
	if !ok {
		t.Fatalf("entry %d was not applied: %v", index+1, m.Err())
	}
	return r
}

// do applies one command and returns what it came to.
func do(t testing.TB, m *Machine, data []byte) Result {
	t.Helper()
	r := results(t, m, data)
	if len(r) != 1 {
		t.Fatalf("%d results for one command", len(r))
	}
	return r[0]
}

// sink is a snapshot sink in memory.
type sink struct {
	bytes.Buffer
	closed, cancelled bool
}

func (s *sink) ID() string    { return "memory" }
func (s *sink) Close() error  { s.closed = true; return nil }
func (s *sink) Cancel() error { s.cancelled = true; return nil }

// persisted is the machine's snapshot as a file would hold it.
func persisted(t testing.TB, m *Machine) []byte {
	t.Helper()
	snap, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Release()
	var s sink
	if err := snap.Persist(&s); err != nil {
		t.Fatal(err)
	}
	if !s.closed || s.cancelled {
		t.Fatalf("sink closed %t, cancelled %t", s.closed, s.cancelled)
	}
	return s.Bytes()
}

func reader(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }

// restored is a new machine made from a snapshot.
func restored(t testing.TB, b []byte) *Machine {
	t.Helper()
	m := New(Options{})
	if err := m.Restore(reader(b)); err != nil {
		t.Fatal(err)
	}
	return m
}

// keys lists what a scan sees.
func keys(v *View, prefix string) []string {
	var out []string
	v.Scan(prefixed(prefix), func(it *Item) bool {
		out = append(out, it.Key())
		return true
	})
	return out
}

// prefixed is the range of the keys with a prefix.
func prefixed(p string) Range {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] != 0xff {
			return Range{p, p[:i] + string([]byte{p[i] + 1})}
		}
	}
	return Range{From: p}
}
