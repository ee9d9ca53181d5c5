//go:build !linux

package main

import (
	"os/exec"
	"time"
)

// belongToUs does nothing: there is no portable way.
func belongToUs(*exec.Cmd) {}

// cpuOf returns false: there is no portable way.
func cpuOf(int) (time.Duration, bool) { return 0, false }

// residentOf returns false: there is no portable way.
func residentOf(int) (uint64, bool) { return 0, false }

// memoryDisk returns false: there is no portable way.
func memoryDisk(string) bool { return false }
