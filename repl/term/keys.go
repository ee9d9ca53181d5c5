package term

import "unicode/utf8"

// keyFilter mends what readline v1.5.1 makes of a terminal's bytes:
//
//   - Home, End and Ctrl-arrows in the forms it does not know become forms it knows.
//   - The Delete key and Ctrl-D are one to it, so that Delete on an empty line
//     ends the shell (chzyer/readline#148): a mark goes before the Delete key.
//   - A bracketed paste becomes text: newlines and tabs become marks, which
//     neither execute nor complete, and control characters are dropped.
//
// What it makes of the bytes does not depend on how they are cut into pieces.
type keyFilter struct {
	held    []byte // a sequence of which the end has not come yet
	pasting bool
	afterCR bool // the last byte of the paste was a carriage return
}

// sequences maps what a terminal sends after ESC [ to what readline gets. Those
// not named here pass unchanged.
var sequences = map[string]string{
	"1~": "\x01", "7~": "\x01", // Home
	"4~": "\x05", "8~": "\x05", // End
	"1;5D": "\x1bb", "5D": "\x1bb", "1;3D": "\x1bb", // Ctrl- and Alt-left
	"1;5C": "\x1bf", "5C": "\x1bf", "1;3C": "\x1bf", // Ctrl- and Alt-right
	"3;5~": "\x1bd", // Ctrl-Delete
	"3~":   string(markDelete) + "\x1b[3~",
}

// longestSequence bounds what is held back of an endless sequence.
const longestSequence = 32

// feed takes the next bytes and appends to dst what readline is to get.
func (f *keyFilter) feed(dst, src []byte) []byte {
	for _, c := range src {
		switch {
		case len(f.held) > 0:
			dst = f.hold(dst, c)
		case c == 0x1b:
			f.held = append(f.held, c)
		case f.pasting:
			dst = f.paste(dst, c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// hold takes the byte after the beginning of a sequence.
func (f *keyFilter) hold(dst []byte, c byte) []byte {
	if len(f.held) == 1 {
		if c == '[' {
			f.held = append(f.held, c)
			return dst
		}
		return f.release(dst, c)
	}
	f.held = append(f.held, c)
	if (c >= '0' && c <= '9' || c == ';') && len(f.held) < longestSequence {
		return dst
	}
	sequence := string(f.held[2:])
	f.held = f.held[:0]
	return f.key(dst, sequence)
}

// release gives up on an ESC that no [ followed.
func (f *keyFilter) release(dst []byte, c byte) []byte {
	f.held = f.held[:0]
	if !f.pasting {
		dst = append(dst, 0x1b)
	}
	return f.feed(dst, []byte{c})
}

// key takes a whole sequence without its ESC [.
func (f *keyFilter) key(dst []byte, sequence string) []byte {
	switch {
	case sequence == "200~":
		f.pasting, f.afterCR = true, false
		return dst
	case sequence == "201~":
		f.pasting = false
		return dst
	case f.pasting: // colors and the like in what was pasted
		return dst
	}
	if known, ok := sequences[sequence]; ok {
		return append(dst, known...)
	}
	return append(append(dst, "\x1b["...), sequence...)
}

// paste takes a byte of a paste. Terminals send a newline as CR; what a program
// copied may hold CR LF.
func (f *keyFilter) paste(dst []byte, c byte) []byte {
	second := c == '\n' && f.afterCR
	f.afterCR = c == '\r'
	switch {
	case second:
		return dst
	case c == '\r' || c == '\n':
		return utf8.AppendRune(dst, markNewline)
	case c == '\t':
		return utf8.AppendRune(dst, markTab)
	case c < ' ' || c == 0x7f:
		return dst
	default:
		return append(dst, c)
	}
}
