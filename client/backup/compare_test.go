package backup_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/client/backup"
)

// The comparison of two streams finds what a look at each key by itself does.
func TestCompareAgainstAModel(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		wanted, found := someKeys(random), someKeys(random)
		for k, kv := range wanted {
			kv.Lease = 0
			wanted[k] = kv
		}
		var got []backup.Difference
		for d, err := range backup.Compare(each(sorted(wanted, client.Range{}), nil), each(sorted(found, client.Range{}), nil)) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, d)
		}
		if want := modelOf(wanted, found); !reflect.DeepEqual(got, want) {
			t.Fatalf("backup %v\nstore %v\n%v\ninstead of\n%v", wanted, found, got, want)
		}
	}
}

func someKeys(random *rand.Rand) map[string]client.KeyValue {
	keys := map[string]client.KeyValue{}
	for range random.IntN(8) {
		k := string(rune('a' + random.IntN(8)))
		keys[k] = client.KeyValue{Key: k, Value: []byte{byte(random.IntN(2))}, ModRevision: 1 + random.Uint64N(9), Lease: client.LeaseID(random.IntN(4) / 3)}
	}
	return keys
}

// modelOf compares key by key.
func modelOf(wanted, found map[string]client.KeyValue) (all []backup.Difference) {
	for r := 'a'; r <= 'z'; r++ {
		k := string(r)
		w, inBackup := wanted[k]
		f, inStore := found[k]
		d := backup.Difference{Key: k, ModRevision: f.ModRevision}
		switch {
		case !inBackup && !inStore:
			continue
		case f.Lease != 0:
			d.Kind = backup.Leased
		case !inBackup:
			d.Kind = backup.Delete
		case inStore && string(w.Value) == string(f.Value):
			d.Kind = backup.Same
		default:
			d.Kind, d.Value = backup.Put, w.Value
		}
		all = append(all, d)
	}
	return all
}

func TestCompareEndsWithAnErrorOfEitherSide(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	keys := []client.KeyValue{{Key: "a"}, {Key: "b"}}
	for name, differences := range map[string]func(func(backup.Difference, error) bool){
		"backup": backup.Compare(each(keys[:1], broken), each(keys, nil)),
		"store":  backup.Compare(each(keys, nil), each(keys[:1], broken)),
	} {
		var last error
		n := 0
		for _, err := range differences {
			n, last = n+1, err
		}
		if !errors.Is(last, broken) || n != 2 {
			t.Errorf("%s: %d, %v", name, n, last)
		}
	}
}

// Scans that break off again and again are put together, of one revision.
func TestABackupOfAnswersThatBreakOff(t *testing.T) {
	t.Parallel()
	m := newMemory()
	for i := range 10 {
		m.set(fmt.Sprint("k", i), "v", 0)
	}
	whole := written(t, m, client.Range{})
	m.breakEvery = 3
	if got := written(t, m, client.Range{}); string(got) != string(whole) || m.scans != 5 {
		t.Errorf("%d scans\n%s", m.scans, got)
	}
	if got := written(t, m, client.Range{From: "k1", To: "k3\x00"}); strings.Count(string(got), "\n") != 6 {
		t.Errorf("the last key of a range is the last that came: %s", got)
	}
}

// A backup may be of an earlier revision, and goes on there, too.
func TestABackupOfThePast(t *testing.T) {
	t.Parallel()
	m := newMemory()
	for i := range 5 {
		m.set(fmt.Sprint("k", i), "v", 0)
	}
	m.remove("k0")
	m.breakEvery = 2
	var file strings.Builder
	s, err := backup.Write(t.Context(), m, &file, backup.Options{Read: backup.Read{Revision: 3}})
	if err != nil || s.Revision != 3 || s.Count != 3 || m.scans != 2 || !strings.Contains(file.String(), `"revision":3,`) {
		t.Errorf("%+v, %v, %d scans", s, err, m.scans)
	}
}

// mute is a cluster whose answers break off before the first key.
type mute struct{ *memory }

func (m mute) Scan(context.Context, client.Range, backup.Read) (client.Header, iter.Seq2[client.KeyValue, error], error) {
	return m.header(), each[client.KeyValue](nil, client.ErrShutdown), nil
}

// A rest that is compacted, or of which nothing comes, ends the backup.
func TestABackupThatCannotGoOn(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.set("a", "1", 0)
	m.set("b", "2", 0)
	m.breakEvery = 1
	m.compactAfter = 1
	_, err := backup.Write(t.Context(), m, io.Discard, backup.Options{Progress: func(uint64) {}})
	if !errors.Is(err, client.ErrCompacted) || !strings.Contains(err.Error(), "revision 2 is compacted by now; begin again") {
		t.Error(err)
	}
	if _, err := backup.Write(t.Context(), mute{m}, io.Discard, backup.Options{}); !errors.Is(err, client.ErrShutdown) {
		t.Error(err)
	}
}
