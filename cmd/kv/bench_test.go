package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/cmd/kv/bench"
)

// counts checks that what was counted adds up.
func counts(t *testing.T, out string) (r bench.Report) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(out))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	sum := bench.Stats{}
	for name, s := range r.Kinds {
		sum.Ops, sum.OK, sum.Errors, sum.Missed, sum.Unknown = sum.Ops+s.Ops, sum.OK+s.OK, sum.Errors+s.Errors, sum.Missed+s.Missed, sum.Unknown+s.Unknown
		if s.Ops == 0 || s.Ops != s.OK+s.Errors || s.Missed > s.OK || s.Unknown > s.Errors {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if a := r.All; a.Ops != sum.Ops || a.OK != sum.OK || a.Errors != sum.Errors || a.Missed != sum.Missed || a.Unknown != sum.Unknown {
		t.Errorf("all is %+v, the kinds have %+v", a, sum)
	}
	failed := uint64(0)
	for _, e := range r.Errors {
		failed += e.Count
	}
	if failed != r.All.Errors {
		t.Errorf("%d errors are listed, %d were counted", failed, r.All.Errors)
	}
	return r
}

func TestBenchCounts(t *testing.T) {
	t.Parallel()
	addr := strings.Join(newPlayground(t).Addresses(), ",")
	args := []string{"bench", addr, "-keys", "200", "-clients", "8", "-connections", "2", "-warmup", "0", "-duration", "500ms", "-o", "json"}
	for name, more := range map[string][]string{
		"closed": {"-mix", "put=5,get=5,txn=5,delete=5,list=1", "-preload"},
		"zipf":   {"-mix", "put=5,get=5", "-dist", "zipf", "-stale"},
		"open":   {"-mix", "put=5,get=5,txn=5", "-rate", "500", "-backlog", "10"},
	} {
		t.Run(name, func(t *testing.T) {
			r := call(t, "", append(args, more...)...)
			r.expect(t, 0, "kv delete bench/ -prefix -y")
			got := counts(t, r.out)
			if got.Load.Connections != 2 || got.All.OK == 0 {
				t.Errorf("it measured %+v", got)
			}
			if o := got.OpenLoop; name == "open" && (o == nil || o.Offered != 250 || o.Offered != int(got.All.Ops)+o.Dropped+o.Left) {
				t.Errorf("turns were lost: %+v of %+v", o, got.All)
			}
		})
	}
	call(t, "", "list", "bench/", "-count", "-addr", addr).expect(t, 0)
	if r := call(t, "", append(args, "-mix", "get=1,list=1")...); r.code != 0 || r.err != "" {
		t.Errorf("reads alone: code %d, %s", r.code, r.err)
	}
}

func TestBenchOnItsOwnPlayground(t *testing.T) {
	t.Parallel()
	r := call(t, "", "bench", "-playground", "-keys", "100", "-preload", "-clients", "4", "-warmup", "0", "-duration", "200ms")
	r.expect(t, 0, "share this process", "put=60,get=30,txn=10  4 clients on 1 connection", "preloaded in", "longest time without an acknowledged write")
}

func TestBenchMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"mix":             {[]string{"-mix", "pit"}, 2, "pit"},
		"distribution":    {[]string{"-dist", "normal"}, 2, "uniform or zipf"},
		"format":          {[]string{"-o", "xml"}, 2, "text or json"},
		"connections":     {[]string{"-clients", "2", "-connections", "3"}, 2, "-connections is 3"},
		"timeout":         {[]string{"-timeout", "0"}, 2, "-timeout"},
		"two clusters":    {[]string{"localhost:1", "-playground"}, 2, "-playground"},
		"a context, too":  {[]string{"-context", "x", "-playground"}, 2, `leave "-context x" out`},
		"no such context": {[]string{"-context", "nowhere"}, 2, "nowhere"},
		"no certificate":  {[]string{"localhost:1", "-ca", "/nowhere/ca.pem"}, 2, "/nowhere/ca.pem"},
		"short keys":      {[]string{"-key-bytes", "6"}, 2, "keys need at least 10 bytes"},
		"no address":      {[]string{"nowhere"}, 2, "HOST:PORT"},
		"nobody there":    {[]string{"localhost:1"}, 1, "cannot reach any member"},
		"nobody to load":  {[]string{"localhost:1", "-preload"}, 1, "preload bench/"},
		"no such flag":    {[]string{"-unknown"}, 2, "-unknown"},
		"skew of no zipf": {[]string{"-dist", "zipf", "-skew", "1"}, 2, "skew"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call(t, "", append([]string{"bench"}, c.args...)...).expect(t, c.code, "kv bench: ", c.want)
		})
	}
	call(t, "", "help", "bench").expect(t, 0, "-rate", "Closed loop")
}

func TestBenchWithoutAMajority(t *testing.T) {
	t.Parallel()
	cluster := newPlayground(t)
	for _, name := range cluster.Names()[1:] {
		must(t, cluster.Kill(testContext(t), name))
	}
	addr := strings.Join(cluster.Addresses(), ",")
	call(t, "", "bench", addr, "-timeout", "2s").expect(t, 5, "kv bench: ")
	call(t, "", "bench", addr, "-timeout", "3s", "-mix", "get", "-stale", "-warmup", "0", "-duration", "100ms").expect(t, 0)
}

func TestBenchExitCode(t *testing.T) {
	t.Parallel()
	for code, r := range map[int]bench.Report{
		0: {All: bench.Stats{OK: 1, Errors: 1}, Errors: []bench.ErrorCount{{Reason: "NO_LEADER"}}},
		1: {All: bench.Stats{Errors: 1}, Errors: []bench.ErrorCount{{Reason: "TIMEOUT"}}},
		5: {All: bench.Stats{Errors: 2}, Errors: []bench.ErrorCount{{Reason: "TIMEOUT"}, {Reason: "NO_QUORUM"}}},
	} {
		if got := benchExitCode(&r); got != code {
			t.Errorf("%+v gives %d, want %d", r, got, code)
		}
	}
	if got := benchExitCode(&bench.Report{Interrupted: true}); got != 0 {
		t.Errorf("interrupted in the warm-up gives %d", got)
	}
}

func TestBenchInterrupted(t *testing.T) {
	t.Parallel()
	addrs := newPlayground(t).Addresses()
	cmd := kvCommand(t, []string{"KV_ADDR=" + strings.Join(addrs, ",")}, "bench", "-mix", "put", "-warmup", "0", "-duration", "1h", "-o", "json")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	must(t, cmd.Start())
	c, err := client.Dial(addrs)
	must(t, err)
	defer c.Close()
	waitFor(t, "the first keys", func() bool {
		l, err := c.List(testContext(t), "bench/", client.CountOnly())
		return err == nil && l.Count() > 0
	})
	must(t, cmd.Process.Signal(os.Interrupt))
	impatient := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer impatient.Stop()
	must(t, cmd.Wait())
	if r := counts(t, out.String()); !r.Interrupted || r.All.OK == 0 {
		t.Errorf("the results so far are %+v", r)
	}
}
