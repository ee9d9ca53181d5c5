package prove

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"kv/client/linear"
)

// mix is how often each kind of operation is chosen, in shares.
type mix struct {
	put, get, cas, delete, txn int
}

// txnKind is a transaction over several keys, each of which is an operation of its own in a
// history.
const txnKind linear.Kind = "txn"

var defaultMix = mix{put: 60, get: 30, cas: 10}

// readMix reads put=60,get=30,cas=10,delete=0; what is not named is not done.
func readMix(word string) (m mix, err error) {
	share := map[string]*int{"put": &m.put, "get": &m.get, "cas": &m.cas, "delete": &m.delete, "txn": &m.txn}
	for _, part := range strings.Split(word, ",") {
		name, text, _ := strings.Cut(part, "=")
		to := share[name]
		if to == nil {
			return m, fmt.Errorf("has shares of put, get, cas, delete and txn, such as put=60,get=40, not %q", part)
		}
		if *to, err = strconv.Atoi(text); err != nil || *to < 0 || *to > 1_000_000 {
			return m, fmt.Errorf("wants a whole number as the share of %s, not %q", name, text)
		}
	}
	if m.sum() == 0 {
		return m, fmt.Errorf("has nothing in it: give a share such as put=60")
	}
	return m, nil
}

func (m mix) sum() int { return m.put + m.get + m.cas + m.delete + m.txn }

// String is the mix as it is written.
func (m mix) String() string {
	text := fmt.Sprintf("put=%d,get=%d,cas=%d", m.put, m.get, m.cas)
	if m.delete > 0 {
		text += fmt.Sprintf(",delete=%d", m.delete)
	}
	if m.txn > 0 {
		text += fmt.Sprintf(",txn=%d", m.txn)
	}
	return text
}

// choose chooses a kind.
func (m mix) choose(rnd *rand.Rand) linear.Kind {
	switch n := rnd.IntN(m.sum()); {
	case n < m.put:
		return linear.Put
	case n < m.put+m.get:
		return linear.Get
	case n < m.put+m.get+m.cas:
		return linear.CAS
	case n < m.put+m.get+m.cas+m.delete:
		return linear.Delete
	default:
		return txnKind
	}
}
