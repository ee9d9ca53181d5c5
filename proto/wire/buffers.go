package wire

import (
	"math/bits"
	"sync"

	"google.golang.org/grpc/mem"
)

// Buffers is where encoded messages are kept while they are sent or decoded. It is safe
// for concurrent use.
//
// gRPC's own pool has rooms of 32 KiB and the next of 1 MiB, and clears the whole of a
// room before each use: for a message of 75 KB, as 256 clients make them, that costs as
// much as all else that is done with its bytes. Here a room is at most twice as large as
// what is in it, and holds what the last one left there: a buffer is only to be read
// where it was written.
var Buffers mem.BufferPool = new(buffers)

// Encode has encode append a message of size bytes to a room of Buffers, which is given
// back when gRPC has sent it.
func Encode(size int, encode func(room []byte) ([]byte, error)) (mem.BufferSlice, error) {
	room := Buffers.Get(size)
	data, err := encode((*room)[:0])
	if err != nil {
		Buffers.Put(room)
		return nil, err
	}
	*room = data
	return mem.BufferSlice{mem.NewBuffer(room, Buffers)}, nil
}

// The rooms have powers of two of bytes. Smaller ones the garbage collector keeps as
// well, larger ones are too rare to be worth their memory.
const (
	smallestRoom = 10
	largestRoom  = 23
)

// buffers has a pool for each size from 1<<smallestRoom to 1<<largestRoom.
type buffers [largestRoom - smallestRoom + 1]sync.Pool

// Get implements mem.BufferPool.
func (b *buffers) Get(length int) *[]byte {
	room := max(bits.Len(uint(max(length, 1)-1)), smallestRoom)
	if room > largestRoom {
		fresh := make([]byte, length)
		return &fresh
	}
	if used, ok := b[room-smallestRoom].Get().(*[]byte); ok {
		*used = (*used)[:length]
		return used
	}
	fresh := make([]byte, length, 1<<room)
	return &fresh
}

// Put implements mem.BufferPool.
func (b *buffers) Put(used *[]byte) {
	if room := bits.Len(uint(cap(*used))) - 1; smallestRoom <= room && room <= largestRoom {
		b[room-smallestRoom].Put(used)
	}
}
