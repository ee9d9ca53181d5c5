package logstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"time"

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
//
// The payload has count entries:
//
//	0        4       8       16     24     25            33      37      41
//	| CRC32C | size  | index | term | type | appended at | data  | ext   | data, ext
const (
	sector      = 512
	perSector   = sector - 1
	markFirst   = 0xb1
	markNext    = 0xb2
	frameMagic  = 0x6b76_6c31
	frameHeader = 40
	entryHeader = 41

	kindOpen     = 1 // first frame of a segment, first = next index, no entries
	kindEntries  = 2
	kindTruncate = 3 // entries from first on are withdrawn
)

var errFrame = errors.New("frame is not whole")

type frame struct {
	kind    uint32
	segment uint64
	first   uint64
	count   uint32
	payload []byte
}

func sectorsFor(stream int) int { return (stream + perSector - 1) / perSector }

func encodeFrame(f frame) []byte {
	s := make([]byte, frameHeader, frameHeader+len(f.payload))
	for i, v := range []uint32{frameMagic, f.kind} {
		binary.LittleEndian.PutUint32(s[4*i:], v)
	}
	binary.LittleEndian.PutUint64(s[8:], f.segment)
	binary.LittleEndian.PutUint64(s[16:], f.first)
	binary.LittleEndian.PutUint32(s[24:], f.count)
	binary.LittleEndian.PutUint32(s[28:], uint32(len(f.payload)))
	binary.LittleEndian.PutUint32(s[32:], crc32.Checksum(f.payload, castagnoli))
	binary.LittleEndian.PutUint32(s[36:], crc32.Checksum(s[:36], castagnoli))
	s = append(s, f.payload...)
	out := make([]byte, sectorsFor(len(s))*sector)
	for i := 0; i*perSector < len(s); i++ {
		out[i*sector] = markNext
		copy(out[i*sector+1:(i+1)*sector], s[i*perSector:])
	}
	out[0] = markFirst
	return out
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

// decodeFrame reads the frame at the start of b and verifies every byte of it.
func decodeFrame(b []byte) (frame, int, error) {
	size, ok := frameSize(b)
	if !ok || size > len(b) {
		return frame{}, 0, errFrame
	}
	s := make([]byte, 0, size)
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
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func appendEntry(b []byte, l *raft.Log) []byte {
	start := len(b)
	at := int64(math.MinInt64) // the zero time
	if !l.AppendedAt.IsZero() {
		at = l.AppendedAt.UnixNano()
	}
	b = append(b, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(entryHeader+len(l.Data)+len(l.Extensions)))
	b = binary.LittleEndian.AppendUint64(b, l.Index)
	b = binary.LittleEndian.AppendUint64(b, l.Term)
	b = append(b, byte(l.Type))
	b = binary.LittleEndian.AppendUint64(b, uint64(at))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(l.Data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(l.Extensions)))
	b = append(append(b, l.Data...), l.Extensions...)
	binary.LittleEndian.PutUint32(b[start:], crc32.Checksum(b[start+4:], castagnoli))
	return b
}

// decodeEntry reads the entry at the start of b, which it shares, and its size.
func decodeEntry(b []byte, l *raft.Log) (int, error) {
	if len(b) < entryHeader {
		return 0, fmt.Errorf("entry has %d bytes", len(b))
	}
	size := int(binary.LittleEndian.Uint32(b[4:]))
	n, x := int(binary.LittleEndian.Uint32(b[33:])), int(binary.LittleEndian.Uint32(b[37:]))
	if size > len(b) || size != entryHeader+n+x {
		return 0, fmt.Errorf("entry size is %d of %d bytes", size, len(b))
	}
	want, got := binary.LittleEndian.Uint32(b), crc32.Checksum(b[4:size], castagnoli)
	if want != got {
		return 0, fmt.Errorf("entry checksum: expected %08x, found %08x", want, got)
	}
	*l = raft.Log{Index: binary.LittleEndian.Uint64(b[8:]), Term: binary.LittleEndian.Uint64(b[16:]), Type: raft.LogType(b[24])}
	if at := int64(binary.LittleEndian.Uint64(b[25:])); at != math.MinInt64 {
		l.AppendedAt = time.Unix(0, at)
	}
	if n > 0 {
		l.Data = b[entryHeader : entryHeader+n : entryHeader+n]
	}
	if x > 0 {
		l.Extensions = b[entryHeader+n : size : size]
	}
	return size, nil
}
