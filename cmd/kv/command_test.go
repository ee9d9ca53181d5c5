package main

import (
	"slices"
	"testing"
)

func TestFilled(t *testing.T) {
	t.Parallel()
	got := filled([]string{"put", "get", "lease keep-alive", "ls"}, 9)
	if want := []string{"put, get,", "lease keep-alive,", "ls"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
