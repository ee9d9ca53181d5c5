package snapstore

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// readAhead tells the kernel that a file will be read from its beginning to its end.
func readAhead(f *os.File) {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_SEQUENTIAL) // no more than advice
}

// startWriting has the kernel begin to write a part of a file to the disk.
func startWriting(f *os.File, offset, n int64) error {
	return writeOut(f, offset, n, unix.SYNC_FILE_RANGE_WRITE)
}

// finishWriting waits until a part of a file is on its way through to the disk.
func finishWriting(f *os.File, offset, n int64) error {
	return writeOut(f, offset, n,
		unix.SYNC_FILE_RANGE_WAIT_BEFORE|unix.SYNC_FILE_RANGE_WRITE|unix.SYNC_FILE_RANGE_WAIT_AFTER)
}

// writeOut is sync_file_range. Where a file system has none, the sync at the end does all.
// A failed write of the disk must not get lost, though: it is told only once.
func writeOut(f *os.File, offset, n int64, flags int) error {
	for {
		err := unix.SyncFileRange(int(f.Fd()), offset, n, flags)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ESPIPE):
			return nil
		}
		return err
	}
}
