package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kv/cmd/kv/bench"
)

func TestParsePoints(t *testing.T) {
	t.Parallel()
	got, err := parsePoints("put=1, get=64")
	if err != nil || fmt.Sprint(got) != "[put C=1 get C=64]" {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", "put", "put=", "put=0", "put=x", "txn=1", "get=1,,"} {
		if got, err := parsePoints(s); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := config{points: "put=1", perConnection: 1, format: "json"}
	for name, change := range map[string]func(*config){
		"points": func(c *config) { c.points = "" }, "format": func(c *config) { c.format = "xml" },
		"per connection": func(c *config) { c.perConnection = 0 }, "pairs": func(c *config) { c.pairs = -1 },
	} {
		bad := good
		change(&bad)
		if _, err := bad.check(); err == nil {
			t.Errorf("%s: it is content", name)
		}
	}
	if points, err := good.check(); err != nil || len(points) != 1 {
		t.Errorf("%v, %v", points, err)
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

func TestWriteResults(t *testing.T) {
	t.Parallel()
	cpu := 0.5
	r := &results{
		Date: "2026-11-24", Machine: "two cores", Systems: []string{"kv", "etcd"}, Keys: 10, KeyBytes: 16, ValueBytes: 256,
		Seconds: 5, Pairs: 2, PerConn: 64, Interrupted: true, MemoryDisk: true,
		Failovers: map[string][]float64{"kv": {0.5, 0.7}, "etcd": {1.5}},
		Runs: []measurement{
			{System: "kv", Point: "put C=1", Pair: 1, Throughput: 900, P50: 1, P99: 2, CPU: &cpu},
			{System: "etcd", Point: "put C=1", Pair: 1, Throughput: 600, P50: 2, P99: 3, CPU: &cpu},
			{System: "kv", Point: "put C=1", Pair: 2, Throughput: 800, P50: 1, P99: 2},
			{System: "etcd", Point: "put C=1", Pair: 2, Throughput: 0, Errors: 3, ErrorList: []bench.ErrorCount{{Count: 3, Reason: "Unavailable", Outcome: "unknown", Example: "it is gone"}}},
		},
	}
	var b strings.Builder
	if err := r.write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"put C=1               850 (800–900)   300 (0–600)   1.50",
		"kv     0.60 (0.50–0.70)  2 times", "THE DATA IS IN MEMORY", "interrupted", "etcd, put C=1, 2: 3 errors Unavailable (unknown): it is gone",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
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
	targets, closeAll, err := s.connect(t.Context(), 1)
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
	p.end()
	if err := p.start(); err == nil {
		t.Error("it was started after its end")
	}
	if _, err := os.Stat(log); err != nil {
		t.Error(err)
	}
}
