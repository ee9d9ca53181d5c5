package main

import (
	"io"
	"strings"
	"testing"
)

func TestSizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint64{"0": 0, "65536": 65536, "64KiB": 64 << 10, "8 MiB": 8 << 20, "2gib": 2 << 30, "1TiB": 1 << 40} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "KiB", "-1", "1MB", "1.5GiB", "64 K", "16777216TiB", "x"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
	for _, s := range []interface{ Set(string) error }{size[int]{new(int)}, size[int64]{new(int64)}} {
		if err := s.Set("8388608TiB"); err == nil { // 1<<63
			t.Errorf("%T takes what it cannot hold", s)
		}
	}
}

// What kv shows as a default can be given, and who gives something else learns what can.
func TestSizeFlags(t *testing.T) {
	t.Parallel()
	var nf nodeFlags
	var stderr strings.Builder
	s := streams{strings.NewReader(""), io.Discard, &stderr}
	f := newFlags("node", "[FLAGS]", aboutNode, s)
	nf.define(f)
	if _, _, ok := f.parse([]string{"-quota-bytes", "2GiB", "-max-value-bytes=8MiB"}, s); !ok || nf.cfg.QuotaBytes != 2<<30 || nf.cfg.Limits.MaxValueBytes != 8<<20 {
		t.Errorf("quota %d, value %d: %s", nf.cfg.QuotaBytes, nf.cfg.Limits.MaxValueBytes, stderr.String())
	}
	if _, code, ok := f.parse([]string{"-quota-bytes", "2GB"}, s); ok || code != 2 || !strings.Contains(stderr.String(), "such as 65536") {
		t.Errorf("code %d: %s", code, stderr.String())
	}
}
