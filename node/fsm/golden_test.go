package fsm

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	kvv1 "kv/proto/kv/v1"
)

// The golden files are what this and earlier versions wrote to disks that are still
// about. They must load for ever, and make the state they made then. A change of
// the format adds new files beside them and rewrites none.
const (
	goldenHash1 = "33b97a4424637677946d48720aecba434cff9011a3fb25e491de73217b882e66"
	goldenHash2 = "ae8dc7a3e206cbfda6a6b1b80f1a3517115b6b94752f67972018c82f0e8fc215"
)

func golden(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	return b
}

// sameAsGolden is a golden file that the code of today would write.
func sameAsGolden(t *testing.T, name string, now []byte) []byte {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(filepath.Join("testdata", name), []byte(dump(now)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	then := golden(t, name)
	if !bytes.Equal(then, now) {
		t.Errorf("%s is encoded in another way than on the disks", name)
	}
	return then
}

// dump is hex in lines of 32 bytes.
func dump(b []byte) (out string) {
	for ; len(b) > 32; b = b[32:] {
		out += hex.EncodeToString(b[:32]) + "\n"
	}
	return out + hex.EncodeToString(b) + "\n"
}

// goldenEntry1 is one of each command that version 0.1.0 knows.
func goldenEntry1(t testing.TB) []byte {
	t.Helper()
	return join(
		AppendTermMarker(nil),
		encoded(t, setCluster("0123456789abcdef", "golden")),
		encoded(t, setMember("node-9090", "00112233aabbccdd", "127.0.0.1:9090", "127.0.0.1:8080")),
		encoded(t, setMember("node-9091", "00112233aabbccde", "127.0.0.1:9091", "127.0.0.1:8081")),
		encoded(t, removeMember("node-9091", "00112233aabbccde")),
		put("greeting", "hello"), put("greeting", "hello, world"), put("empty", ""),
		put("gone", "soon"), del("gone"), put("binary\x00\xff", "\x00\x01\xfe\xff"),
	)
}

// goldenCommands are those that came after, with what there is to each.
func goldenCommands() []*kvv1.Command {
	key := func(s string) []byte { return []byte(s) }
	compare := func(f kvv1.Compare_Field, r kvv1.Compare_Relation, n uint64) *kvv1.Compare {
		return &kvv1.Compare{Key: key("greeting"), Field: f, Relation: r, Number: n}
	}
	list := &kvv1.ListOp{Range: &kvv1.Range{From: key("a"), To: key("l")}, Limit: 2, KeysOnly: true, Reverse: true}
	txn := &kvv1.TxnCommand{
		Compare: []*kvv1.Compare{
			{Key: key("greeting"), Field: kvv1.Compare_FIELD_VALUE, Relation: kvv1.Compare_RELATION_GREATER_OR_EQUAL, Value: key("hello")},
			compare(kvv1.Compare_FIELD_VERSION, kvv1.Compare_RELATION_EQUAL, 2),
			compare(kvv1.Compare_FIELD_CREATE_REVISION, kvv1.Compare_RELATION_LESS, 9),
			compare(kvv1.Compare_FIELD_MOD_REVISION, kvv1.Compare_RELATION_LESS_OR_EQUAL, 9),
			compare(kvv1.Compare_FIELD_LEASE, kvv1.Compare_RELATION_NOT_EQUAL, 9),
		},
		Then: []*kvv1.Op{
			{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Key: key("greeting"), Value: key("bye"), Prev: true, TtlMs: 5000}}},
			{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Key: key("leased/2"), Lease: 1}}},
			{Op: &kvv1.Op_Delete{Delete: &kvv1.DeleteOp{Range: &kvv1.Range{From: key("empty"), To: key("f")}}}},
			{Op: &kvv1.Op_Delete{Delete: &kvv1.DeleteOp{Key: key("binary\x00\xff"), Prev: true}}},
			getOp("greeting"), {Op: &kvv1.Op_List{List: list}}, {Op: &kvv1.Op_List{List: &kvv1.ListOp{CountOnly: true}}},
		},
		Otherwise: []*kvv1.Op{putOp("not", "done")},
	}
	return []*kvv1.Command{
		setQuota(500),
		grantCommand(60_000),
		{Op: &kvv1.Command_Put{Put: &kvv1.PutCommand{Key: key("leased"), Value: key("x"), Lease: 1, Prev: true}}},
		{Op: &kvv1.Command_Put{Put: &kvv1.PutCommand{Key: key("ephemeral"), Value: key("y"), TtlMs: 100}}},
		stamped(txnCommand(txn), 1),
		stamped(txnCommand(&kvv1.TxnCommand{Compare: txn.GetCompare(), Then: txn.GetThen(), Otherwise: txn.GetOtherwise()[:0]}), 2),
		stamped(&kvv1.Command{Op: &kvv1.Command_Put{Put: &kvv1.PutCommand{Key: key("greeting"), Value: make([]byte, 500)}}}, 3),
		stamped(&kvv1.Command{Op: &kvv1.Command_Delete{Delete: &kvv1.DeleteCommand{Key: key("leased/2"), Prev: true}}}, 4),
		stamped(revertCommand("leased/2", 10), 5),
		stamped(revertCommand("leased", 1), 6),
		deleteRange("ephemeral", "ephemeral0"),
		compactCommand(9),
		grantCommand(1000),
		{Op: &kvv1.Command_Put{Put: &kvv1.PutCommand{Key: key("brief"), Lease: 4}}},
		revokeCommand(4),
		putCommand("last", "one"),
	}
}

func stamped(c *kvv1.Command, sequence uint64) *kvv1.Command {
	c.Stamp = &kvv1.Stamp{Session: 0x0123456789abcdef, Sequence: sequence, Acknowledged: sequence / 5, Opened: 1}
	return c
}

func goldenEntry2(t testing.TB) (data []byte) {
	t.Helper()
	for _, c := range goldenCommands() {
		data = join(data, encoded(t, c))
	}
	return data
}

func checkGolden(t *testing.T, m *Machine, index uint64, hash string) {
	t.Helper()
	if got := m.Hash().String(); got != hash || m.index != index || m.term != 1 {
		t.Errorf("hash %s at entry %d, want %s at %d", got, m.index, hash, index)
	}
}

func TestGoldenEntries(t *testing.T) {
	t.Parallel()
	first := sameAsGolden(t, "entry-1.hex", goldenEntry1(t))
	second := sameAsGolden(t, "entry-2.hex", goldenEntry2(t))
	m := New(Options{})
	for i, r := range results(t, m, first) {
		if r.Err != nil {
			t.Errorf("command %d: %v", i, r.Err)
		}
	}
	checkGolden(t, m, 1, goldenHash1)
	refused := map[int]error{6: ErrQuota, 9: ErrCompacted}
	for i, r := range results(t, m, second) {
		if !errors.Is(r.Err, refused[i]) {
			t.Errorf("command %d of the second entry: %v, want %v", i, r.Err, refused[i])
		}
	}
	checkGolden(t, m, 2, goldenHash2)
}

func TestGoldenSnapshots(t *testing.T) {
	t.Parallel()
	m := restored(t, golden(t, "snapshot-1.hex"))
	checkGolden(t, m, 1, goldenHash1)
	results(t, m, goldenEntry2(t))
	checkGolden(t, m, 2, goldenHash2)
	checkGolden(t, restored(t, sameAsGolden(t, "snapshot-2.hex", persisted(t, m))), 2, goldenHash2)
}
