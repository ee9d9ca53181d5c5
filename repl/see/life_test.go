package see

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

// traceOf makes a trace of lines, each of milliseconds, a kind, the first and the last
// index, and a peer or - and, of some, a revision.
func traceOf(lines string) client.Trace {
	var t client.Trace
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		s := client.TraceStep{Kind: client.TraceKind(words[1])}
		number := func(word string) (n float64) { _ = json.Unmarshal([]byte(word), &n); return n }
		s.Time = at(0).Add(time.Duration(number(words[0]) * float64(time.Millisecond)))
		s.First, s.Last = uint64(number(words[2])), uint64(number(words[3]))
		if words[4] != "-" {
			s.Peer = words[4]
		}
		if len(words) > 5 {
			s.FirstRevision = uint64(number(words[5]))
			s.LastRevision = s.FirstRevision
		}
		t.Steps = append(t.Steps, s)
	}
	return t
}

// leaderTrace is of an entry with two writes, of which the one of revision 7 is ours, and
// of an entry after it.
const leaderTrace = `
	0.2  queued    41 41 - 7
	0.3  queued    41 41 - 8
	0.4  proposed  41 41 - 7
	0.4  proposed  41 41 - 8
	0.5  written   41 41 -
	0.6  sent      41 41 n2
	0.6  sent      41 41 n3
	1.5  confirmed 41 41 n2
	1.7  durable   41 41 -
	1.8  committed 41 41 -
	1.9  applied   41 41 -
	1.91 answered  41 41 - 7
	1.92 answered  41 41 - 8
	2.5  written   42 42 -
	9.5  sent      41 42 n3
	9.9  confirmed 41 42 n3
`

func lives() map[string]*Life {
	leader := traceOf(leaderTrace)
	n2 := traceOf("0.8 received 41 41 n1\n1.2 written 41 41 -\n1.3 durable 41 41 -\n20 committed 41 42 -\n21 applied 41 42 -")
	n3 := traceOf("59.7 received 41 42 n1\n59.8 durable 41 42 -\n61 applied 41 42 -")
	n3.Ahead = 50 * time.Millisecond
	base := func() *Life {
		return &Life{Line: "put a 1", Answer: "OK rev 7", Began: at(0), Ended: at(0.0021), Revision: 7, Voters: []string{"n1", "n2", "n3"}}
	}
	done := base()
	done.Traces = []shell.Answer[client.Trace]{{Member: "n1", Value: leader}, {Member: "n2", Value: n2}, {Member: "n3", Value: n3}}
	alone := base()
	alone.Answer, alone.Ended, alone.Failed, alone.Revision, alone.Index = "no answer in time", at(1), true, 0, 41
	alone.Traces = []shell.Answer[client.Trace]{{Member: "n1", Value: traceOf("0.5 written 41 41 -\n0.6 sent 41 41 n2\n0.7 sent 41 41 n3\n1.5 durable 41 41 -\n500 sent 41 41 n2")},
		{Member: "n2"}, {Member: "n3", Err: errors.New("gone")}}
	return map[string]*Life{"life-done": done, "life-alone": alone}
}

func TestLives(t *testing.T) {
	t.Parallel()
	for name, l := range lives() {
		chart, ok := l.Draw()
		if !ok {
			t.Fatalf("%s: no entry", name)
		}
		golden(t, name+".txt", strings.Join(chart.Lines(100, out.NewPalette(false)), "\n")+"\n")
		golden(t, name+".mmd", chart.Mermaid())
	}
	if _, ok := (&Life{Revision: 9, Traces: lives()["life-done"].Traces}).Draw(); ok {
		t.Error("a write that nobody has noted is drawn")
	}
}

// Charts fit the terminal, and color changes nothing but the color.
func TestLivesFit(t *testing.T) {
	t.Parallel()
	for name, l := range lives() {
		chart, _ := l.Draw()
		for _, width := range []int{60, 80, 160} {
			plain, colored := chart.Lines(width, out.NewPalette(false)), chart.Lines(width, out.NewPalette(true))
			for i, line := range plain {
				if n := len([]rune(line)); n > width {
					t.Errorf("%s, %d columns: a line has %d: %s", name, width, n, line)
				}
				if got := bare(colored[i]); got != line {
					t.Errorf("%s in color reads %q, without %q", name, got, line)
				}
			}
		}
	}
}

// A chart of five nodes fits a narrow terminal.
func TestAChartOfFiveNodesFits(t *testing.T) {
	t.Parallel()
	c := Chart{Lanes: []string{"client", "n1 leader", "n2", "n3", "n4", "n5"}, Steps: []Step{{From: 1, To: 5, Text: "entry 19"}, {From: 5, To: 5, Text: "received"}}}
	for _, line := range c.Lines(80, out.NewPalette(false)) {
		if n := len([]rune(line)); n > 80 {
			t.Errorf("a line has %d columns: %s", n, line)
		}
	}
	if last := c.Lines(80, out.NewPalette(false))[2]; !strings.HasSuffix(last, "received") {
		t.Errorf("cut off: %s", last)
	}
}

// What is written as JSON reads back as it was, and Mermaid is not broken by what people
// put into keys.
func TestChartsAsFiles(t *testing.T) {
	t.Parallel()
	chart, _ := lives()["life-done"].Draw()
	chart.Title = "put 'a;b' \"<x>\" #1"
	chart.Steps[0].Text = chart.Title
	data, err := writers[".json"](chart)
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		Title string
		Steps []struct {
			Offset float64 `json:"offset_ms"`
			At     string
			From   string
			Text   string
		}
	}
	first := chart.Steps[0]
	if err := json.Unmarshal(data, &back); err != nil || back.Title != chart.Title || len(back.Steps) != len(chart.Steps) ||
		back.Steps[0].Text != first.Text || back.Steps[0].From != "client" || back.Steps[0].At+leaderMark != chart.Lanes[first.To] {
		t.Errorf("the JSON reads back as %+v, %v", back, err)
	}
	for line := range strings.Lines(chart.Mermaid()) {
		if text := strings.TrimSuffix(strings.TrimSpace(line), ";"); strings.Contains(strings.NewReplacer("#59;", "", "#35;", "", "#lt;", "", "#gt;", "").Replace(text), ";") {
			t.Errorf("Mermaid would end a statement in %s", line)
		}
	}
}
