package fsm

import (
	"strings"
	"testing"

	kvv1 "kv/proto/kv/v1"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	put := func(key string) []byte { return AppendPut(nil, &kvv1.PutCommand{Key: []byte(key)}, nil) }
	command := func(c *kvv1.Command) []byte {
		b, err := AppendCommand(nil, c)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	gone := AppendDelete(nil, &kvv1.DeleteCommand{Key: []byte("a b")}, &kvv1.Stamp{Session: 1, Sequence: 2})
	for _, c := range []struct {
		data     []byte
		commands int
		summary  string
	}{
		{nil, 0, ""},
		{put("color"), 1, "put color"},
		{put("\x00\xff"), 1, `put "\x00\xff"`},
		{put(strings.Repeat("ä", 40)), 1, "put " + strings.Repeat("ä", 16) + "…"},
		{put(strings.Repeat("\xff", 40)), 1, `put "` + strings.Repeat(`\xff`, 32) + `"…`},
		{gone, 1, `delete "a b"`},
		{append(append(gone, put("b")...), put("c")...), 3, "2 × put, 1 × delete"},
		{AppendTermMarker(nil), 1, "new leader"},
		{command(&kvv1.Command{Op: &kvv1.Command_SetMember{SetMember: &kvv1.SetMemberCommand{Member: &kvv1.Member{Name: "n2"}}}}), 1, "member n2"},
		{command(&kvv1.Command{Op: &kvv1.Command_Compact{Compact: &kvv1.CompactCommand{Revision: 4}}}), 1, "compact"},
		{[]byte("\xff"), 0, "not understood"},
	} {
		if commands, summary := Describe(c.data); commands != c.commands || summary != c.summary {
			t.Errorf("%q: %d, %s; want %d, %s", c.data, commands, summary, c.commands, c.summary)
		}
	}
}
