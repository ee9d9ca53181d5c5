package lab

import (
	"context"
	"math"
	"strconv"
	"strings"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

// kindSpeed is how fast a clock runs: 2x, 0.5x.
var kindSpeed = &shell.Kind{Read: readSpeed}

func speedWords(context.Context, string) ([]string, error) {
	return []string{"1x", "2x", "0.5x"}, nil
}

// readSpeed returns the bits of the number.
func readSpeed(word string) (uint64, string) {
	number, _ := strings.CutSuffix(word, "x")
	rate, err := strconv.ParseFloat(number, 64)
	if err != nil || number == word || math.IsNaN(rate) {
		return 0, "wants how fast the clock is to run, such as 2x or 0.5x"
	}
	return math.Float64bits(rate), ""
}

func (l rows) clockRow() shell.Command {
	return shell.Command{
		Name: "clock", Group: shell.GroupFaults, Lab: true, Run: l.clock,
		Args:    []shell.Arg{{Name: "NAME", Kind: kindNode}, {Name: "SPEED", Kind: kindSpeed}},
		Summary: "let the clock of a node run too fast or too slow",
		Help: "SPEED is 0.01x to 100x; 1x makes it right, as heal does. The leader's clock ends the\n" +
			"leases and lets history grow old: with a fast one a holder that counts by itself takes a\n" +
			"lease to be alive that is over, which is what fencing tokens are for. That a clock shows\n" +
			"another hour than the others does no harm: only how fast it runs counts. Raft's own\n" +
			"timers keep to the computer's clock.\n",
		Example: "clock n1 10x",
	}
}

func (l rows) clock(_ context.Context, s *shell.Session, a shell.Args) error {
	name, err := l.named(a)
	if err != nil {
		return err
	}
	rate := math.Float64frombits(a.Number("SPEED"))
	if err := l.lab.Clock(name, rate); err != nil {
		return err
	}
	s.OK(client.Header{}, "the clock of "+name+" runs at "+strconv.FormatFloat(rate, 'g', -1, 64)+"x", out.Text("node", name), out.Float("speed", rate))
	return nil
}
