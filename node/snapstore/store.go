// Package snapstore keeps a member's snapshots on disk, in the folders of the
// library's own file store, whose snapshots it reads too. It writes so that the
// log beside it hardly notices, and checks what it reads while it is read.
package snapstore

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"kv/node/guard"
)

// ErrCorrupt is wrapped by what reading a snapshot returns if its bytes are not
// those that were written.
var ErrCorrupt = errors.New("snapshot is damaged")

// retain is how many snapshots stay on disk. Only the newest is used; the one
// before is there for a person to fall back to.
const retain = 2

const (
	folder    = "snapshots"
	metaName  = "meta.json"
	stateName = "state.bin"
	tmpSuffix = ".tmp"
)

// Store is a raft.SnapshotStore that shows the newest snapshot only. The library
// would start from an older one if the newest is damaged; the log between them is
// compacted, and it would then panic, or serve old state. Safe for concurrent use.
type Store struct {
	dir    string
	logger *slog.Logger
	disk   guard.Disk

	// unreadable is the highest index that the name of a snapshot tells whose
	// description could not be read when the store was opened; 0 if there was none.
	unreadable uint64

	mu     sync.Mutex
	newest *record // nil if there is none
}

var _ raft.SnapshotStore = (*Store)(nil)

// Open opens the snapshots in the data folder dir, or makes room for them, and
// removes what a crash in the middle of a snapshot has left. What the store does to
// its files goes through disk, which may be nil.
func Open(dir string, logger *slog.Logger, disk guard.Disk) (*Store, error) {
	s := &Store{dir: filepath.Join(dir, folder), logger: logger, disk: disk}
	if err := disk.Mkdir(s.dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("create snapshots: %w", err)
	}
	// The log is cut for what is in the folder: the folder must be there.
	if err := disk.SyncDir(dir); err != nil {
		return nil, fmt.Errorf("create snapshots: %w", err)
	}
	leftovers, err := filepath.Glob(filepath.Join(s.dir, "*"+tmpSuffix))
	if err != nil {
		return nil, fmt.Errorf("look for unfinished snapshots: %w", err)
	}
	for _, path := range leftovers {
		if err := disk.RemoveAll(path); err != nil {
			return nil, fmt.Errorf("remove unfinished snapshot: %w", err)
		}
	}
	all, left, err := s.scan()
	if err != nil {
		return nil, err
	}
	for _, name := range left {
		var term, index, at uint64
		if n, _ := fmt.Sscanf(name, "%d-%d-%d", &term, &index, &at); n == 3 {
			s.unreadable = max(s.unreadable, index)
		}
	}
	if len(all) > 0 {
		s.newest = all[0]
	}
	return s, nil
}

// Unreadable returns the index up to which a snapshot would reach that was found
// damaged when the store was opened, 0 if there was none. The log has all of it, or
// it is lost.
func (s *Store) Unreadable() uint64 { return s.unreadable }

// scan returns all snapshots, the newest first, and the names of those that are left
// out: one whose description cannot be read is no snapshot.
func (s *Store) scan() (all []*record, left []string, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("list snapshots: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() || strings.HasSuffix(e.Name(), tmpSuffix) {
			continue
		}
		rec, err := readMeta(filepath.Join(s.dir, e.Name()))
		if err != nil {
			s.logger.Warn("snapshot left out", "name", e.Name(), "error", err)
			left = append(left, e.Name())
			continue
		}
		all = append(all, rec)
	}
	slices.SortFunc(all, func(a, b *record) int { return b.compare(a) })
	return all, left, nil
}

// Newest returns the newest snapshot, and false if there is none.
func (s *Store) Newest() (raft.SnapshotMeta, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newest == nil {
		return raft.SnapshotMeta{}, false
	}
	return s.newest.meta, true
}

// List implements raft.SnapshotStore: the newest, or none.
func (s *Store) List() ([]*raft.SnapshotMeta, error) {
	meta, ok := s.Newest()
	if !ok {
		return nil, nil
	}
	return []*raft.SnapshotMeta{&meta}, nil
}

// Open implements raft.SnapshotStore. What is read is checked on the way: the
// last bytes of a damaged snapshot are not given but an error is, see ErrCorrupt.
func (s *Store) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	path := filepath.Join(s.dir, id)
	rec, err := readMeta(path)
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(filepath.Join(path, stateName))
	if err != nil {
		return nil, nil, fmt.Errorf("open snapshot: %w", err)
	}
	return &rec.meta, newReader(f, rec), nil
}

// Create implements raft.SnapshotStore.
func (s *Store) Create(version raft.SnapshotVersion, index, term uint64, configuration raft.Configuration,
	configurationIndex uint64, _ raft.Transport) (raft.SnapshotSink, error) {
	if version != 1 {
		return nil, fmt.Errorf("create snapshot: unknown version %d", version)
	}
	meta := raft.SnapshotMeta{
		Version:            version,
		ID:                 fmt.Sprintf("%d-%d-%d", term, index, time.Now().UnixMilli()),
		Index:              index,
		Term:               term,
		Configuration:      configuration,
		ConfigurationIndex: configurationIndex,
	}
	return newSink(s, meta)
}

// publish makes rec the newest snapshot, unless there is a newer one, and removes
// those that are not kept. What cannot be removed only takes room.
func (s *Store) publish(rec *record) {
	s.mu.Lock()
	if s.newest == nil || rec.compare(s.newest) > 0 {
		s.newest = rec
	}
	s.mu.Unlock()
	all, _, err := s.scan()
	for _, old := range all[min(len(all), retain):] {
		err = errors.Join(err, s.disk.RemoveAll(filepath.Join(s.dir, old.meta.ID)))
	}
	if err != nil {
		s.logger.Warn("remove old snapshots", "error", err)
	}
}
