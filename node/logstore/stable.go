package logstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"

	"github.com/hashicorp/raft"
)

// errNotFound has the text Raft compares with (raft api.go, raft.go, requestVote).
var errNotFound = errors.New("not found")

// The keys Raft writes (raft.go: keyCurrentTerm and the two after it).
const (
	keyCurrentTerm  = "CurrentTerm"
	keyLastVoteTerm = "LastVoteTerm"
	keyLastVoteCand = "LastVoteCand"
)

// A vote file is two equal slots, each alone in its page:
//
//	0    4     8          16      24         32     34          34+n   508   512
//	| magic | 0 | sequence | term | vote term | n | candidate | zeros | CRC32C |
const (
	slotMagic   = 0x6b76_7631
	slotBytes   = 512
	slotStride  = 4096
	candidateAt = 34
	maxCand     = slotBytes - 4 - candidateAt
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type vote struct {
	sequence, term, voteTerm uint64
	candidate                string
}

// Stable keeps Raft's term and vote. LastVoteTerm is held back until
// LastVoteCand comes, so that a crash cannot part them (hashicorp/raft#661).
// It is safe for concurrent use.
type Stable struct {
	o     Options
	fence fence

	mu      sync.Mutex // guards what follows
	file    *os.File   // nil once closed
	vote    vote
	pending uint64 // LastVoteTerm waiting for its candidate, 0 if none
}

var _ raft.StableStore = (*Stable)(nil)

// OpenStable opens the vote file at path, or makes one. Damage that could hide
// a vote gives ErrCorrupt.
func OpenStable(path string, o Options) (*Stable, error) {
	o = o.withDefaults()
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := o.writeAtomic(path, encodeVotes(vote{}), 0o600); err != nil {
			return nil, fmt.Errorf("create vote file: %w", err)
		}
	}
	f, err := o.open(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("open vote file: %w", err)
	}
	s := &Stable{o: o, file: f}
	s.fence.onFatal = o.OnFatal
	if err := s.load(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

func (s *Stable) load() error {
	data, err := io.ReadAll(io.NewSectionReader(s.file, 0, 2*slotStride))
	if err != nil {
		return fmt.Errorf("read vote file: %w", err)
	}
	data = append(data, make([]byte, 2*slotStride-len(data))...)
	a, okA := decodeVote(data[:slotBytes])
	b, okB := decodeVote(data[slotStride:][:slotBytes])
	switch {
	case okA && okB && a != b && a.sequence != b.sequence+1:
		return corrupt(s.file.Name(), 0, "slots hold writes %d and %d", a.sequence, b.sequence)
	case okA:
		s.vote = a // never older than b: it is written first
	case okB:
		s.vote = b // a's write was never acknowledged, or it equalled b
	default:
		return corrupt(s.file.Name(), 0, "neither slot has its checksum")
	}
	if okA && okB && a == b {
		return nil
	}
	return s.write(s.vote)
}

// write puts v into both slots, one after the other, so that at every moment
// one of them is whole, and after it a loss of either loses nothing.
func (s *Stable) write(v vote) error {
	data := encodeVotes(v)
	for _, at := range []int64{0, slotStride} {
		if err := s.o.writeAt(s.file, data[at:at+slotBytes], at); err != nil {
			return fmt.Errorf("write vote: %w", err)
		}
		if err := s.o.sync(s.file); err != nil {
			return fmt.Errorf("write vote: %w", err)
		}
	}
	return nil
}

func encodeVotes(v vote) []byte {
	b := make([]byte, 2*slotStride)
	binary.LittleEndian.PutUint32(b, slotMagic)
	binary.LittleEndian.PutUint64(b[8:], v.sequence)
	binary.LittleEndian.PutUint64(b[16:], v.term)
	binary.LittleEndian.PutUint64(b[24:], v.voteTerm)
	binary.LittleEndian.PutUint16(b[32:], uint16(len(v.candidate)))
	copy(b[candidateAt:slotBytes-4], v.candidate)
	binary.LittleEndian.PutUint32(b[slotBytes-4:], crc32.Checksum(b[:slotBytes-4], castagnoli))
	copy(b[slotStride:], b[:slotBytes])
	return b
}

func decodeVote(b []byte) (vote, bool) {
	n := int(binary.LittleEndian.Uint16(b[32:]))
	if binary.LittleEndian.Uint32(b) != slotMagic || n > maxCand ||
		binary.LittleEndian.Uint32(b[slotBytes-4:]) != crc32.Checksum(b[:slotBytes-4], castagnoli) {
		return vote{}, false
	}
	return vote{
		sequence:  binary.LittleEndian.Uint64(b[8:]),
		term:      binary.LittleEndian.Uint64(b[16:]),
		voteTerm:  binary.LittleEndian.Uint64(b[24:]),
		candidate: string(b[candidateAt:][:n]),
	}, true
}

// change applies edit to the vote and makes the result durable.
func (s *Stable) change(edit func(*vote) (durable bool, err error)) error {
	defer s.fence.tell()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	v := s.vote
	durable, err := edit(&v)
	if err != nil || !durable {
		return err
	}
	v.sequence++
	if err := s.write(v); err != nil {
		return s.fence.trip(err)
	}
	s.vote = v
	return nil
}

func (s *Stable) usable() error {
	if s.file == nil {
		return ErrClosed
	}
	return s.fence.err()
}

// Set stores LastVoteCand, with the LastVoteTerm set before it. A candidate is
// at most 474 bytes; other keys are refused.
func (s *Stable) Set(key, value []byte) error {
	return s.change(func(v *vote) (bool, error) {
		if string(key) != keyLastVoteCand || len(value) > maxCand {
			return false, fmt.Errorf("set %q: unknown key, or %d bytes are too many", key, len(value))
		}
		if s.pending != 0 {
			v.voteTerm, s.pending = s.pending, 0
		}
		v.candidate = string(value)
		return true, nil
	})
}

// SetUint64 stores CurrentTerm, or holds LastVoteTerm for Set.
func (s *Stable) SetUint64(key []byte, value uint64) error {
	return s.change(func(v *vote) (bool, error) {
		switch string(key) {
		case keyCurrentTerm:
			v.term = value
			return true, nil
		case keyLastVoteTerm:
			s.pending = value
			return false, nil
		}
		return false, fmt.Errorf("set %q: unknown key", key)
	})
}

// Get returns LastVoteCand, or the error "not found" that Raft expects.
// The caller owns the slice.
func (s *Stable) Get(key []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return nil, err
	}
	if string(key) != keyLastVoteCand || s.vote.candidate == "" {
		return nil, errNotFound
	}
	return []byte(s.vote.candidate), nil
}

// GetUint64 returns CurrentTerm or LastVoteTerm as last made durable, or the
// error "not found" that Raft expects.
func (s *Stable) GetUint64(key []byte) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return 0, err
	}
	value := map[string]uint64{keyCurrentTerm: s.vote.term, keyLastVoteTerm: s.vote.voteTerm}[string(key)]
	if value == 0 {
		return 0, errNotFound
	}
	return value, nil
}

// Close ends the store. It is idempotent and safe for concurrent use.
func (s *Stable) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}
