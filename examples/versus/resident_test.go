package main

import (
	"os"
	"testing"
)

func TestResident(t *testing.T) {
	t.Parallel()
	if _, ok := residentOf(0); ok {
		t.Error("a process that is not there has memory")
	}
	if b, ok := residentOf(os.Getpid()); ok && b < 1<<20 {
		t.Errorf("this process has only %d bytes", b)
	}
	if got := resident([]*process{{}}); got != nil {
		t.Errorf("a process that does not run has %d", got)
	}
}
