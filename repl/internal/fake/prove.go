package fake

import "time"

// Leader implements prove.Lab.
func (l Lab) Leader() string {
	if l["n1"] == "running" {
		return "n1"
	}
	return ""
}

// Cut implements prove.Lab; nothing comes of it.
func (l Lab) Cut(_, _ string) {}

// Delay implements prove.Lab; nothing comes of it.
func (l Lab) Delay(_, _ string, _, _ time.Duration) {}

// Drop implements prove.Lab; nothing comes of it.
func (l Lab) Drop(_, _ string, _ float64) {}

// Reseed implements prove.Lab.
func (l Lab) Reseed(uint64) {}

// Heal implements prove.Lab.
func (l Lab) Heal() {}

// Hash implements prove.Lab.
func (l Lab) Hash(name string) (string, uint64) {
	if l[name] != "running" {
		return "", 0
	}
	return "c0ffee00", 12
}
