package drive

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kv/node/guard"
	"kv/node/logstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a folder on a drive.
type desk struct {
	t     *testing.T
	dir   string
	drive *Drive
	power *Power
	disk  guard.Disk
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, dir: filepath.Join(t.TempDir(), "data"), drive: New(filepath.Join(t.TempDir(), "trash"))}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d.on()
	return d
}

func (d *desk) on() {
	d.power = d.drive.On(nil)
	d.disk = d.power.Guard
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// write writes a file anew, and syncs it if asked to.
func (d *desk) write(name, text string, sync bool) {
	d.t.Helper()
	f, err := d.disk.Create(d.path(name))
	d.must(err)
	defer f.Close()
	d.must(d.disk.WriteAt(f, []byte(text), 0))
	if sync {
		d.must(d.disk.Sync(f))
	}
}

// cut cuts the power and returns the files that are left.
func (d *desk) cut() map[string]string {
	d.t.Helper()
	d.power.Cut()
	d.must(d.drive.Lose())
	d.on()
	left := map[string]string{}
	d.must(filepath.WalkDir(d.dir, func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(d.dir, p)
		left[rel] = string(b)
		return err
	}))
	return left
}

func (d *desk) leaves(want map[string]string) {
	d.t.Helper()
	if left := d.cut(); !maps.Equal(left, want) {
		d.t.Errorf("left %q, want %q", left, want)
	}
	if _, err := os.Stat(d.drive.trash); err == nil {
		d.t.Error("the trash is still there")
	}
}

func TestWhatIsNotSyncedIsLost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(d *desk)
		want map[string]string
	}{
		{"a file without its name", func(d *desk) { d.write("a", "1", true) }, nil},
		{"a name without the bytes", func(d *desk) { d.write("a", "1", false); d.must(d.disk.SyncDir(d.dir)) }, map[string]string{"a": ""}},
		{"all of it", func(d *desk) { d.write("a", "1", true); d.must(d.disk.SyncDir(d.dir)) }, map[string]string{"a": "1"}},
		{"a second write", func(d *desk) {
			d.write("a", "12345", true)
			d.must(d.disk.SyncDir(d.dir))
			f, err := os.OpenFile(d.path("a"), os.O_RDWR, 0)
			d.must(err)
			defer f.Close()
			d.must(d.disk.WriteAt(f, []byte("xxxx"), 3))
			d.must(d.disk.WriteAt(f, []byte("yy"), 0))
		}, map[string]string{"a": "12345"}},
		{"a file emptied and written again", func(d *desk) {
			d.write("a", "1", true)
			d.must(d.disk.SyncDir(d.dir))
			d.write("a", "22", false)
		}, map[string]string{"a": "1"}},
		{"a replacement", func(d *desk) {
			d.write("a", "old", true)
			d.must(d.disk.SyncDir(d.dir))
			d.write("a.tmp", "new", true)
			d.must(d.disk.Rename(d.path("a.tmp"), d.path("a")))
		}, map[string]string{"a": "old"}},
		{"the bytes of a replacement", func(d *desk) {
			d.write("a", "old", true)
			d.must(d.disk.SyncDir(d.dir))
			d.write("a.tmp", "new", false)
			d.must(d.disk.Rename(d.path("a.tmp"), d.path("a")))
			d.must(d.disk.SyncDir(d.dir))
		}, map[string]string{"a": ""}},
		{"a folder's new name", func(d *desk) {
			d.must(d.disk.Mkdir(d.path("s.tmp"), 0o700))
			d.must(d.disk.SyncDir(d.dir))
			d.write("s.tmp/a", "1", true)
			d.must(d.disk.SyncDir(d.path("s.tmp")))
			d.must(d.disk.Rename(d.path("s.tmp"), d.path("s")))
		}, map[string]string{"s.tmp/a": "1"}},
		{"names in a folder with a new name", func(d *desk) {
			d.must(d.disk.Mkdir(d.path("s.tmp"), 0o700))
			d.write("s.tmp/a", "1", true)
			d.must(d.disk.Rename(d.path("s.tmp"), d.path("s")))
			d.must(d.disk.SyncDir(d.dir))
		}, nil},
		{"a removal", func(d *desk) {
			d.must(d.disk.Mkdir(d.path("s"), 0o700))
			d.write("s/a", "1", true)
			d.must(d.disk.SyncDir(d.path("s")))
			d.must(d.disk.SyncDir(d.dir))
			d.must(d.disk.RemoveAll(d.path("s")))
		}, map[string]string{"s/a": "1"}},
		{"a removal that was synced", func(d *desk) {
			d.write("a", "1", true)
			d.must(d.disk.RemoveAll(d.path("a")))
			d.must(d.disk.SyncDir(d.dir))
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			c.do(d)
			d.leaves(c.want)
		})
	}
}

// A sync under way when the power goes makes nothing durable, and does not say so.
func TestASyncThatThePowerCutsShort(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.write("a", "1", false)
	d.must(d.disk.SyncDir(d.dir))
	d.drive.Slow(time.Hour)
	f, err := os.OpenFile(d.path("a"), os.O_RDWR, 0)
	d.must(err)
	defer f.Close()
	answer := make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		done, err := d.disk.Begin(guard.Access{Op: guard.Sync, Path: f.Name()})
		close(begun)
		if err == nil {
			err = guard.End(done, f.Sync())
		}
		answer <- err
	}()
	<-begun
	d.power.Cut()
	if err := <-answer; !errors.Is(err, ErrOff) {
		t.Errorf("the sync says %v", err)
	}
	d.leaves(map[string]string{"a": ""})
}

func TestABrokenDisk(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.write("a", "1", true)
	d.must(d.disk.SyncDir(d.dir))
	for _, broken := range []error{syscall.EIO, syscall.ENOSPC} {
		d.drive.Fail(broken)
		if _, err := d.disk.Create(d.path("b")); !errors.Is(err, broken) {
			t.Errorf("create: %v", err)
		}
		if err := d.disk.SyncDir(d.dir); !errors.Is(err, broken) {
			t.Errorf("sync: %v", err)
		}
	}
	d.drive.Fail(nil)
	d.write("a", "2", true)
	d.leaves(map[string]string{"a": "2"})
}

// The stores themselves lose what they have not synced, and only that.
func TestALogAndAVoteAtAPowerCut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	vote := func() *logstore.Stable {
		s, err := logstore.OpenStable(d.path("vote"), logstore.Options{Guard: d.disk})
		d.must(err)
		return s
	}
	term := func(s *logstore.Stable) uint64 {
		n, _ := s.GetUint64([]byte("CurrentTerm"))
		return n
	}
	s := vote()
	d.must(s.SetUint64([]byte("CurrentTerm"), 7))
	d.must(s.Close())
	d.cut()
	s = vote()
	if n := term(s); n != 7 {
		t.Errorf("term %d, want the 7 that was synced", n)
	}
	d.must(s.Close())
	// A store that forgets its sync loses the term.
	honest := d.disk
	d.disk = func(a guard.Access) (func(error) error, error) {
		if a.Op == guard.Sync {
			return nil, nil
		}
		return honest(a)
	}
	s = vote()
	d.must(s.SetUint64([]byte("CurrentTerm"), 8))
	d.must(s.Close())
	d.cut()
	s = vote()
	defer s.Close()
	if n := term(s); n != 7 {
		t.Errorf("term %d, want 7: 8 was never synced", n)
	}
}

// While another write goes on, a sync covers those that have ended.
func TestASyncCoversWhatHasEnded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.write("a", "0000", true)
	d.must(d.disk.SyncDir(d.dir))
	f, err := os.OpenFile(d.path("a"), os.O_RDWR, 0)
	d.must(err)
	defer f.Close()
	done, err := d.disk.Begin(guard.Access{Op: guard.Write, Path: f.Name(), File: f, Offset: 2, Size: 1})
	d.must(err)
	d.must(d.disk.WriteAt(f, []byte("1"), 0))
	d.must(d.disk.Sync(f))
	_, err = f.WriteAt([]byte("1"), 2)
	d.must(guard.End(done, err))
	if left := d.cut()["a"]; !bytes.Equal([]byte(left), []byte("1000")) {
		t.Errorf("left %q", left)
	}
}
