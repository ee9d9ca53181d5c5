package prove

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kv/repl/out"
)

// agreement is what the members' states come to once all is healed.
type agreement struct {
	nodes    int
	hash     string
	applied  uint64
	agreed   bool
	diverged bool   // they differ at one applied index
	seen     string // what each had last
}

// record is the agreement for programs.
func (a agreement) record() out.Record {
	return out.Record{out.Bool("agreed", a.agreed), out.Bool("diverged", a.diverged), out.Uint("members", a.nodes), out.Text("hash", a.hash),
		out.Uint("applied_index", a.applied)}
}

// patienceToAgree is how long the members may take to come together.
const patienceToAgree = 30 * time.Second

// agree waits until all nodes have the same state at the same index. That they differ at
// the same index is found at once; of two looks, so that a look in between two entries
// accuses nobody.
func agree(ctx context.Context, lab Lab) agreement {
	ctx, cancel := context.WithTimeout(ctx, patienceToAgree)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	differed := 0
	for {
		a := look(lab)
		if differed++; !a.diverged {
			differed = 0
		}
		if a.agreed || differed >= 5 {
			return a
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return a
		}
	}
}

func look(lab Lab) agreement {
	a := agreement{agreed: true}
	same := true
	hashes := map[uint64]string{}
	var seen []string
	for _, name := range lab.Names() {
		hash, applied := lab.Hash(name)
		seen = append(seen, sight(lab, name, hash, applied))
		if a.nodes++; a.nodes == 1 {
			a.hash, a.applied = hash, applied
		}
		same = same && hash == a.hash && applied == a.applied
		if other, ok := hashes[applied]; ok && other != hash && hash != "" {
			a.diverged = true
		}
		hashes[applied] = hash
	}
	a.agreed, a.seen = same && a.hash != "", strings.Join(seen, ", ")
	return a
}

// sight is what is seen of a node, in words.
func sight(lab Lab, name, hash string, applied uint64) string {
	if hash == "" {
		state, _, _, _ := lab.Describe(name)
		return name + " is " + state
	}
	return fmt.Sprintf("%s %.8s@%d", name, hash, applied)
}
