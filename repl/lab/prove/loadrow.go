package prove

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// runLoad starts, stops or shows the load.
func (r *rows) runLoad(ctx context.Context, s *shell.Session, a shell.Args) error {
	switch {
	case a.Get("RATE") == "stop":
		return r.stopLoad(s)
	case !a.Has("RATE"):
		return r.showLoad(s)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.load != nil {
		return failure.Usagef("a load runs already; end it with: load stop")
	}
	j, err := jobOf(a, "RATE", defaultClients)
	if err != nil {
		return err
	}
	j.stale, j.seed, j.first = a.Has("stale"), r.cfg.Random(), r.clients+1
	// The names are new with the same seed, too: kept data may have those of a load before.
	j.prefix = fmt.Sprintf("load/%04x/", rand.Uint32N(1<<16))
	l, err := startLoad(ctx, j, r.cfg.History, func() (Client, error) { return r.cfg.Dial(nil) })
	if err != nil {
		return err
	}
	r.load, r.last, r.clients = l, l, r.clients+j.clients
	s.SetLive("load", func() string { return l.meter.read(time.Now(), true).live() })
	s.AtEnd(l.stop)
	s.OK(client.Header{}, fmt.Sprintf("load of %g/s by %s on the keys %s… started", j.rate, out.Count(uint64(j.clients), "client"), j.prefix),
		out.Float("rate_per_second", j.rate), out.Uint("clients", j.clients), out.Text("prefix", j.prefix))
	return nil
}

// jobOf reads the options that load and chaos share.
func jobOf(a shell.Args, rate string, clients int) (job, error) {
	j := job{rate: float64(a.Number(rate)) / 1000, mix: defaultMix, clients: a.Int("clients", clients), keys: a.Int("keys", defaultKeys)}
	if a.Has("mix") {
		var err error
		if j.mix, err = readMix(a.Get("mix")); err != nil {
			return j, err
		}
	}
	return j, nil
}

func (r *rows) stopLoad(s *shell.Session) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.load == nil {
		return failure.Usagef("no load runs; start one with: load 500/s")
	}
	l := r.load
	s.SetLive("load", nil)
	l.stop()
	r.load = nil
	if err := readings.One(s.Printer, l.meter.read(time.Now(), false)); err != nil {
		return err
	}
	s.Note("`check` tells whether what its clients saw is linearizable")
	return nil
}

func (r *rows) showLoad(s *shell.Session) error {
	r.mu.Lock()
	l, running := r.last, r.load != nil
	r.mu.Unlock()
	if l == nil {
		return failure.Usagef("no load runs; start one with: load 500/s")
	}
	if err := readings.One(s.Printer, l.meter.read(time.Now(), running)); err != nil {
		return err
	}
	held, gone := r.cfg.History.Size()
	s.Note("%s are noted, %d more were checked and let go", out.Count(uint64(held), "operation"), gone)
	if running && l.meter.read(time.Now(), true).full {
		s.Warn("the history is full: the load waits until some of it can be checked and let go")
	}
	return nil
}
