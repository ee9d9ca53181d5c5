package see

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"kv/client"
)

// recordOf makes a record of lines, each of which is a second, a member (- for none), a
// kind and what belongs to it as KEY=VALUE; reason= takes the rest of the line.
func recordOf(t *testing.T, members, silent string, lines string) Record {
	t.Helper()
	r := Record{Members: strings.Fields(members), Silent: strings.Fields(silent), Now: at(60)}
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		head, reason, _ := strings.Cut(line, "reason=")
		words := strings.Fields(head)
		second, err := strconv.ParseFloat(words[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		e := client.Event{Time: at(second), Member: words[1], Kind: client.EventKind(words[2]), Reason: reason, Sequence: uint64(len(r.Events) + 1)}
		if e.Member == "-" {
			e.Member = ""
		}
		for _, word := range words[3:] {
			set(t, &e, word)
		}
		r.Events = append(r.Events, e)
	}
	return r
}

func set(t *testing.T, e *client.Event, word string) {
	t.Helper()
	key, value, _ := strings.Cut(word, "=")
	n, err := strconv.ParseUint(value, 10, 64)
	switch key {
	case "term":
		e.Term = n
	case "index":
		e.Index = n
	case "count":
		e.Count = n
	case "peer":
		e.Peer, err = value, nil
	case "role":
		e.Role, err = client.Role(value), nil
	case "pre":
		e.PreVote, err = true, nil
	default:
		err = fmt.Errorf("unknown word %q", word)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// isolated is a leader that is cut off, succeeded and comes back.
const isolated = `
	0     n1 started reason=kv 0.2.0
	0     n2 started reason=kv 0.2.0
	0     n3 started reason=kv 0.2.0
	0.1   n1 role role=candidate term=2 reason=it is the only voter
	0.1   n1 role role=leader term=2 reason=it is the only voter
	0.3   n2 leader peer=n1 term=2
	0.3   n3 leader peer=n1 term=2
	20    -  fault reason=partition n1 | n2 n3
	21    n1 quorum-lost term=2 reason=it heard from no majority for 1.00 s
	21    n1 role role=follower term=2 reason=it heard from no majority for 1.00 s
	21.3  n2 leader term=2
	21.3  n2 role role=candidate term=3 peer=n1 reason=it had heard nothing from n1 for 1.30 s
	21.3  n2 vote-asked term=3 pre index=12
	21.31 n3 vote-refused term=3 pre peer=n2 index=12 reason=it has a leader: n1
	21.9  n3 leader term=2
	21.9  n3 role role=candidate term=3 peer=n1 reason=it had heard nothing from n1 for 1.90 s
	21.9  n3 vote-asked term=3 pre index=10
	21.91 n2 vote-refused term=3 pre peer=n3 index=10 reason=the log is behind: 10 < 12
	22    n1 role role=candidate term=3 reason=it had heard nothing from n1 for 1.00 s
	22    n1 vote-asked term=3 pre index=14
	22.5  n1 vote-unanswered term=3 pre peer=n2
	22.5  n1 vote-unanswered term=3 pre peer=n3
	23    n2 vote-asked term=3 pre index=12
	23.01 n3 vote-granted term=3 pre peer=n2 index=12
	23.01 n2 vote-won term=3 pre peer=n3
	23.02 n2 vote-asked term=3 index=12
	23.03 n3 role role=follower term=2 reason=it met the higher term 3 of n2
	23.04 n3 vote-granted term=3 peer=n2 index=12
	23.05 n2 vote-won term=3 peer=n3
	23.05 n2 role role=leader term=3 reason=elected by 2 of 3: itself, n3
	23.06 n3 leader peer=n2 term=3
	30    n1 refused term=2 count=2 reason=no leader; not done
	40    -  healed reason=partition n1 | n2 n3
	40.5  n1 role role=follower term=3 peer=n2 reason=it met the higher term 3 of n2
	40.5  n1 leader peer=n2 term=3
	40.5  n1 quorum-regained reason=it follows n2
	40.6  n1 overwritten term=2 index=13 count=2 peer=n2 reason=the leader's log has others there
`

// killed is a leader that was killed and tells nothing any more.
const killed = `
	10    n2 leader peer=n1 term=4
	10    n3 leader peer=n1 term=4
	30    -  mark reason=kill n1
	30.25 n2 leader term=4
	30.25 n2 role role=candidate term=5 peer=n1 reason=nothing listens at the address of the leader n1: its process is gone
	30.25 n2 vote-asked term=5 index=40
	30.26 n3 vote-granted term=5 peer=n2 index=40
	30.26 n2 vote-won term=5 peer=n3
	30.26 n2 vote-unanswered term=5 peer=n1
	30.26 n2 role role=leader term=5 reason=elected by 2 of 3: itself, n3
	30.27 n3 leader peer=n2 term=5
`

// nobody is a cluster without a majority.
const nobody = killed + `
	40    -  mark reason=stop n3
	40.1  n2 quorum-lost term=5 reason=it heard from no majority for 1.00 s
	41    n2 role role=follower term=5 reason=it heard from no majority for 1.00 s
	42    n2 role role=candidate term=6 reason=it has heard of no leader since it gave up its own office
	42    n2 vote-asked term=6 pre index=44
	42.1  n2 vote-unanswered term=6 pre peer=n1 count=3
	42.1  n2 vote-unanswered term=6 pre peer=n3 count=3
	45    n2 refused term=5 count=7 reason=no leader; not done
`

// succeeded is the leader that was cut off, and looks for votes as long as it is, while its
// successor leads, which is killed later and tells nothing any more.
const succeeded = `
	0.1   n1 role role=leader term=2 reason=it is the only voter
	0.3   n3 leader peer=n1 term=2
	20    -  fault reason=partition n1 | n2 n3
	21    n1 quorum-lost term=2 reason=it heard from no majority for 1.00 s
	21    n1 role role=follower term=2 reason=it heard from no majority for 1.00 s
	21.3  n3 leader term=2
	21.4  n3 leader peer=n2 term=3
	22    n1 role role=candidate term=3 reason=it had heard nothing from n1 for 1.00 s
	35    n1 leader term=2
	40    -  healed reason=partition n1 | n2 n3
	40.5  n1 leader peer=n2 term=3
	50    -  mark reason=kill n2
	50.2  n1 leader term=3
	50.2  n1 role role=candidate term=4 peer=n2 reason=its process is gone
	50.3  n1 role role=leader term=4 reason=elected by 2 of 3: itself, n3
	50.3  n3 leader peer=n1 term=4
`
