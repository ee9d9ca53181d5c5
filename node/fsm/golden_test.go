package fsm

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The golden files are what an earlier version wrote to disks that are still
// about. They must load for ever, and make the state they made then. A change of
// the format adds new files beside them and rewrites none.
const goldenHash = "0c011d37e904b1e6b82e11799456f02b274d411e9af237ed5cf92be8a0db9d4b"

func golden(t *testing.T, name string, now []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(dump(now)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return b
}

// dump is hex in lines of 32 bytes.
func dump(b []byte) (out string) {
	for ; len(b) > 32; b = b[32:] {
		out += hex.EncodeToString(b[:32]) + "\n"
	}
	return out + hex.EncodeToString(b) + "\n"
}

// goldenEntry is one of each command.
func goldenEntry(t *testing.T) []byte {
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

func TestGoldenEntry(t *testing.T) {
	t.Parallel()
	now := goldenEntry(t)
	then := golden(t, "entry-1.hex", now)
	if !bytes.Equal(then, now) {
		t.Error("entries are encoded in another way than those on the disks")
	}
	m := New(Options{})
	for i, r := range results(t, m, then) {
		if r.Err != nil {
			t.Errorf("command %d: %v", i, r.Err)
		}
	}
	if got := m.Hash().String(); got != goldenHash {
		t.Errorf("hash %s, want %s", got, goldenHash)
	}
}

func TestGoldenSnapshot(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	results(t, m, goldenEntry(t))
	now := persisted(t, m)
	then := golden(t, "snapshot-1.hex", now)
	if !bytes.Equal(then, now) {
		t.Error("snapshots are encoded in another way than those on the disks")
	}
	back := restored(t, then)
	if got := back.Hash().String(); got != goldenHash || back.index != 1 || back.term != 1 {
		t.Errorf("hash %s at entry %d, want %s at 1", got, back.index, goldenHash)
	}
}
