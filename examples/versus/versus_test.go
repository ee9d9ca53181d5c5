package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kv/cmd/kv/bench"
)

func TestParsePoints(t *testing.T) {
	t.Parallel()
	got, err := parsePoints("put=1, get=64", false)
	if err != nil || fmt.Sprint(got) != "[put C=1 get C=64]" {
		t.Errorf("%v, %v", got, err)
	}
	got, err = parsePoints("put=64", true)
	if err != nil || fmt.Sprint(got) != "[put C=64 unary]" {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", "put", "put=", "put=0", "put=x", "txn=1", "get=1,,"} {
		if got, err := parsePoints(s, false); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}

// defaults returns the config without flags.
func defaults() config {
	var c config
	c.define(flag.NewFlagSet("versus", flag.ContinueOnError))
	return c
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*config){
		"points": func(c *config) { c.points = "" }, "format": func(c *config) { c.format = "xml" },
		"unary points":   func(c *config) { c.unaryPoints = "x" },
		"per connection": func(c *config) { c.perConnection = -1 }, "pairs": func(c *config) { c.pairs = -1 },
		"group": func(c *config) { c.only = "stream,no" }, "system": func(c *config) { c.systems = "" },
		"rate": func(c *config) { c.million.rate = 0 },
	} {
		bad := defaults()
		change(&bad)
		if _, err := bad.check(); err == nil {
			t.Errorf("%s: it is content", name)
		}
	}
	good := defaults()
	good.only, good.systems = "stop,stream", "all"
	p, err := good.check()
	if err != nil || fmt.Sprint(p.groups) != "[stream stop]" || fmt.Sprint(p.systems) != "[kv etcd redis]" || len(p.unary) != 3 {
		t.Errorf("%v, %v", p, err)
	}
}

// Every group that has a name can be run.
func TestGroups(t *testing.T) {
	t.Parallel()
	var names []string
	for _, g := range shared {
		names = append(names, g.name)
	}
	if got := append(names, millionGroup); !slices.Equal(got, groupNames) {
		t.Errorf("%v, want %v", got, groupNames)
	}
}

func TestConnections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ clients, per, want int }{{1024, 0, 1}, {1024, 64, 16}, {65, 64, 2}, {1, 64, 1}} {
		if got := connections(c.clients, c.per); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	for want, numbers := range map[string][]float64{
		"-":               nil,
		"3.0":             {3},
		"2.5 (1.0–4.0)":   {4, 1, 3, 2},
		"3.0 (1.0–100.0)": {100, 1, 3},
	} {
		if got := spreadOf(numbers).text("%.1f"); got != want {
			t.Errorf("%v is %s, want %s", numbers, got, want)
		}
	}
}

// Ratios are taken within a pair, which was measured at about the same time.
func TestRatiosAreOfPairs(t *testing.T) {
	t.Parallel()
	got := spreadOf(ratios(map[int]float64{1: 10, 2: 100, 3: 7}, map[int]float64{1: 5, 2: 50, 4: 1}))
	if got.n != 2 || got.min != 2 || got.max != 2 {
		t.Errorf("%+v", got)
	}
}

func someResults() *results {
	cpu := 0.5
	gone := bench.ErrorCount{Count: 3, Reason: "Unavailable", Outcome: "unknown", Example: "it is gone"}
	return &results{
		Date: "2026-11-24", Machine: "two cores", Systems: []string{"kv", "etcd", "redis"}, Keys: 10, KeyBytes: 16, ValueBytes: 256,
		Seconds: 5, Pairs: 2, EtcdPerConn: 64, Interrupted: true, MemoryDisk: true,
		Failovers: map[string][]float64{"kv": {0.5, 0.7}, "etcd": {1.5}},
		Runs: []measurement{
			{System: "kv", Point: "put C=1", Pair: 1, outcome: outcome{Throughput: 900, P50: 1, P99: 2}, CPU: &cpu},
			{System: "etcd", Point: "put C=1", Pair: 1, outcome: outcome{Throughput: 600, P50: 2, P99: 3}, CPU: &cpu, ClientCPU: &cpu},
			{System: "kv", Point: "put C=1", Pair: 2, outcome: outcome{Throughput: 800, P50: 1, P99: 2}},
			{System: "etcd", Point: "put C=1", Pair: 2, outcome: outcome{Errors: 3, ErrorList: []bench.ErrorCount{gone}}},
		},
		Stops:  []stopRun{{"kv", outcome{Gap: 40}}, {"etcd", outcome{Gap: 200, ErrorList: []bench.ErrorCount{gone}}}, {"kv", outcome{Gap: 60}}},
		Steady: []steadyRun{{System: "kv", Clients: 1024, Seconds: 600, Elections: 1, outcome: outcome{Throughput: 1000, Gap: 70}}},
		Million: millionResults{Keys: 100, ValueBytes: 64, History: 7, Runs: []millionRun{{
			System: "kv", LoadSeconds: 3, RestartOne: []float64{0.5, 0.7}, RestartAll: []float64{1},
			Resident: residentBytes{Empty: []uint64{1 << 20}, Loaded: []uint64{3 << 20}, Rested: []uint64{1<<20 + 25_000}},
			Pauses: []pauseRun{{outcome: outcome{Gap: 12, Dropped: 5}}, {Snapshot: true, outcome: outcome{Gap: 15, Max: 19}},
				{Disturbed: true, outcome: outcome{Gap: 999}}},
			Join: &joinRun{CaughtUp: 2.5, outcome: outcome{Gap: 33}},
		}}},
	}
}

func TestWriteText(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := someResults().writeText(&b); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"operations a second kv etcd redis kv : etcd kv : redis put C=1 850 (800–900) 300 (0–600) - 1.50 - ",
		"for 1000 operations kv etcd redis kv : etcd kv : redis put C=1 0.5000 0.5000 - 1.00 -",
		"the leader goes kv etcd kv : etcd kill -9 to the next acknowledged put, s 0.60 (0.50–0.70) 1.50 0.33",
		"acknowledged put, ms 50.0 (40.0–60.0) 200.0 0.20", "elections 1 - -", "seconds to put them 3.0 - -",
		"100 keys of 16 + 64 bytes", "resident bytes a key, at rest less without keys 250", "as soon as they are put 3.0",
		"without a snapshot, ms 12.0", "during a snapshot, ms 15.0", "start to its first get, s 0.60 (0.50–0.70)", "start to caught up, s 2.50",
		"THE DATA IS IN MEMORY", "interrupted", "all clients together", "for 64 clients",
		"etcd, put C=1: 3 errors Unavailable (unknown): it is gone", "etcd, SIGTERM of the leader: 3 errors",
		"kv, without a snapshot: 5 turns were never begun", "kv, without a snapshot: there was one all the time",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	if strings.Contains(text, "999") {
		t.Error("a disturbed pause is a result")
	}
}

// What was not measured has no table.
func TestWriteNothing(t *testing.T) {
	t.Parallel()
	for _, systems := range [][]string{{"kv"}, {"redis"}, nil} {
		if all := (&results{Systems: systems}).tables(); len(all) > 0 {
			t.Errorf("%v: %v", systems, all)
		}
	}
}

func TestWriteMarkdown(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := someResults().writeMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n| operations a second | kv | etcd | redis | kv : etcd | kv : redis |\n|---|---|---|---|---|---|\n| put C=1 | 850 (800–900) |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}

// The JSON has the names that it had before there were groups.
func TestWriteJSON(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := someResults().writeJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Runs []struct {
			Throughput float64 `json:"ops_per_second"`
			CPU        float64 `json:"cpu_seconds_per_1000"`
		} `json:"runs"`
		Stops []struct {
			System string  `json:"system"`
			Gap    float64 `json:"longest_write_gap_ms"`
		} `json:"stops"`
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Runs[0].Throughput != 900 || got.Runs[0].CPU != 0.5 || got.Stops[1].System != "etcd" || got.Stops[1].Gap != 200 {
		t.Errorf("%+v", got)
	}
}

// fakeRedis answers SET and GET of one key.
func fakeRedis(t *testing.T) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
			go serveRedis(conn)
		}
	}()
	return l.Addr().String()
}

func serveRedis(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	words := func() (all []string) {
		var n, size int
		if _, err := fmt.Fscanf(r, "*%d\r\n", &n); err != nil {
			return nil
		}
		for range n {
			fmt.Fscanf(r, "$%d\r\n", &size)
			word := make([]byte, size+2)
			for i := range word {
				word[i], _ = r.ReadByte()
			}
			all = append(all, string(word[:size]))
		}
		return all
	}
	value := ""
	for w := words(); w != nil; w = words() {
		switch {
		case w[0] == "SET" && w[1] == "bad":
			fmt.Fprint(conn, "-ERR no\r\n")
		case w[0] == "SET":
			value = w[2]
			fmt.Fprint(conn, "+OK\r\n")
		case value == "":
			fmt.Fprint(conn, "$-1\r\n")
		default:
			fmt.Fprintf(conn, "$%d\r\n%s\r\n", len(value), value)
		}
	}
}

func TestRedisTarget(t *testing.T) {
	t.Parallel()
	s := &redisSystem{address: fakeRedis(t)}
	targets, closeAll, err := s.connect(t.Context(), 1, false)
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	do := func(k bench.Kind, key string) (bool, error) {
		return targets[0].Do(t.Context(), bench.Op{Kind: k, Key: key, Value: []byte("a\r\nb")})
	}
	for i, step := range []struct {
		kind   bench.Kind
		key    string
		missed bool
		fails  bool
	}{
		{bench.Get, "a", true, false}, {bench.Put, "a", false, false}, {bench.Get, "a", false, false},
		{bench.Put, "bad", false, true}, {bench.Txn, "a", false, true},
	} {
		if missed, err := do(step.kind, step.key); missed != step.missed || (err != nil) != step.fails {
			t.Errorf("step %d: %v, %v", i, missed, err)
		}
	}
}

type targetFunc func(ctx context.Context) error

func (f targetFunc) Do(ctx context.Context, _ bench.Op) (bool, error) { return false, f(ctx) }

// Puts that hang or fail hold nothing up: the first that is acknowledged counts.
func TestUntilAcknowledged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		killed := time.Now()
		d, err := untilAcknowledged(t.Context(), targetFunc(func(ctx context.Context) error {
			switch since := time.Since(killed); {
			case since < 100*time.Millisecond:
				<-ctx.Done() // swallowed
				return ctx.Err()
			case since < 1500*time.Millisecond:
				return errors.New("no leader")
			}
			time.Sleep(5 * time.Millisecond)
			return nil
		}), killed)
		if err != nil || d < 1500*time.Millisecond || d > 1520*time.Millisecond {
			t.Errorf("%s, %v", d, err)
		}
		synctest.Wait()
		_, err = untilAcknowledged(t.Context(), targetFunc(func(context.Context) error { return errKind }), killed)
		if !errors.Is(err, errKind) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nobody leads: %v", err)
		}
	})
}

func TestProcess(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	p := &process{name: "sleeper", log: log, command: func() *exec.Cmd { return exec.Command("sh", "-c", "echo hello; exec sleep 600") }}
	p.kill() // not started yet
	for range 2 {
		if err := p.start(); err != nil {
			t.Skipf("there is no sh: %v", err)
		}
		if p.pid() == 0 || p.dead() != nil {
			t.Error("it does not run")
		}
		p.kill()
		if p.pid() != 0 || p.dead() == nil {
			t.Error("it runs on")
		}
	}
	if err := p.terminate(); err == nil {
		t.Error("it was stopped although it does not run")
	}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	if err := p.terminate(); err != nil || p.pid() != 0 || p.dead() == nil {
		t.Errorf("SIGTERM: %v", err)
	}
	p.end()
	if err := p.start(); err == nil {
		t.Error("it was started after its end")
	}
	if _, err := os.Stat(log); err != nil {
		t.Error(err)
	}
}
