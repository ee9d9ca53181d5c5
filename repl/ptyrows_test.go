//go:build unix

package repl

import (
	"fmt"
	"strings"
	"testing"
)

func TestPasteIsOneText(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("\x1b[200~put a 1\rput b 2\r\nget\tb\x1b[201~")
	s.wait(calm + " put a 1\n...> put b 2\n...> get→b")
	s.until("absence of answers", func(screen string) bool { return !strings.Contains(screen, "OK") })
	s.press("\r")
	s.wait("\n2\nrev 2")
	s.press("\x1b[A")
	s.until("the text again", func(screen string) bool {
		return strings.Count(screen, calm+" put a 1\n...> put b 2\n...> get→b") == 2
	})
	s.press("\x03")
	s.leave()
}

// A paste comes where the cursor stands, and its control characters do nothing.
func TestPasteIntoALine(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a ''\x02\x1b[200~one\rtwo\x03\x04\x1b[31m\x1b[201~!\r")
	s.wait("OK  rev 1")
	s.press("get a\r")
	s.wait("\none\ntwo!\n")
	s.leave()
}

func TestPasteOfALongValue(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a \x1b[200~" + strings.Repeat("0123456789", 20_000) + "\x1b[201~x")
	s.waitCursor("789x")
	s.press("\r")
	s.wait("OK  rev 1")
	s.press("get a\x0c\r")
	s.wait("789\nx\nrev 1")
	s.leave()
}

// A text that is higher than the screen shows the rows around the cursor.
func TestPasteIsHigherThanTheScreen(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	var paste strings.Builder
	for i := range 200 {
		fmt.Fprintf(&paste, "put k%d %d\r", i, i)
	}
	s.press("\x1b[200~" + paste.String() + "get k7\x1b[201~")
	s.wait("...> put k199 199\n...> get k7")
	s.press(strings.Repeat("\x1b[A", 150))
	s.wait("...> put k50 50\n")
	s.press("\x05 -prev")
	s.waitCursor("put k50 50 -prev")
	s.press(strings.Repeat("\x1b[B", 150) + "\x05\r")
	s.wait("\n7\nrev 8")
	s.leave()
}

func TestAQuoteGoesOnInTheNextRow(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a 'one\r")
	s.waitCursor("...> ")
	s.press("two'")
	s.wait(calm + " put a 'one\n...> two'")
	s.press("\x1b[A\x1b[F!") // back into the first row
	s.waitCursor(calm + " put a 'one!")
	s.press("\r")
	s.wait("OK  rev 1")
	s.press("get a\r")
	s.wait("\none!\ntwo\n")
	s.press("put a 'half\r\x03")
	s.wait("...> ^C\n" + calm)
	s.leave()
}

func TestAltEnterAndBackslashBeginARow(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a 1\x1b\rput b \\\r2")
	s.wait(calm + " put a 1\n...> put b \\\n...> 2")
	s.press("\r")
	s.wait("OK  rev 2")
	s.leave()
}

func TestATransactionIsPasted(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("\x1b[200~txn\rif absent a\rput a 1\relse\rget a\rcommit\r\x1b[201~\r")
	s.wait("...> commit\nif, put")
	s.wait("OK  conditions hold  rev 1")
	s.leave()
}
