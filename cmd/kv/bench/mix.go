package bench

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Kind is a kind of operation.
type Kind int

// The kinds, in the order of reports.
const (
	Put Kind = iota
	Get
	Txn
	Delete
	List
	kinds // how many there are
)

var kindNames = [kinds]string{"put", "get", "txn", "delete", "list"}

// String returns the name that a mix has for the kind.
func (k Kind) String() string { return kindNames[k] }

// writes reports whether the kind changes the store.
func (k Kind) writes() bool { return k == Put || k == Txn || k == Delete }

// Mix is how often each kind is done, in relation to the others.
type Mix [kinds]int

// Only returns the mix of one kind.
func Only(k Kind) (m Mix) {
	m[k] = 1
	return m
}

// ParseMix reads a mix such as put=60,get=30,txn=10 or get. A kind without a
// number has the weight 1.
func ParseMix(s string) (m Mix, err error) {
	for part := range strings.SplitSeq(s, ",") {
		name, number, weighed := strings.Cut(strings.TrimSpace(part), "=")
		k, ok := parseKind(name)
		if !ok {
			return Mix{}, fmt.Errorf("no kind of operation is called %q; there are %s", name, strings.Join(kindNames[:], ", "))
		}
		if m[k] != 0 {
			return Mix{}, fmt.Errorf("%s is there twice", name)
		}
		m[k] = 1
		if !weighed {
			continue
		}
		if m[k], err = strconv.Atoi(number); err != nil || m[k] < 1 || m[k] > 1_000_000 {
			return Mix{}, fmt.Errorf("%q is no weight of %s; give a whole number from 1 on", number, name)
		}
	}
	return m, nil
}

func parseKind(name string) (Kind, bool) {
	for k, n := range kindNames {
		if n == name {
			return Kind(k), true
		}
	}
	return 0, false
}

// Writes reports whether any of it changes the store.
func (m Mix) Writes() bool {
	for k, weight := range m {
		if weight > 0 && Kind(k).writes() {
			return true
		}
	}
	return false
}

func (m Mix) total() (sum int) {
	for _, weight := range m {
		sum += weight
	}
	return sum
}

// String writes the mix as ParseMix reads it.
func (m Mix) String() string {
	var parts []string
	for k, weight := range m {
		if weight > 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", Kind(k), weight))
		}
	}
	return strings.Join(parts, ",")
}

// draw returns a kind, each as often as its weight says.
func (m Mix) draw(r *rand.Rand) Kind {
	n := r.IntN(m.total())
	for k, weight := range m {
		if n -= weight; n < 0 {
			return Kind(k)
		}
	}
	panic("bench: the weights of a mix have changed")
}

// writes reports whether any kind of the mix changes the store.
func (m Mix) writes() bool {
	for k, weight := range m {
		if weight > 0 && Kind(k).writes() {
			return true
		}
	}
	return false
}
