//go:build unix

package repl

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// stop presses Ctrl-C until the screen shows text: the signal counts once the terminal
// is out of raw mode. It leaves each one its time, so that the text does not scroll away
// behind the eyes of a slow reader.
func (s *terminal) stop(text string) {
	s.t.Helper()
	s.stopUntil("text "+text, func(screen string) bool { return strings.Contains(screen, text) })
}

func (s *terminal) stopUntil(what string, ok func(screen string) bool) {
	s.t.Helper()
	var pressed time.Time
	s.until(what, func(screen string) bool {
		if ok(screen) {
			return true
		}
		if time.Since(pressed) > time.Second {
			pressed = time.Now()
			s.press("\x03")
		}
		return false
	})
}

// times is the number of the time that `every` draws.
var times = regexp.MustCompile(`every \S+, time (\d+); Ctrl-C ends it\n`)

// untilTime waits until `every` has drawn text so often, each time in the place of the one
// before.
func (s *terminal) untilTime(least int, text string) {
	s.t.Helper()
	s.until("later time in the place of the first", func(screen string) bool {
		drawn := times.FindAllStringSubmatchIndex(screen, -1)
		if len(drawn) != 1 || strings.Count(screen, "\n"+text) != 1 || !strings.HasPrefix(screen[drawn[0][1]:], text) {
			return false
		}
		n, err := strconv.Atoi(screen[drawn[0][2]:drawn[0][3]])
		return err == nil && n >= least
	})
}

func TestEveryDrawsInItsPlaceUntilCtrlC(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a 1\r")
	s.wait("OK  rev 1")
	s.press("every 20ms get a\r")
	s.untilTime(3, "1\nrev 1")
	s.stop("stopped after ")
	s.press("put a 2\r")
	s.wait("OK  rev 2")
	s.leave()
}

// What is typed meanwhile does not show, and so cannot shift what is drawn.
func TestKeysDoNoHarmToWhatIsDrawn(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80, echoes)
	s.wait(calm)
	s.press("put a 1\r")
	s.wait("OK  rev 1")
	s.waitLast(calm)
	s.press("every 10ms echo drawn\r")
	s.untilTime(2, "drawn\n")
	s.press("typed\r\r\rmore")
	s.untilTime(10, "drawn\n")
	if screen := s.text(); strings.Contains(screen, "typed") || strings.Contains(screen, "more") {
		t.Errorf("what was typed shows:\n%s", screen)
	}
	s.stop("stopped after ")
	s.press("get a\r") // and now it shows again
	s.wait("> get a\n1\n")
	s.leave()
}

func TestCtrlCStopsWhatRunsManyTimesAndTheShellGoesOn(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "slow.kv")
	if err := os.WriteFile(file, []byte("echo begun\nget hang\necho never\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newShell(t, 200)
	s.wait(calm)
	s.press("source " + file + "\r")
	s.wait("\nbegun\n")
	s.stop("slow.kv:2: error: canceled before an answer came")
	s.press("3 get hang\r")
	s.wait("> 3 get hang\n")
	s.stop("that was time 1 of 3")
	s.press("expect get a == 1 within 1h\r")
	s.wait("within 1h\n")
	s.stop("found so far: (not found)")
	s.press("put a 1\r")
	s.wait("OK  rev 1")
	s.until("no never", func(screen string) bool { return !strings.Contains(screen, "\nnever") })
	s.leave()
}

// The start-up file is executed before the first prompt; an error in it keeps nobody
// from working.
func TestAShellBeginsWithItsStartUpFile(t *testing.T) {
	history := filepath.Join(t.TempDir(), "rc")
	if err := os.WriteFile(history, []byte("set greeting hello\nget none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KV_REPL_STARTUP", history)
	s := newShell(t, 200)
	s.wait("rc:2: (not found)")
	s.wait(calm)
	s.press("put a $greeting\r")
	s.wait("OK  rev 1")
	s.press("get a\r")
	s.wait("\nhello\n")
	s.leave()
}
