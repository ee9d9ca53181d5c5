package shell

import (
	"fmt"
	"strings"

	"kv/client"
	"kv/repl/out"
)

// OK prints the line of a write that was done: `OK  rev 42  leader n1  1.2 ms`.
func (s *Session) OK(h client.Header, facts ...string) {
	parts := append([]string{s.Ink.Good.Sprint("OK")}, facts...)
	if h.Revision != 0 {
		parts = append(parts, fmt.Sprintf("rev %d", h.Revision))
	}
	if h.Leader != nil {
		parts = append(parts, "leader "+h.Leader.Name)
	}
	parts = append(parts, s.Ink.Dim.Sprint(out.Millis(s.Took())))
	fmt.Fprintln(s.Out, strings.Join(parts, "  "))
}

// Facts are what is known of a key beside its value: `rev 7  version 2  lease 1`.
func Facts(kv *client.KeyValue) string {
	text := fmt.Sprintf("rev %d  version %d", kv.ModRevision, kv.Version)
	if kv.Lease != 0 {
		text += fmt.Sprintf("  lease %d", kv.Lease)
	}
	return text
}

// Was is what a key was before: `was blue  rev 7  version 2`.
func Was(kv *client.KeyValue) string {
	return fmt.Sprintf("was %s  %s", out.Preview(kv.Value), Facts(kv))
}
