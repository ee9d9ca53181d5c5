package shell

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kv/client"
	"kv/repl/out"
)

// OK prints that something was done: `OK  lease 1  rev 42  leader n1  1.2 ms`. Words say
// what else there is to know of it, fields say the same to programs.
func (s *Session) OK(h client.Header, words string, fields ...out.Field) {
	if len(fields) == 0 && words != "" {
		fields = []out.Field{out.Text("done", words)}
	}
	if h.Revision != 0 {
		s.Bare(fmt.Sprint(h.Revision))
	}
	took := s.Took()
	_ = s.One(doneRecord(h, fields, took), func() error { // it is done, whoever hears of it
		parts := []string{s.Ink.Good.Sprint("OK")}
		if words != "" {
			parts = append(parts, words)
		}
		if h.Revision != 0 {
			parts = append(parts, fmt.Sprintf("rev %d", h.Revision))
		}
		if h.Leader != nil {
			parts = append(parts, "leader "+h.Leader.Name)
		}
		return s.Line("answer", strings.Join(append(parts, s.Ink.Dim.Sprint(out.Millis(took))), "  "))
	})
}

// doneRecord is what OK tells programs.
func doneRecord(h client.Header, fields []out.Field, took time.Duration) out.Record {
	r := slices.Clip(out.Record(fields))
	if h.Revision != 0 {
		r = append(r, out.Uint("revision", h.Revision))
	}
	if h.Leader != nil {
		r = append(r, out.Text("leader", h.Leader.Name))
	}
	return append(r, out.Duration("took", took))
}

// Facts are what is known of a key beside its value: `rev 7  version 2  lease 1`.
func Facts(kv *client.KeyValue) string {
	text := fmt.Sprintf("rev %d  version %d", kv.ModRevision, kv.Version)
	if kv.Lease != 0 {
		text += fmt.Sprintf("  lease %d", kv.Lease)
	}
	return text
}

// FactFields are Facts for programs.
func FactFields(kv *client.KeyValue) out.Record {
	return out.Record{out.Uint("create_revision", kv.CreateRevision), out.Uint("mod_revision", kv.ModRevision),
		out.Uint("version", kv.Version), out.Uint("lease", kv.Lease).If(kv.Lease != 0)}
}

// KeyRecord is a key with all that is known of it, nil for nil.
func KeyRecord(kv *client.KeyValue) out.Record {
	if kv == nil {
		return nil
	}
	return append(out.Record{out.Key("key", kv.Key), out.Bytes("value", kv.Value)}, FactFields(kv)...)
}

// ListRecord is a key in a list, with its value unless it is listed without.
func ListRecord(kv client.KeyValue, keysOnly bool) out.Record {
	if keysOnly {
		return append(out.Record{out.Key("key", kv.Key)}, FactFields(&kv)...)
	}
	return KeyRecord(&kv)
}

// Was is what a key was before: `was blue  rev 7  version 2`.
func (s *Session) Was(kv *client.KeyValue) string {
	return fmt.Sprintf("was %s  %s", s.Preview(kv.Value), Facts(kv))
}
