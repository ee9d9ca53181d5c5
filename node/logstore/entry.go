package logstore

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"time"

	"github.com/hashicorp/raft"
)

// The payload of a frame is its entries, little endian:
//
//	0        4      8       16     24     25            33          37         41
//	| CRC32C | size | index | term | type | appended at | data size | ext size | data, ext
//
// The checksum covers all after it, the size all of the entry.
const entryHeader = 41

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
