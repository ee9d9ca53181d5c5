package term

import (
	"bytes"
	"io"
	"sync/atomic"

	"github.com/chzyer/readline"
)

// keyReader is the terminal as readline reads it. One goroutine reads; Close may
// be called by another and ends a Read that waits.
type keyReader struct {
	in     *readline.CancelableStdin
	filter keyFilter
	raw    [1024]byte
	out    bytes.Buffer
	ended  atomic.Bool // the terminal hung up or Close was called
}

func newKeyReader(in io.Reader) *keyReader {
	return &keyReader{in: readline.NewCancelableStdin(in)}
}

// Read returns filtered bytes.
func (r *keyReader) Read(p []byte) (int, error) {
	for r.out.Len() == 0 {
		n, err := r.in.Read(r.raw[:])
		r.out.Write(r.filter.feed(nil, r.raw[:n]))
		if err != nil {
			r.ended.Store(true)
			return 0, err
		}
	}
	return r.out.Read(p)
}

// Close ends the reading.
func (r *keyReader) Close() error {
	r.ended.Store(true)
	return r.in.Close()
}
