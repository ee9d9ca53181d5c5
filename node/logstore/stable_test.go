package logstore

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

type ballot struct {
	term, voteTerm uint64
	candidate      string
}

func openStable(t testing.TB, path string, o Options) *Stable {
	t.Helper()
	s, err := OpenStable(path, o)
	if err != nil {
		t.Fatalf("open vote: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func read(t testing.TB, s *Stable) ballot {
	t.Helper()
	var b ballot
	var errs [3]error
	var c []byte
	b.term, errs[0] = s.GetUint64([]byte(keyCurrentTerm))
	b.voteTerm, errs[1] = s.GetUint64([]byte(keyLastVoteTerm))
	c, errs[2] = s.Get([]byte(keyLastVoteCand))
	b.candidate = string(c)
	for _, err := range errs {
		if err != nil && err.Error() != "not found" { // as Raft compares
			t.Fatal(err)
		}
	}
	return b
}

func (b ballot) store(s *Stable) error { // in Raft's order: setCurrentTerm, persistVote
	return errors.Join(s.SetUint64([]byte(keyCurrentTerm), b.term),
		s.SetUint64([]byte(keyLastVoteTerm), b.voteTerm), s.Set([]byte(keyLastVoteCand), []byte(b.candidate)))
}

func TestVoteSurvivesReopen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vote")
	s := openStable(t, path, Options{})
	if got := read(t, s); got != (ballot{}) {
		t.Fatalf("new file holds %+v", got)
	}
	for i := range uint64(5) {
		want := ballot{i + 1, i + 1, strings.Repeat("n", int(i)*118+1)}
		if err := want.store(s); err != nil {
			t.Fatal(err)
		}
		s.Close()
		s = openStable(t, path, Options{})
		if got := read(t, s); got != want {
			t.Fatalf("found %+v, expected %+v", got, want)
		}
	}
	for _, err := range []error{s.Set([]byte("x"), nil), s.SetUint64([]byte("x"), 1),
		s.Set([]byte(keyLastVoteCand), nil), s.Set([]byte(keyLastVoteCand), make([]byte, 475))} {
		if err == nil {
			t.Error("a wrong value was taken")
		}
	}
}

// TestRow6VoteAndTermAreOneRecord (hashicorp/raft#661): Raft writes the term of a
// vote and its candidate with two calls. A crash between them, or anywhere else,
// must not leave the new term with the old candidate, nor take back a vote.
func TestRow6VoteAndTermAreOneRecord(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var d disk
	var allowed []ballot // what a crash at this moment may leave
	allow := func(b ...ballot) { d.mark(func() { allowed = b }) }
	dir := t.TempDir()
	open := func() *Stable { return openStable(t, filepath.Join(dir, "vote"), Options{trace: d.trace}) }
	allow(ballot{})
	s := open()
	was := ballot{}
	for term := uint64(1); term <= 6; term++ {
		mid, now := was, ballot{term, term, []string{"a", "b"}[term%2]}
		mid.term = term
		allow(was, mid)
		if err := s.SetUint64([]byte(keyCurrentTerm), term); err != nil {
			t.Fatal(err)
		}
		allow(mid)
		if err := s.SetUint64([]byte(keyLastVoteTerm), term); err != nil {
			t.Fatal(err)
		}
		if term == 4 { // killed here: the half vote is forgotten
			s.Close()
			s = open()
			now = mid
			if got := read(t, s); got != mid {
				t.Fatalf("half a vote is kept: %+v", got)
			}
		} else {
			allow(mid, now)
			if err := s.Set([]byte(keyLastVoteCand), []byte(now.candidate)); err != nil {
				t.Fatal(err)
			}
		}
		allow(now)
		was = now
	}
	again := filepath.Join(t.TempDir(), "v")
	d.failures(nil, func(m *image) {
		for _, lose := range fates(r) {
			put(t, again, m.crash(lose))
			s := openStable(t, filepath.Join(again, "vote"), Options{})
			got, ok := read(t, s), len(allowed) == 0
			for _, b := range allowed {
				ok = ok || got == b
			}
			if !ok {
				t.Fatalf("a crash left %+v, expected one of %+v", got, allowed)
			}
			s.Close()
		}
	})
}

// TestEveryFlippedBitOfTheVote: one of the slots makes the other good.
func TestEveryFlippedBitOfTheVote(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vote")
	s := openStable(t, path, Options{})
	want := ballot{7, 7, "n1"}
	if err := errors.Join(ballot{6, 6, "n2"}.store(s), want.store(s), s.Close()); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(image) * 8 {
		if between := bit >= slotBytes*8 && bit < slotStride*8; between && bit%97 > 0 {
			continue // unused
		}
		flipped := bytes.Clone(image)
		flipped[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		s := openStable(t, path, Options{})
		if got := read(t, s); got != want {
			t.Fatalf("bit %d: found %+v", bit, got)
		}
		s.Close()
	}
}

func TestTwoBadSlotsAreRefused(t *testing.T) {
	t.Parallel()
	v := vote{sequence: 5, term: 7}
	older := vote{sequence: 3, term: 6}
	both := encodeVotes(v)
	both[20] ^= 1
	both[slotStride+40] ^= 1
	apart := encodeVotes(v)
	copy(apart[slotStride:], encodeVotes(older)[:slotBytes])
	for name, data := range map[string][]byte{"both": both, "apart": apart, "empty": {}, "short": both[:100]} {
		path := filepath.Join(t.TempDir(), "vote")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenStable(path, Options{}); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := os.ReadFile(path); !bytes.Equal(got, data) || err != nil {
			t.Errorf("%s: a refused file was changed, %v", name, err)
		}
	}
}

func TestFailedVoteIsFatal(t *testing.T) {
	t.Parallel()
	for _, bad := range []Op{OpWrite, OpSync} {
		broken, told := false, 0
		var s *Stable
		s = openStable(t, filepath.Join(t.TempDir(), "vote"), Options{
			OnFatal: func(error) { told++; s.Close() },
			Hook: func(op Op, _ string) error {
				if broken && op == bad {
					return syscall.ENOSPC
				}
				return nil
			},
		})
		broken = true
		if err := s.SetUint64([]byte(keyCurrentTerm), 3); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", bad, err)
		}
		broken = false
		if err := s.SetUint64([]byte(keyCurrentTerm), 3); err == nil || told != 1 {
			t.Errorf("%s: after it %v, OnFatal called %d times", bad, err, told)
		}
		if _, err := s.GetUint64([]byte(keyCurrentTerm)); err == nil {
			t.Errorf("%s: a term was read after it", bad)
		}
	}
}
