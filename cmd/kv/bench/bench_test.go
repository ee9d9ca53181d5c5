package bench

import (
	"context"
	"testing"
	"time"
)

// BenchmarkOperation is what the engine itself costs: the target does nothing.
func BenchmarkOperation(b *testing.B) {
	cfg := config(targetFunc(func(context.Context, Op) (bool, error) { return false, nil }))
	cfg.ValueBytes, cfg.Duration = 256, time.Hour
	r := newRunner(cfg)
	r.start = time.Now()
	d := newDrawer(&r.cfg, r.keys, r.values, 0)
	b.ReportAllocs()
	for b.Loop() {
		r.do(b.Context(), 0, d.next(), time.Since(r.start)+r.begin)
	}
}
