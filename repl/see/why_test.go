package see

import (
	"strings"
	"testing"

	"kv/proto/kverr"
	"kv/repl/failure"
)

const transferred = `
	0     n1 role role=leader term=2 reason=elected by 3 of 3: itself, n2, n3
	0.1   n2 leader peer=n1 term=2
	5     n1 transfer-asked term=2 peer=n2
	5.01  n2 role role=candidate term=3 peer=n1 reason=asked to by n1, which hands over its office
	5.01  n2 vote-asked term=3 index=9
	5.02  n1 role role=follower term=2 peer=n2 reason=it met the higher term 3 of n2
	5.02  n1 vote-granted term=3 peer=n2
	5.02  n3 vote-granted term=3 peer=n2
	5.03  n2 role role=leader term=3 reason=elected by 2 of 3: itself, n3
`

const splitVote = `
	0     n1 role role=leader term=2 reason=it is the only voter
	10    -  mark reason=kill n1
	10.5  n2 role role=candidate term=3 peer=n1 reason=it had heard nothing from n1 for 500 ms
	10.5  n3 role role=candidate term=3 peer=n1 reason=it had heard nothing from n1 for 500 ms
	10.51 n3 vote-refused term=3 peer=n2 reason=already voted for n3 in term 3
	10.51 n2 vote-refused term=3 peer=n3 reason=already voted for n2 in term 3
	11.4  n2 vote-asked term=4 index=9
	11.41 n3 vote-granted term=4 peer=n2
	11.42 n2 role role=leader term=4 reason=elected by 2 of 3: itself, n3
`

func TestWhy(t *testing.T) {
	t.Parallel()
	write := func(second float64, err error) *Write {
		return &Write{Line: "put a 1", Began: at(second), Ended: at(second + 2), Err: failure.OfWrite(err)}
	}
	for name, c := range map[string]struct {
		members, silent, record string
		write                   *Write // nil for the election
	}{
		"election-isolated":    {"n1 n2 n3", "", isolated, nil},
		"election-killed":      {"n2 n3", "n1", killed, nil},
		"election-transferred": {"n1 n2 n3", "", transferred, nil},
		"election-split":       {"n2 n3", "n1", splitVote, nil},
		"election-nobody":      {"n2", "n1 n3", nobody, nil},
		"election-none":        {"n1", "", "1 n1 started", nil},
		"write-refused":        {"n1 n2 n3", "", isolated, write(21.5, kverr.ErrNoLeader)},
		"write-unknown":        {"n1 n2 n3", "", isolated, write(20.5, kverr.ErrTimeout)},
		"write-nobody":         {"n2", "n1 n3", nobody, write(45, kverr.ErrNoLeader)},
		"write-conflict":       {"n1 n2 n3", "", isolated, write(50, kverr.ErrConflict.WithRevision(7))},
		"write-lost":           {"n2 n3", "n1", killed, write(29.9, kverr.ErrLostConnection)},
		"write-nobody-answers": {"", "n1 n2", "", write(45, kverr.ErrUnreachable)},
	} {
		r := recordOf(t, c.members, c.silent, c.record)
		lines := WhyElection(r)
		if c.write != nil {
			lines = WhyWrite(r, *c.write)
		}
		golden(t, "why-"+name+".txt", strings.Join(lines, "\n")+"\n")
	}
}
