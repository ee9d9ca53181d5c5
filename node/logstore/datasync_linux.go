package logstore

import (
	"os"

	"golang.org/x/sys/unix"
)

// datasync is fsync without the metadata that reading does not need.
func datasync(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
