//go:build !linux

package logstore

import "os"

// datasync is fsync; on macOS it has the drive empty its cache, too (F_FULLFSYNC).
func datasync(f *os.File) error { return f.Sync() }
