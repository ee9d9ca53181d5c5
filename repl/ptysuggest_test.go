//go:build unix

package repl

import "testing"

const colored = "KV_REPL_COLOR=always"

func TestHintsShowWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newShell(t, 120, colored)
	s.wait(calm)
	for _, c := range [][2]string{
		{"put", " KEY VALUE [-if-rev REV] [-if-absent] [-prev] [-lease ID] [-at MEMBER] [-ttl TIME] [-e]"},
		{" a", " VALUE [-if-rev REV] [-if-absent] [-prev] [-lease ID] [-at MEMBER] [-ttl TIME] [-e]"},
		{" ", "VALUE [-if-rev REV] [-if-absent] [-prev] [-lease ID] [-at MEMBER] [-ttl TIME] [-e]"},
		{"1 -if-rev", " REV"},
		{" ", "REV [-if-absent] [-prev] [-lease ID] [-at MEMBER] [-ttl TIME] [-e]"},
		{"3 -e -lease 1 -ttl=1s -prev -if-absent", ""},
		{"\x15lease", " grant|keep-alive|revoke|list|show"},
		{" show", " ID"},
		{"\x155 get", " KEY [-rev REV] [-stale] [-at MEMBER] [@MEMBER]"},
		{"\x15get 'a", ""},
		{"\x15get x -", ""},
		{"\x15put x -e", ""},
		{" ", "[-if-rev REV] [-if-absent] [-prev] [-lease ID] [-at MEMBER] [-ttl TIME]"},
		{"\x15nonsense ", ""},
		{"\x15get a >", " FILE"},
		{" ", "FILE"},
		{"f", ""},
		{"\x15get a | ", "COMMAND"},
		{"cat", ""},
		{"\x15", ""},
	} {
		s.press(c[0])
		s.waitGrey(c[1])
	}
	s.leave()
}

func TestHintsStayOutOfTheWay(t *testing.T) {
	t.Parallel()
	s := newShell(t, 120, colored)
	s.wait(calm)
	s.press("delete x")
	s.waitGrey(" [-prefix] [-from KEY] [-to KEY] [-if-rev REV] [-prev] [-at MEMBER] [-y]")
	s.press("\x1b[D") // not in the middle of a line
	s.waitGrey("")
	s.press("\x05\x1b[D\x1b[C")
	s.waitGrey(" [-prefix] [-from KEY] [-to KEY] [-if-rev REV] [-prev] [-at MEMBER] [-y]")
	s.press("\r") // gone at Enter
	s.wait("> delete x\n")
	s.press("hints off\rdelete x")
	s.waitCursor("> delete x")
	s.waitGrey("")
	s.press("\x15hints\rhints on\rget")
	s.wait("hints: off")
	s.waitGrey(" KEY [-rev REV] [-stale] [-at MEMBER] [@MEMBER]")
	s.press("\x03")
	s.wait("> get^C\n")
	s.press("txn\rput a 1")
	s.waitGrey(" [-prev] [-lease ID] [-ttl TIME]") // without what a transaction cannot have
	s.press("\x15edit 1 get")
	s.waitGrey(" KEY")
	s.press("\x15abort\r")
	s.leave()
}

func TestHintsNeverWrap(t *testing.T) {
	t.Parallel()
	s := newShell(t, 30, colored)
	s.wait(calm)
	s.press("put a")
	s.waitGrey(" VAL…")
	s.press(" 0")
	s.waitGrey(" […")
	s.press("12")
	s.waitGrey("…")
	s.press("3")
	s.waitGrey("")
	s.press("4567")
	s.waitGrey(" [-if-rev REV] [-if-absen…")
	s.press("\r")
	s.wait("OK  rev 1")
	s.leave()
}

func TestGhostTextIsTaken(t *testing.T) {
	t.Parallel()
	s := newShell(t, 120, colored)
	s.wait(calm)
	s.press("put some/key 'two words'\r")
	s.wait("OK  rev 1")
	for _, key := range []string{"\x1b[C", "\x05", "\x1b[F", "\x06"} { // Right, Ctrl-E, End, Ctrl-F
		s.press("put s")
		s.waitGrey("ome/key 'two words'")
		s.press(key)
		s.waitCursor("put some/key 'two words'")
		s.press("\x15")
	}
	s.press("pu")
	s.waitGrey("t some/key 'two words'")
	s.press("\x1b[1;5C\x1b[1;5C") // Ctrl-Right, twice
	s.waitCursor("> put some")
	s.waitGrey("/key 'two words'")
	s.press("\x1b[D")
	s.waitGrey("") // not in the middle of a line
	s.press("\x1b[F")
	s.waitGrey("/key 'two words'")
	s.press("\r") // not taken by Enter
	s.wait("> put some\n")
	s.wait("put wants a VALUE")
	s.press("ghost off\rput some/")
	s.waitCursor("> put some/")
	s.waitGrey(" VALUE [-if-rev REV] [-if-absent] [-prev] [-lease ID] [-at MEMBER] [-ttl TIME] [-e]")
	s.press("\x03")
	s.leave()
}
