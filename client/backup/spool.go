package backup

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// spool keeps differences in a temporary file, so that a plan may be larger than memory.
// On the systems where a file needs no name it has none, and goes with the process.
type spool struct {
	file *os.File
	out  *bufio.Writer
}

func newSpool() (*spool, error) {
	file, err := os.CreateTemp("", "kv-restore-*") // mode 0600
	if err != nil {
		return nil, spoolError(err)
	}
	_ = os.Remove(file.Name()) // else close does it
	return &spool{file, bufio.NewWriterSize(file, 64<<10)}, nil
}

func spoolError(err error) error {
	return fmt.Errorf("keep the differences in a temporary file: %w; TMPDIR names another folder for it", err)
}

func (s *spool) close() error {
	err := s.file.Close()
	if removed := os.Remove(s.file.Name()); removed != nil && !errors.Is(removed, os.ErrNotExist) {
		return errors.Join(err, removed)
	}
	return err
}

// add keeps one more: kind, revision, and key and value with their lengths before them.
func (s *spool) add(d Difference) error {
	b := binary.AppendUvarint([]byte{byte(d.Kind)}, d.ModRevision)
	b = append(binary.AppendUvarint(b, uint64(len(d.Key))), d.Key...)
	b = append(binary.AppendUvarint(b, uint64(len(d.Value))), d.Value...)
	if _, err := s.out.Write(b); err != nil {
		return spoolError(err)
	}
	return nil
}

// all yields what was added, from the beginning.
func (s *spool) all() iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		if err := s.out.Flush(); err != nil {
			yield(Difference{}, spoolError(err))
			return
		}
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			yield(Difference{}, spoolError(err))
			return
		}
		in := bufio.NewReaderSize(s.file, 64<<10)
		for {
			d, err := readDifference(in)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Difference{}, spoolError(err))
				return
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

func readDifference(in *bufio.Reader) (d Difference, err error) {
	kind, err := in.ReadByte()
	if err != nil {
		return d, err // the end, if it is io.EOF
	}
	d.Kind = Kind(kind)
	var key []byte
	d.ModRevision, err = binary.ReadUvarint(in)
	if err == nil {
		key, err = readBytes(in)
	}
	if err == nil {
		d.Key = string(key)
		d.Value, err = readBytes(in)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return d, err
}

func readBytes(in *bufio.Reader) ([]byte, error) {
	n, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, err
	}
	data := make([]byte, n)
	_, err = io.ReadFull(in, data)
	return data, err
}
