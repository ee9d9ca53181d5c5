package logstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"

	"github.com/hashicorp/raft"
)

// A frame starts on a sector and fills whole sectors. Byte 0 of each sector is
// a mark that is never zero, so a sector of zeros was never written, whatever
// the entries hold:
//
//	0      1         512    513
//	| 0xB1 | stream  | 0xB2 | stream ... zeros |
//
// The stream of a frame (little endian):
//
//	0       4      8         16      24       28       32        36
//	| magic | kind | segment | first | count  | length | CRC32C  | CRC32C  | payload
//	                                                    of payload of header
const (
	sector      = 512
	perSector   = sector - 1
	markFirst   = 0xb1
	markNext    = 0xb2
	frameMagic  = 0x6b76_6c31
	frameHeader = 40

	kindOpen     = 1 // first frame of a segment, first = next index, no entries
	kindEntries  = 2
	kindTruncate = 3 // entries from first on are withdrawn
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errFrame = errors.New("frame is not whole")

type frame struct {
	kind    uint32
	segment uint64 // number of the file it was written to
	first   uint64 // index
	count   uint32
	payload []byte // of a decoded frame
}

func sectorsFor(stream int) int { return (stream + perSector - 1) / perSector }

// encoder builds one frame at a time in buffers that it keeps.
type encoder struct{ stream, disk []byte }

const keepBuffer = 4 << 20 // larger buffers are left to the garbage collector

func (e *encoder) begin() {
	if cap(e.stream) > keepBuffer {
		*e = encoder{}
	}
	e.stream = append(e.stream[:0], make([]byte, frameHeader)...)
}

// add appends an entry and returns its place in the stream.
func (e *encoder) add(l *raft.Log) (off, n int) {
	off = len(e.stream)
	e.stream = appendEntry(e.stream, l)
	return off, len(e.stream) - off
}

// size returns the bytes on disk of the frame so far.
func (e *encoder) size() int64 { return int64(sectorsFor(len(e.stream))) * sector }

// finish returns the frame's bytes on disk, valid until the next begin.
func (e *encoder) finish(f frame) []byte {
	s := e.stream
	binary.LittleEndian.PutUint32(s, frameMagic)
	binary.LittleEndian.PutUint32(s[4:], f.kind)
	binary.LittleEndian.PutUint64(s[8:], f.segment)
	binary.LittleEndian.PutUint64(s[16:], f.first)
	binary.LittleEndian.PutUint32(s[24:], f.count)
	binary.LittleEndian.PutUint32(s[28:], uint32(len(s)-frameHeader))
	binary.LittleEndian.PutUint32(s[32:], crc32.Checksum(s[frameHeader:], castagnoli))
	binary.LittleEndian.PutUint32(s[36:], crc32.Checksum(s[:36], castagnoli))
	e.disk = e.disk[:0]
	mark := byte(markFirst)
	for ; len(s) > 0; mark = markNext {
		n := min(perSector, len(s))
		e.disk = append(append(e.disk, mark), s[:n]...)
		s = s[n:]
	}
	e.disk = append(e.disk, make([]byte, int(e.size())-len(e.disk))...)
	return e.disk
}

// frameSize returns the bytes on disk of the frame whose header b starts with.
func frameSize(b []byte) (int, bool) {
	if len(b) < sector || b[0] != markFirst {
		return 0, false
	}
	h := b[1 : 1+frameHeader]
	if binary.LittleEndian.Uint32(h) != frameMagic || binary.LittleEndian.Uint32(h[36:]) != crc32.Checksum(h[:36], castagnoli) {
		return 0, false
	}
	return sectorsFor(frameHeader+int(binary.LittleEndian.Uint32(h[28:]))) * sector, true
}

// decodeFrame reads the frame at the start of b and verifies every byte of it. Its
// payload is in room, which grows, and is valid until that is used again.
func decodeFrame(b []byte, room *[]byte) (frame, int, error) {
	size, ok := frameSize(b)
	if !ok || size > len(b) {
		return frame{}, 0, errFrame
	}
	s := slices.Grow((*room)[:0], size)
	*room = s
	for at := 0; at < size; at += sector {
		if at > 0 && b[at] != markNext {
			return frame{}, 0, errFrame
		}
		s = append(s, b[at+1:at+sector]...)
	}
	n := int(binary.LittleEndian.Uint32(s[28:]))
	f := frame{
		kind: binary.LittleEndian.Uint32(s[4:]), segment: binary.LittleEndian.Uint64(s[8:]),
		first: binary.LittleEndian.Uint64(s[16:]), count: binary.LittleEndian.Uint32(s[24:]),
		payload: s[frameHeader : frameHeader+n],
	}
	if binary.LittleEndian.Uint32(s[32:]) != crc32.Checksum(f.payload, castagnoli) || !allZero(s[frameHeader+n:]) {
		return frame{}, 0, errFrame
	}
	return f, size, nil
}

func allZero(b []byte) bool {
	for ; len(b) > sector; b = b[sector:] {
		if !bytes.Equal(b[:sector], zeros[:sector]) {
			return false
		}
	}
	return bytes.Equal(b, zeros[:len(b)])
}
