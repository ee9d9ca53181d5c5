package term

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	historyMost = 1 << 20  // bytes that are kept of a history file that has grown to twice as much
	entryMost   = 64 << 10 // bytes of a text that goes into the file
	lockWait    = 200 * time.Millisecond
)

// newlineMark stands for a newline in the file, where a text is one line. It is a
// private code point, so that all else is written as it was typed.
const newlineMark = "\U0010F000"

// history is what was typed before, the newest last: the file, which other shells write
// too, and what could not be written. Each text is appended by one write under a lock, so
// that two shells lose nothing of one another. One goroutine uses it.
//
// The commands do not depend on it: with an error it goes on in memory.
type history struct {
	path    string // "" for none
	entries []string
	file    os.FileInfo // the file that was read, nil before
	read    int64       // bytes of it that were read
}

// openHistory reads a history file; path may be "". The file is made, with its folder,
// readable by its owner alone: values are typed into it.
func openHistory(path string) *history {
	h := &history{path: path}
	if path == "" {
		return h
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		h.path = target
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return h
	}
	if f, err := h.open(); err == nil {
		_ = f.Close()
	}
	h.refresh()
	return h
}

func (h *history) open() (*os.File, error) {
	f, err := os.OpenFile(h.path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	_ = f.Chmod(0o600)
	return f, nil
}

// add remembers a text. One that begins with a space is not kept, as in other shells,
// nor is an empty one, or the same again.
func (h *history) add(text string) {
	text = trimBlanks(text)
	if text == "" || text[0] == ' ' {
		return
	}
	if h.path != "" {
		h.refresh()
	}
	if n := len(h.entries); n > 0 && h.entries[n-1] == text {
		return
	}
	if h.path == "" || len(text) > entryMost || h.write(text) != nil {
		h.take(text)
		return
	}
	h.refresh()
}

// trimBlanks removes blanks at the end, but none that a backslash makes part of a word.
func trimBlanks(text string) string {
	trimmed := strings.TrimRight(text, " \t\n")
	if strings.HasSuffix(trimmed, `\`) {
		return text
	}
	return trimmed
}

// take adds an entry in memory.
func (h *history) take(text string) {
	if n := len(h.entries); n == 0 || h.entries[n-1] != text {
		h.entries = append(h.entries, text)
	}
}

// refresh reads what shells have written since the last time.
func (h *history) refresh() {
	if h.path == "" {
		return
	}
	f, err := os.Open(h.path)
	if err != nil {
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return
	}
	if h.file == nil || !os.SameFile(h.file, info) || info.Size() < h.read {
		h.entries, h.read = nil, 0 // another shell has shortened it
	}
	h.file = info
	if info.Size() == h.read {
		return
	}
	data := make([]byte, info.Size()-h.read)
	n, _ := f.ReadAt(data, h.read)
	data = data[:n]
	end := bytes.LastIndexByte(data, '\n') + 1
	h.read += int64(end)
	for line := range strings.Lines(string(data[:end])) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			h.take(strings.ReplaceAll(strings.ToValidUTF8(line, "\ufffd"), newlineMark, "\n"))
		}
	}
}

// write appends a text to the file.
func (h *history) write(text string) error {
	unlock := h.lock()
	defer unlock()
	f, err := h.open()
	if err != nil {
		return err
	}
	defer f.Close()
	line := strings.ReplaceAll(text, "\n", newlineMark) + "\n"
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var last [1]byte
	if n, _ := f.ReadAt(last[:], info.Size()-1); n == 1 && last[0] != '\n' {
		line = "\n" + line // the file ends in half a line, for want of room
	}
	if _, err := f.WriteString(line); err != nil {
		return err
	}
	if info.Size() > 2*historyMost {
		h.shorten(f, info.Size())
	}
	return nil
}

// lock keeps other shells from shortening the file while this one writes. A lock that
// does not come does not keep a text from being written.
func (h *history) lock() (unlock func()) {
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	l := flock.New(h.path+".lock", flock.SetPermissions(0o600))
	if ok, err := l.TryLockContext(ctx, 5*time.Millisecond); !ok || err != nil {
		return func() {}
	}
	return func() { _ = l.Close() }
}

// shorten replaces the file by its end. The caller holds the lock.
func (h *history) shorten(f *os.File, size int64) {
	data := make([]byte, historyMost)
	n, _ := f.ReadAt(data, size-historyMost)
	data = data[bytes.IndexByte(data[:n], '\n')+1 : n]
	short, err := os.CreateTemp(filepath.Dir(h.path), filepath.Base(h.path)+".*") // mode 0600
	if err != nil {
		return
	}
	_, err = short.Write(data)
	if err = errors.Join(err, short.Close()); err == nil {
		err = os.Rename(short.Name(), h.path)
	}
	if err != nil {
		_ = os.Remove(short.Name())
	}
}

// older returns the place of the newest entry before place that fits, -1 if there is none.
func (h *history) older(place int, fits func(string) bool) int {
	for i := min(place, len(h.entries)) - 1; i >= 0; i-- {
		if fits(h.entries[i]) {
			return i
		}
	}
	return -1
}

// newer is older in the other direction.
func (h *history) newer(place int, fits func(string) bool) int {
	rest := h.entries[min(place+1, len(h.entries)):]
	if i := slices.IndexFunc(rest, fits); i >= 0 {
		return place + 1 + i
	}
	return -1
}
