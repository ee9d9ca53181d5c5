package see

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/repl/out"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// golden compares what is drawn with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is now\n%s\ninstead of\n%s", name, got, want)
	}
}

// logOf makes a log of the terms of its entries from first on.
func logOf(role client.Role, term, first, commit uint64, terms ...uint64) client.Log {
	l := client.Log{Header: client.Header{Term: term}, Role: role, First: first, Commit: commit, Applied: commit, Snapshot: first - 1}
	for i, term := range terms {
		l.Last = first + uint64(i)
		l.Entries = append(l.Entries, client.LogEntry{Index: l.Last, Term: term, Kind: "command"})
	}
	return l
}

func repeat(term uint64, n int) []uint64 {
	terms := make([]uint64, n)
	for i := range terms {
		terms[i] = term
	}
	return terms
}

func join(parts ...[]uint64) (all []uint64) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// drawings are what the golden files show.
func drawings() map[string]*LogDrawing {
	leader := logOf(client.RoleLeader, 4, 1, 14, join(repeat(1, 3), repeat(2, 6), repeat(4, 6))...)
	leader.Match = map[string]uint64{"n2": 15, "n3": 12}
	behind := logOf(client.RoleFollower, 4, 1, 10, join(repeat(1, 3), repeat(2, 6), repeat(4, 3))...)
	healed := logOf(client.RoleFollower, 4, 1, 14, leaderTerms()...)
	split := logOf(client.RoleLeader, 2, 1, 9, join(repeat(1, 3), repeat(2, 9))...)
	long := logOf(client.RoleLeader, 118, 12000, 12399, join(repeat(9, 100), repeat(118, 300))...)
	long.Match = map[string]uint64{"node-9092": 12399}
	short := logOf(client.RoleFollower, 118, 12380, 12398, repeat(118, 20)...)
	return map[string]*LogDrawing{
		"log.txt": {Until: 15, Width: 100, Rows: []LogRow{
			{Member: "n1", Log: leader}, {Member: "n2", Log: healed, Overwritten: []client.Event{{Index: 10, Count: 3, Term: 2}}}, {Member: "n3", Log: behind}}},
		"log-conflict.txt": {Until: 15, Width: 100, Rows: []LogRow{
			{Member: "n1", Log: split}, {Member: "n2", Log: leader}, {Member: "n3", Silent: true}}},
		"log-narrow.txt": {Until: 12399, Width: 60, Rows: []LogRow{{Member: "node-9091", Log: long}, {Member: "node-9092", Log: short}}},
		"log-no-leader.txt": {Until: 12, Width: 80, Rows: []LogRow{
			{Member: "n1", Log: logOf(client.RoleCandidate, 3, 1, 9, repeat(2, 12)...)}, {Member: "n2", Log: logOf(client.RoleFollower, 3, 1, 9, repeat(2, 10)...)}}},
		"log-empty.txt": {Until: 0, Width: 80, Rows: []LogRow{{Member: "n1", Log: client.Log{Role: client.RoleLeader, Snapshot: 7}}}},
	}
}

func leaderTerms() []uint64 { return join(repeat(1, 3), repeat(2, 6), repeat(4, 6)) }

func TestLogDrawings(t *testing.T) {
	t.Parallel()
	for name, d := range drawings() {
		d.Ink = out.NewPalette(false)
		golden(t, name, strings.Join(d.Lines(), "\n")+"\n")
	}
}

// No row is wider than the terminal, as far as there is room for a few entries at all,
// and color changes nothing but the color.
func TestLogDrawingsFit(t *testing.T) {
	t.Parallel()
	for name, d := range drawings() {
		for _, width := range []int{60, 80, 120, 200} {
			d.Width, d.Ink = width, out.NewPalette(false)
			plain := d.Lines()
			for _, line := range plain {
				if n := len([]rune(line)); n > width && width >= 80 {
					t.Errorf("%s, %d columns: a line has %d: %s", name, width, n, line)
				}
			}
			d.Ink = out.NewPalette(true)
			for i, line := range d.Lines() {
				if got := bare(line); got != plain[i] {
					t.Errorf("%s in color reads %q, without %q", name, got, plain[i])
				}
			}
		}
	}
}

// bare takes the colors off.
func bare(line string) string {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		if line[i] == 0x1b {
			i += strings.IndexByte(line[i:], 'm')
			continue
		}
		b.WriteByte(line[i])
	}
	return b.String()
}

// at is a moment of the tests.
func at(seconds float64) time.Time {
	return time.Date(2026, 1, 2, 12, 3, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}
