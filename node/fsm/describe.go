package fsm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	kvv1 "kv/proto/kv/v1"
)

// maxShownKey is how many bytes of a key a description has.
const maxShownKey = 32

// Describe says what the commands of a log entry do, in few words, and how many they
// are. What is no batch of commands, or is of a later version, it describes as such.
func Describe(data []byte) (commands int, summary string) {
	cmds, err := decodeBatch(nil, data)
	if err != nil {
		return 0, "not understood"
	}
	if len(cmds) == 1 {
		return 1, strings.TrimSpace(cmds[0].word() + " " + shownKey(cmds[0].subject()))
	}
	count := make(map[string]int)
	for i := range cmds {
		count[cmds[i].word()]++
	}
	words := make([]string, 0, len(count))
	for word := range count {
		words = append(words, word)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(count[b]-count[a], cmp.Compare(a, b)) })
	for i, word := range words {
		words[i] = fmt.Sprintf("%d × %s", count[word], word)
	}
	return len(cmds), strings.Join(words, ", ")
}

// word names a command.
func (c *command) word() string {
	switch c.op {
	case opPut:
		return "put"
	case opDelete:
		return "delete"
	}
	switch c.msg.GetOp().(type) {
	case *kvv1.Command_Delete:
		return "delete range"
	case *kvv1.Command_SetMember:
		return "member"
	case *kvv1.Command_RemoveMember:
		return "remove member"
	case *kvv1.Command_TermMarker:
		return "new leader"
	case *kvv1.Command_SetCluster:
		return "name cluster"
	case *kvv1.Command_Txn:
		return "txn"
	case *kvv1.Command_Revert:
		return "revert"
	case *kvv1.Command_Compact:
		return "compact"
	case *kvv1.Command_GrantLease:
		return "grant lease"
	case *kvv1.Command_RevokeLease:
		return "revoke lease"
	case *kvv1.Command_SetQuota:
		return "quota"
	default:
		return "command"
	}
}

// subject is what a command is about, "" for nothing that has a name.
func (c *command) subject() string {
	if c.key != nil {
		return string(c.key)
	}
	switch op := c.msg.GetOp().(type) {
	case *kvv1.Command_SetMember:
		return op.SetMember.GetMember().GetName()
	case *kvv1.Command_RemoveMember:
		return op.RemoveMember.GetName()
	case *kvv1.Command_SetCluster:
		return op.SetCluster.GetName()
	case *kvv1.Command_Revert:
		return string(op.Revert.GetKey())
	default:
		return ""
	}
}

// shownKey makes text of a key that fits a line: long ones are cut, and what is not
// printable is escaped.
func shownKey(key string) string {
	end := ""
	if len(key) > maxShownKey {
		cut := maxShownKey
		for cut > 0 && !utf8.RuneStart(key[cut]) {
			cut--
		}
		key, end = key[:cut], "…"
	}
	quoted := fmt.Sprintf("%q", key)
	if inner := quoted[1 : len(quoted)-1]; inner == key && !strings.Contains(key, " ") {
		return key + end
	}
	return quoted + end
}
