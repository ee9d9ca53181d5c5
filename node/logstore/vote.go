package logstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A vote file is two equal slots, each alone in its page and within one sector:
//
//	0    4     8          16      24         32     34          34+n   508   512
//	| magic | 0 | sequence | term | vote term | n | candidate | zeros | CRC32C |
const (
	slotMagic   = 0x6b76_7631
	slotBytes   = 512
	slotStride  = 4096
	voteBytes   = slotStride + slotBytes
	candidateAt = 34
	maxCand     = slotBytes - 4 - candidateAt
)

type vote struct {
	sequence, term, voteTerm uint64
	candidate                string
}

// newest chooses between the slots. One write and one sync cover both, and a
// sector is written whole or not at all: a crash leaves in each the old vote or
// the new. So an acknowledged vote is in both, either one of them is as good, and
// a bad slot is damage that the other makes good.
func newest(a vote, okA bool, b vote, okB bool) (vote, error) {
	switch {
	case !okA && !okB:
		return vote{}, errors.New("neither slot has its checksum")
	case !okB:
		return a, nil
	case !okA:
		return b, nil
	case a == b, a.sequence == b.sequence+1:
		return a, nil
	case b.sequence == a.sequence+1:
		return b, nil
	}
	return vote{}, fmt.Errorf("slots hold writes %d and %d", a.sequence, b.sequence)
}

func encodeVotes(v vote) []byte {
	b := make([]byte, voteBytes)
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
