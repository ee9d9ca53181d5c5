package backup

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"kv/client"
)

// A backup is text. Its first line says what it is, then comes a line for each key, one
// with their number, and the last one has the checksum of all lines above it:
//
//	{"kv_backup":1,"cluster":"playground","cluster_id":"5f…","revision":7,"time":"2026-11-30T08:15:00Z"}
//	{"key":"color","value":"blue","create_revision":3,"mod_revision":7,"version":2}
//	{"key":"photo","value_base64":"/9j/","create_revision":5,"mod_revision":5,"version":1}
//	{"keys":2,"leased":0}
//	{"sha256":"9c…"}
//
// A backup of a range has "from", "to" or both in its first line, and one of what a member
// had, which may have been old, "stale_at". What is no UTF-8 is in base64 under a name
// that says so, as in the shell's answers. `head -n -1 FILE | sha256sum` computes the
// checksum.

// formatNumber is the newest format that is known, and the one that is written.
const formatNumber = 1

// writer writes the lines of a backup, until one fails.
type writer struct {
	w    io.Writer
	sum  hash.Hash
	line []byte
	err  error
}

func newWriter(w io.Writer) *writer { return &writer{w: w, sum: sha256.New()} }

func (w *writer) head(h Head) {
	w.begin()
	w.number("kv_backup", formatNumber)
	w.data("cluster", h.Cluster)
	w.data("cluster_id", h.ClusterID)
	w.number("revision", h.Revision)
	w.data("time", h.Time.Format(time.RFC3339Nano))
	if h.Keys.From != "" {
		w.data("from", h.Keys.From)
	}
	if h.Keys.To != "" {
		w.data("to", h.Keys.To)
	}
	if h.StaleAt != "" {
		w.data("stale_at", h.StaleAt)
	}
	w.end()
}

func (w *writer) key(kv client.KeyValue) {
	w.begin()
	w.data("key", kv.Key)
	w.data("value", string(kv.Value))
	w.number("create_revision", kv.CreateRevision)
	w.number("mod_revision", kv.ModRevision)
	w.number("version", kv.Version)
	w.end()
}

func (w *writer) foot(s Summary) {
	w.begin()
	w.number("keys", s.Count)
	w.number("leased", s.Leased)
	w.end()
	w.checksum()
}

// checksum is the last line.
func (w *writer) checksum() {
	sum := hex.EncodeToString(w.sum.Sum(nil))
	w.begin()
	w.data("sha256", sum)
	w.end()
}

func (w *writer) begin() { w.line = append(w.line[:0], '{') }

func (w *writer) name(name string) {
	if len(w.line) > 1 {
		w.line = append(w.line, ',')
	}
	w.line = append(append(append(w.line, '"'), name...), `":`...)
}

func (w *writer) number(name string, n uint64) {
	w.name(name)
	w.line = strconv.AppendUint(w.line, n, 10)
}

// data writes bytes: as text, or in base64 under another name.
func (w *writer) data(name, data string) {
	if utf8.ValidString(data) {
		w.name(name)
		w.line = appendText(w.line, data)
		return
	}
	w.name(name + "_base64")
	w.line = append(w.line, '"')
	w.line = base64.StdEncoding.AppendEncode(w.line, []byte(data))
	w.line = append(w.line, '"')
}

func (w *writer) end() {
	w.line = append(w.line, "}\n"...)
	w.sum.Write(w.line) // never fails
	if w.err == nil {
		_, w.err = w.w.Write(w.line)
	}
}

// appendText appends a string of JSON. What a terminal takes for a command is escaped, so
// that a backup can be looked at.
func appendText(b []byte, text string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ' || r >= 0x7f && r <= 0x9f || r == '\u2028' || r == '\u2029':
			b = append(b, '\\', 'u', digits[r>>12], digits[r>>8&15], digits[r>>4&15], digits[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
