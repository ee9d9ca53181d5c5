package main

import (
	"errors"
	"testing"
)

func TestStateIsKeptWhereTheSystemKeepsIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		system, xdg, local, home, want string
	}{
		{"linux", "", "", "/home/me", "/home/me/.local/state"},
		{"linux", "/state", "", "/home/me", "/state"},
		{"linux", "relative", "", "/home/me", "/home/me/.local/state"},
		{"linux", "", "", "", ""},
		{"darwin", "", "", "/Users/me", "/Users/me/Library/Application Support"},
		{"darwin", "/state", "", "/Users/me", "/state"},
		{"windows", "", `C:\Users\me\AppData\Local`, `C:\Users\me`, `C:\Users\me\AppData\Local`},
	} {
		env := map[string]string{"XDG_STATE_HOME": c.xdg, "LocalAppData": c.local}
		home := func() (string, error) {
			if c.home == "" {
				return "", errors.New("no home")
			}
			return c.home, nil
		}
		if got := stateDir(c.system, func(name string) string { return env[name] }, home); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
