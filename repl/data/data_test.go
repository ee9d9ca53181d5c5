package data

import (
	"testing"
	"time"
)

func TestALeaseLastsInFewWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		30 * time.Second: "30s", 5 * time.Minute: "5m", time.Hour: "1h", 90 * time.Minute: "1h30m",
		time.Hour + time.Second: "1h0m1s", 1234 * time.Millisecond: "1.2s", 20 * time.Minute: "20m", 100 * time.Hour: "100h", 0: "0s",
	} {
		if got := lasts(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
