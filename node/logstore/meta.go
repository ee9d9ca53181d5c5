package logstore

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
)

// meta says which segments make the log, so that a lost file is noticed:
//
//	0       4   8               16             24            32       36
//	| magic | 0 | first segment | last segment | first index | CRC32C |
type meta struct {
	firstSegment, lastSegment uint64
	first                     uint64 // index; 0: whatever the first frame holds
}

const (
	metaMagic = 0x6b76_6d31
	metaBytes = 36
	metaFile  = "meta"
)

func (m meta) encode() []byte {
	b := make([]byte, metaBytes)
	binary.LittleEndian.PutUint32(b, metaMagic)
	binary.LittleEndian.PutUint64(b[8:], m.firstSegment)
	binary.LittleEndian.PutUint64(b[16:], m.lastSegment)
	binary.LittleEndian.PutUint64(b[24:], m.first)
	binary.LittleEndian.PutUint32(b[32:], crc32.Checksum(b[:32], castagnoli))
	return b
}

func readMeta(dir string) (meta, error) {
	path := filepath.Join(dir, metaFile)
	b, err := os.ReadFile(path)
	if err != nil {
		return meta{}, fmt.Errorf("read log meta: %w", err)
	}
	if len(b) != metaBytes || binary.LittleEndian.Uint32(b) != metaMagic {
		return meta{}, corrupt(path, 0, "this is no meta file")
	}
	want, got := binary.LittleEndian.Uint32(b[32:]), crc32.Checksum(b[:32], castagnoli)
	if want != got {
		return meta{}, corrupt(path, 32, "checksum: expected %08x, found %08x", want, got)
	}
	return meta{binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[24:])}, nil
}
