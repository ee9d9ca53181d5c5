package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"time"

	"kv/client"
)

// Why a file cannot be read as a backup. Errors of a Reader wrap one of these, or are
// those of what it reads from.
var (
	// ErrNoBackup: the file does not begin as a backup does.
	ErrNoBackup = errors.New("it is no backup of kv")
	// ErrNewer: the format is newer than this program.
	ErrNewer = errors.New("the backup is of a newer format")
	// ErrDamaged: the end is missing, or something in it is not as it was written.
	ErrDamaged = errors.New("the backup is damaged")
)

// Reader reads a backup, one line at a time. What it has read is known to be right only
// after its end, which has the checksum.
type Reader struct {
	in      *bufio.Reader
	sum     hash.Hash
	n       int // lines read
	last    string
	summary Summary
	ended   bool
}

// maxHead bounds the first line of what may be any file: two ends of a range, and names.
const maxHead = 1 << 20

// NewReader begins to read a backup. Errors: ErrNoBackup, ErrNewer, ErrDamaged.
func NewReader(r io.Reader) (*Reader, error) {
	rd := &Reader{in: bufio.NewReaderSize(r, maxHead), sum: sha256.New()}
	return rd, rd.readHead()
}

// Head returns what the backup says of itself.
func (r *Reader) Head() Head { return r.summary.Head }

// Summary returns what is known at the end of the backup, which All must have reached.
func (r *Reader) Summary() Summary { return r.summary }

// All yields the keys in order, without leases. It can be used once. If the backup is not
// as it was written, an error wrapping ErrDamaged is yielded last.
func (r *Reader) All() iter.Seq2[client.KeyValue, error] {
	return func(yield func(client.KeyValue, error) bool) {
		for !r.ended {
			kv, err := r.next()
			if r.ended = r.ended || err != nil; r.ended && err == nil {
				return
			}
			if !yield(kv, err) {
				return
			}
		}
	}
}

func (r *Reader) damaged(format string, args ...any) error {
	return fmt.Errorf("%w: line %d %s; take another copy of it", ErrDamaged, r.n, fmt.Sprintf(format, args...))
}

type headLine struct {
	Cluster    string    `json:"cluster"`
	ClusterID  string    `json:"cluster_id"`
	Revision   uint64    `json:"revision"`
	Time       time.Time `json:"time"`
	From       string    `json:"from"`
	FromBase64 []byte    `json:"from_base64"`
	To         string    `json:"to"`
	ToBase64   []byte    `json:"to_base64"`
	StaleAt    string    `json:"stale_at"`
}

func (r *Reader) readHead() error {
	line, err := r.in.ReadSlice('\n')
	switch {
	case !bytes.HasPrefix(line, []byte(`{"kv_backup":`)):
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		return fmt.Errorf("%w: it does not begin with {\"kv_backup\"", ErrNoBackup)
	case err == nil:
	case errors.Is(err, io.EOF), errors.Is(err, bufio.ErrBufferFull):
		r.n = 1
		return r.damaged("has no end")
	default:
		return err
	}
	r.n = 1
	var number struct {
		Format uint64 `json:"kv_backup"`
	}
	if err := json.Unmarshal(line, &number); err != nil || number.Format == 0 {
		return r.damaged("is not what a backup begins with")
	}
	if number.Format > formatNumber {
		return fmt.Errorf("%w: it has the number %d, and this program knows %d; use a newer kv", ErrNewer, number.Format, formatNumber)
	}
	var h headLine
	if err := json.Unmarshal(line, &h); err != nil {
		return r.damaged("is not what a backup begins with")
	}
	r.sum.Write(line) // never fails
	r.summary.Head = Head{Cluster: h.Cluster, ClusterID: h.ClusterID, Revision: h.Revision, Time: h.Time, StaleAt: h.StaleAt,
		Keys: client.Range{From: either(h.From, h.FromBase64), To: either(h.To, h.ToBase64)}}
	return nil
}

func either(text string, data []byte) string {
	if data != nil {
		return string(data)
	}
	return text
}

// bodyLine is a line of a key, or the one with their number.
type bodyLine struct {
	Key            *string `json:"key"`
	KeyBase64      []byte  `json:"key_base64"`
	Value          *string `json:"value"`
	ValueBase64    []byte  `json:"value_base64"`
	CreateRevision uint64  `json:"create_revision"`
	ModRevision    uint64  `json:"mod_revision"`
	Version        uint64  `json:"version"`

	Keys   *uint64 `json:"keys"`
	Leased uint64  `json:"leased"`
}

// next reads a line: a key, or the number of keys, after which r.ended is set.
func (r *Reader) next() (client.KeyValue, error) {
	text, err := r.line()
	if err != nil {
		return client.KeyValue{}, err
	}
	var l bodyLine
	if err := json.Unmarshal(text, &l); err != nil {
		return client.KeyValue{}, r.damaged("is no line of a backup")
	}
	r.sum.Write(text) // never fails
	if l.Keys == nil {
		return r.keyOf(&l)
	}
	r.ended = true
	return client.KeyValue{}, r.readFoot(&l)
}

// line reads a line with its newline.
func (r *Reader) line() ([]byte, error) {
	text, err := r.in.ReadBytes('\n')
	r.n++
	switch {
	case errors.Is(err, io.EOF) && len(text) == 0:
		return nil, r.damaged("is missing: the file was cut off")
	case errors.Is(err, io.EOF):
		return nil, r.damaged("has no end: the file was cut off")
	default:
		return text, err
	}
}

func (r *Reader) keyOf(l *bodyLine) (client.KeyValue, error) {
	kv := client.KeyValue{CreateRevision: l.CreateRevision, ModRevision: l.ModRevision, Version: l.Version, Value: l.ValueBase64}
	if kv.Key = string(l.KeyBase64); l.Key != nil {
		kv.Key = *l.Key
	}
	if l.Value != nil {
		kv.Value = []byte(*l.Value)
	}
	switch {
	case kv.Key == "" || kv.Value == nil:
		return client.KeyValue{}, r.damaged("has no key or no value")
	case kv.Key <= r.last:
		return client.KeyValue{}, r.damaged("has a key that belongs before the one above it")
	case !r.summary.Keys.Contains(kv.Key):
		return client.KeyValue{}, r.damaged("has a key that is not in the range of the backup")
	}
	r.last = kv.Key
	r.summary.Count++
	return kv, nil
}

// readFoot looks whether the number of keys is right, and the checksum behind it, and that
// there is no more.
func (r *Reader) readFoot(l *bodyLine) error {
	if *l.Keys != r.summary.Count {
		return r.damaged("counts %d keys, and there are %d above it", *l.Keys, r.summary.Count)
	}
	r.summary.Leased = l.Leased
	var want bytes.Buffer
	(&writer{w: &want, sum: r.sum}).checksum()
	text, err := r.line()
	if err != nil {
		return err
	}
	if !bytes.Equal(text, want.Bytes()) {
		return r.damaged("has the checksum of another text than what is above it")
	}
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
		return r.damaged("should be the last one")
	}
	return nil
}
