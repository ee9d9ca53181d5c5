package main

import (
	"os"
	"path/filepath"
	"runtime"
)

// historyFile is where the shell keeps what was typed, or "" if there is no
// place for it.
func historyFile() string {
	dir := stateDir(runtime.GOOS, os.Getenv, os.UserHomeDir)
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "kv", "history")
}

// stateDir is where programs keep what they remember of one user, by the habits of the
// operating system, or "" if there is no such place. XDG_STATE_HOME counts everywhere;
// as its makers want it, only if it is absolute.
func stateDir(system string, getenv func(string) string, userHome func() (string, error)) string {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if system == "windows" {
		return getenv("LocalAppData")
	}
	home, err := userHome()
	switch {
	case err != nil || home == "":
		return ""
	case system == "darwin" || system == "ios":
		return filepath.Join(home, "Library", "Application Support")
	default:
		return filepath.Join(home, ".local", "state")
	}
}
