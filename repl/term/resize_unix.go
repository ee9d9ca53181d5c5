//go:build unix

package term

import (
	"os"
	"os/signal"
	"syscall"
)

// hearResize draws the line anew when the terminal has got another size.
func (e *editor) hearResize() {
	e.resized = make(chan os.Signal, 1)
	signal.Notify(e.resized, syscall.SIGWINCH)
	e.ended.Go(func() {
		for range e.resized {
			e.mu.Lock()
			e.draw()
			e.mu.Unlock()
		}
	})
}

func (e *editor) stopResize() {
	signal.Stop(e.resized)
	close(e.resized)
	e.ended.Wait()
}
