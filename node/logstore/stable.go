package logstore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/hashicorp/raft"

	"kv/node/planted"
)

// errNotFound has the text Raft compares with (raft api.go, raft.go, requestVote).
var errNotFound = errors.New("not found")

// The keys Raft writes (raft.go: keyCurrentTerm and the two after it).
const (
	keyCurrentTerm  = "CurrentTerm"
	keyLastVoteTerm = "LastVoteTerm"
	keyLastVoteCand = "LastVoteCand"
)

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

// load reads the vote and writes it again: a process that ended between a write
// and its sync leaves a vote that only memory holds.
func (s *Stable) load() error {
	data, err := io.ReadAll(io.NewSectionReader(s.file, 0, voteBytes))
	if err != nil {
		return fmt.Errorf("read vote file: %w", err)
	}
	data = append(data, make([]byte, voteBytes-len(data))...)
	a, okA := decodeVote(data[:slotBytes])
	b, okB := decodeVote(data[slotStride:])
	if s.vote, err = newest(a, okA, b, okB); err != nil {
		return corrupt(s.file.Name(), 0, "%v", err)
	}
	if planted.ForgottenVote {
		s.vote = vote{}
	}
	return s.write(s.vote)
}

// write makes v durable in both slots.
func (s *Stable) write(v vote) error {
	if err := s.o.writeAt(s.file, encodeVotes(v), 0); err != nil {
		return fmt.Errorf("write vote: %w", err)
	}
	if err := s.o.sync(s.file); err != nil {
		return fmt.Errorf("write vote: %w", err)
	}
	return nil
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

// Set stores LastVoteCand, with the LastVoteTerm set before it. A candidate is 1
// to 474 bytes, since Raft takes an empty one for no vote; other keys are refused.
func (s *Stable) Set(key, value []byte) error {
	return s.change(func(v *vote) (bool, error) {
		if string(key) != keyLastVoteCand {
			return false, fmt.Errorf("set %q: unknown key", key)
		}
		if len(value) == 0 || len(value) > maxCand {
			return false, fmt.Errorf("set %q: %d bytes, expected 1 to %d", key, len(value), maxCand)
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
	value := uint64(0)
	switch string(key) {
	case keyCurrentTerm:
		value = s.vote.term
	case keyLastVoteTerm:
		value = s.vote.voteTerm
	}
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
