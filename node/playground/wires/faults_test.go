package wires

import (
	"testing"
	"time"
)

func TestWhichWiresAFaultConcerns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault Fault
		want  string
	}{
		"one way":              {Fault{Kind: Cut, From: "n1", To: "n2", OneWay: true}, "12"},
		"both ways":            {Fault{Kind: Cut, From: "n1", To: "n2"}, "12 21"},
		"all":                  {Fault{Kind: Cut}, "12 13 21 23 31 32"},
		"isolated":             {Fault{Kind: Isolate, From: "n2"}, "12 21 23 32"},
		"two groups":           {Fault{Kind: Partition, Groups: [][]string{{"n1", "n2"}, {"n3"}}}, "13 23 31 32"},
		"the rest is a group":  {Fault{Kind: Partition, Groups: [][]string{{"n1"}}}, "12 13 21 31"},
		"everybody by himself": {Fault{Kind: Partition, Groups: [][]string{{"n1"}, {"n2"}, {"n3"}}}, "12 13 21 23 31 32"},
	} {
		n := three(t, 0)
		n.Break(c.fault)
		if got := cuts(n); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if n.Heal("n1", "n2"); cuts(n) == c.want && c.fault.concerns("n1", "n2") {
			t.Errorf("%s: healing a wire changes nothing", name)
		}
		if n.Heal("", ""); shown(n) != "" || n.busy.Load() {
			t.Errorf("%s: after all was healed there is %q", name, shown(n))
		}
	}
}

// What is healed of a fault that concerns several wires leaves the others broken, in
// words that can be typed.
func TestHealingAPart(t *testing.T) {
	t.Parallel()
	n := three(t, 0)
	n.Break(Fault{Kind: Isolate, From: "n1"})
	n.Break(Fault{Kind: Delay, From: "n2", To: "n3", Mean: time.Second})
	if !n.Heal("n1", "n2") {
		t.Error("nothing was healed")
	}
	if got, want := shown(n), "cut[]n1n3true, cut[]n2n1true, cut[]n3n1true, delay[]n2n3false"; got != want {
		t.Errorf("left is %q, want %q", got, want)
	}
	if n.Heal("n1", "n2") {
		t.Error("healed twice")
	}
	if n.Heal("n1", ""); shown(n) != "delay[]n2n3false" {
		t.Errorf("after n1 was healed: %q", shown(n))
	}
}

func TestNewFaultsReplaceOldOnes(t *testing.T) {
	t.Parallel()
	n := three(t, 0)
	n.Break(Fault{Kind: Delay, From: "n1", To: "n2", Mean: time.Second})
	n.Break(Fault{Kind: Delay, Mean: time.Minute})
	if shown(n) != "delay[]false" {
		t.Errorf("a delay of all wires leaves %q", shown(n))
	}
	n.Break(Fault{Kind: Delay, From: "n1", To: "n2", OneWay: true, Mean: time.Hour})
	n.Break(Fault{Kind: Drop, Percent: 1})
	n.mu.Lock()
	one, other := n.wire("n1", "n2").mean, n.wire("n2", "n1").mean
	n.mu.Unlock()
	if one != time.Hour || other != time.Minute {
		t.Errorf("the delays are %v and %v", one, other)
	}
	n.Heal("", "")
	n.Break(Fault{Kind: Partition, Groups: [][]string{{"n1"}}})
	n.Break(Fault{Kind: Partition, Groups: [][]string{{"n2"}}})
	if shown(n) != "partition[[n2]]false" {
		t.Errorf("two partitions: %q", shown(n))
	}
}

// A node that comes later is concerned by what concerns all.
func TestANodeThatComesLater(t *testing.T) {
	t.Parallel()
	partition := Fault{Kind: Partition, Groups: [][]string{{"n1", "n2"}}}
	for _, c := range []struct {
		f        Fault
		from, to string
		want     bool
	}{
		{partition, "n9", "n1", true},
		{partition, "n9", "n8", false},
		{Fault{Kind: Isolate, From: "n1"}, "n9", "n1", true},
		{Fault{Kind: Drop}, "n9", "n8", true},
		{Fault{Kind: Cut, From: "n1", To: "n2"}, "n9", "n2", false},
	} {
		if got := c.f.concerns(c.from, c.to); got != c.want {
			t.Errorf("%v concerns %s -> %s: %t", c.f, c.from, c.to, got)
		}
	}
}

// Time stands still while anything is held, and only then.
func TestTimeStandsStillWhileAnythingIsHeld(t *testing.T) {
	t.Parallel()
	n := three(t, 0)
	n.Break(Fault{Kind: Cut})
	if n.Clock().Stopped() {
		t.Error("a cut stops the clock")
	}
	n.Break(Fault{Kind: Hold, From: "n1", To: "n2", OneWay: true})
	n.Break(Fault{Kind: Hold, From: "n2", To: "n3", OneWay: true})
	if n.Release("n1", "n2"); !n.Clock().Stopped() {
		t.Error("one of two holds is enough to stop the clock")
	}
	if n.Release("n3", ""); n.Clock().Stopped() || shown(n) != "cut[]false" {
		t.Errorf("after the release there is %q, and the clock stands still: %t", shown(n), n.Clock().Stopped())
	}
}
