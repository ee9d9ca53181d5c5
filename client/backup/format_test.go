package backup_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"kv/client"
	"kv/client/backup"
)

func TestTheFormat(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.set("color", "blue", 0)
	m.set("photo", "\xff\xd8", 0)
	m.set("lock/1", "n1", 7)
	m.set("color", "red \"<\x1b[2J\u009b>\n", 0)
	m.set("\xff", "", 0)
	const want = `{"kv_backup":1,"cluster":"memory","cluster_id":"id","revision":5,"time":"2026-11-30T12:00:00Z"}
{"key":"color","value":"red \"<\u001b[2J\u009b>\n","create_revision":1,"mod_revision":4,"version":2}
{"key":"photo","value_base64":"/9g=","create_revision":2,"mod_revision":2,"version":1}
{"key_base64":"/w==","value":"","create_revision":5,"mod_revision":5,"version":1}
{"keys":3,"leased":1}
{"sha256":"7aa17f2707a8e551e7010624bfab03fa80a20838cdaa84327edaecf26c30f2c3"}
`
	if got := string(written(t, m, client.Range{})); got != want {
		t.Errorf("%s\ninstead of\n%s", got, want)
	}
	part := string(written(t, m, client.Range{From: "d", To: "\xff"}))
	if !strings.Contains(part, `"from":"d","to_base64":"/w=="}`) || strings.Count(part, "\n") != 4 {
		t.Errorf("a range: %s", part)
	}
}

// keysOf reads a backup to its end.
func keysOf(data []byte) (backup.Summary, []client.KeyValue, error) {
	r, err := backup.NewReader(bytes.NewReader(data))
	if err != nil {
		return backup.Summary{}, nil, err
	}
	var all []client.KeyValue
	for kv, err := range r.All() {
		if err != nil {
			return backup.Summary{}, nil, err
		}
		all = append(all, kv)
	}
	return r.Summary(), all, nil
}

// Whatever the bytes are, they come back as they were.
func FuzzWriteAndRead(f *testing.F) {
	f.Add("a", "b", "c", "d", "", "")
	f.Add("\xff", "\x00", "\u2028\"\\", "日本\n\t\r", "\x00", "\xfe\xff")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2, from, to string) {
		m, keys := newMemory(), client.Range{From: from, To: to}
		for k, v := range map[string]string{k1: v1, k2: v2} {
			if k != "" {
				m.set(k, v, 0)
			}
		}
		if to != "" && from >= to {
			return
		}
		file := written(t, m, keys)
		for line := range bytes.Lines(file) {
			if !json.Valid(line) {
				t.Errorf("%q is no JSON", line)
			}
		}
		s, got, err := keysOf(file)
		if err != nil || s.Keys != keys || !s.Time.Equal(noon) || s.Cluster != "memory" || s.ClusterID != "id" || s.Revision != m.revision() {
			t.Fatalf("%+v, %v", s, err)
		}
		if want := sorted(m.now(), keys); !reflect.DeepEqual(got, want) || s.Count != uint64(len(want)) {
			t.Errorf("%+v\ninstead of\n%+v", got, want)
		}
	})
}

// No file makes the reader panic, and what it takes for whole has a checksum.
func FuzzReader(f *testing.F) {
	m := newMemory()
	m.set("a", "1", 0)
	m.set("b", "\xff", 0)
	file := written(f, m, client.Prefix("a"))
	f.Add(file)
	f.Add(written(f, m, client.Range{}))
	f.Add([]byte(`{"kv_backup":1}` + "\n" + `{"keys":0,"leased":0}` + "\n" + `{"sha256":"0"}` + "\n"))
	f.Add([]byte(`{"kv_backup":1,"time":null}` + "\n" + `{"key":"","value":""}` + "\n"))
	f.Add([]byte(`{"kv_backup":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, err := keysOf(data)
		if body := bytes.LastIndexByte(bytes.TrimSuffix(data, []byte("\n")), '\n') + 1; err == nil && !bytes.Contains(data[body:], fmt.Appendf(nil, "%x", sha256.Sum256(data[:body]))) {
			t.Errorf("%q is taken", data)
		}
		if err != nil && !errors.Is(err, backup.ErrNoBackup) && !errors.Is(err, backup.ErrNewer) && !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("%v for %q", err, data)
		}
	})
}

// A file that is not as it was written is refused, wherever it is cut or damaged, and the
// store is left as it is.
func TestDamageIsFoundBeforeAnythingIsChanged(t *testing.T) {
	t.Parallel()
	m := newMemory()
	for i := range 2 {
		m.set(fmt.Sprint("key/", i), strings.Repeat("v", i), 0)
	}
	file := written(t, m, client.Range{})
	m.set("more", "1", 0)
	m.set("key/0", "changed", 0)
	before := m.values()
	for at := range file {
		flipped := bytes.Clone(file)
		flipped[at] ^= 1
		for what, bad := range map[string][]byte{"cut off": file[:at], "flipped": flipped, "without a byte": append(bytes.Clone(file[:at]), file[at+1:]...)} {
			if _, err := restore(t, m, bad); !errors.Is(err, backup.ErrDamaged) && !errors.Is(err, backup.ErrNoBackup) && !errors.Is(err, backup.ErrNewer) {
				t.Errorf("%s at %d: %v", what, at, err)
			}
		}
	}
	for what, bad := range map[string][]byte{"twice": append(bytes.Clone(file), file...), "a newline more": append(bytes.Clone(file), '\n'),
		"another file": []byte("color,value\n"), "nothing": nil, "no newline for long": bytes.Repeat([]byte{'x'}, 3<<20)} {
		if _, err := restore(t, m, bad); err == nil {
			t.Errorf("%s: it is taken", what)
		}
	}
	if !maps.Equal(m.values(), before) || m.txns != 0 {
		t.Errorf("%d transactions, %v instead of %v", m.txns, m.values(), before)
	}
}

func TestAReaderSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	const head = `{"kv_backup":1,"to":"m"}` + "\n"
	const a = `{"key":"a","value":""}` + "\n"
	for text, want := range map[string]string{
		"":                                     "it is no backup of kv: it does not begin with {\"kv_backup\"",
		`{"kv_backup":2}` + "\n":               "of a newer format: it has the number 2, and this program knows 1; use a newer kv",
		`{"kv_backup":"x"}` + "\n":             "line 1 is not what a backup begins with",
		`{"kv_backup":1`:                       "line 1 has no end",
		head:                                   "line 2 is missing: the file was cut off",
		head + a + `{"keys":1`:                 "line 3 has no end: the file was cut off",
		head + "x\n":                           "line 2 is no line of a backup",
		head + `{"key":"a"}` + "\n":            "line 2 has no key or no value",
		head + a + a:                           "line 3 has a key that belongs before the one above it",
		head + `{"key":"x","value":""}` + "\n": "line 2 has a key that is not in the range of the backup",
		head + `{"keys":2}` + "\n":             "line 2 counts 2 keys, and there are 0 above it",
		head + `{"keys":0}` + "\n":             "line 3 is missing: the file was cut off",
		head + `{"keys":0}` + "\nx\n":          "line 3 has the checksum of another text than what is above it",
	} {
		if _, _, err := keysOf([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	broken := errors.New("broken disk")
	if _, err := backup.NewReader(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a disk that fails: %v", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestAWriterThatFails(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.set("a", "1", 0)
	if _, err := backup.Write(t.Context(), m, fullDisk{}, backup.Options{}); err == nil || err.Error() != "write backup: no room" {
		t.Error(err)
	}
}
