package term

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// Keys that readline has no character for. They are private code points of the last
// plane, which no keyboard has.
const (
	keyPaste      = '\U0010F000' + iota // a text was pasted, see pastes
	keyDelete                           // readline takes it for Ctrl-D
	keyWake                             // something has come for the editor
	keyEsc                              // Esc alone
	keyBackTab                          // Shift-Tab
	keyNewline                          // Alt-Enter
	keyEditor                           // Ctrl-X Ctrl-E
	keyWordLeft                         // Ctrl-Left
	keyWordRight                        // Ctrl-Right
	keyKillWord                         // Alt-D, Ctrl-Delete
	keyKillBefore                       // Alt-Backspace
	keyPageUp
	keyPageDown
)

// keyFilter turns a terminal's bytes into what readline v1.5.1 can bear. Escape
// sequences become its control characters or keys of ours, so that it sees no ESC at
// all: it knows few of them, and takes the Delete key for Ctrl-D, which ends the shell
// (chzyer/readline#148). A bracketed paste becomes one key.
//
// What it makes of the bytes does not depend on how they are cut into pieces.
type keyFilter struct {
	held    []byte // a sequence of which the end has not come yet
	pasting bool
	afterCR bool   // the last byte of the paste was a carriage return
	pasted  []byte // so far
	pastes  *pastes
}

// sequences maps what a terminal sends after ESC [ or ESC O to what readline gets.
// Others are dropped.
var sequences = map[string]string{
	"A": "\x10", "B": "\x0e", "C": "\x06", "D": "\x02", // Up, Down, Right, Left
	"H": "\x01", "1~": "\x01", "7~": "\x01", // Home
	"F": "\x05", "4~": "\x05", "8~": "\x05", // End
	"1;5D": string(keyWordLeft), "5D": string(keyWordLeft), "1;3D": string(keyWordLeft), "d": string(keyWordLeft),
	"1;5C": string(keyWordRight), "5C": string(keyWordRight), "1;3C": string(keyWordRight), "c": string(keyWordRight),
	"3~": string(keyDelete), "3;5~": string(keyKillWord), "3;3~": string(keyKillWord),
	"Z": string(keyBackTab), "5~": string(keyPageUp), "6~": string(keyPageDown),
	"13;3u": string(keyNewline), "27;3;13~": string(keyNewline),
}

// altKeys maps what a terminal sends after ESC alone. Others come without their ESC.
var altKeys = map[byte]string{
	'b': string(keyWordLeft), 'f': string(keyWordRight), 'd': string(keyKillWord),
	0x7f: string(keyKillBefore), 0x08: string(keyKillBefore),
	'\r': string(keyNewline), '\n': string(keyNewline),
	'<': "\x01", '>': "\x05",
}

const (
	esc   = 0x1b
	ctrlX = 0x18
	ctrlE = 0x05
	// longestSequence bounds what is held back of an endless sequence.
	longestSequence = 32
)

// feed takes the next bytes and appends to dst what readline is to get.
func (f *keyFilter) feed(dst, src []byte) []byte {
	for _, c := range src {
		switch {
		case len(f.held) > 0:
			dst = f.hold(dst, c)
		case c == esc, c == ctrlX && !f.pasting:
			f.held = append(f.held, c)
		case f.pasting:
			f.paste(c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// waiting reports whether an ESC may turn out to be the key of this name.
func (f *keyFilter) waiting() bool { return len(f.held) == 1 && f.held[0] == esc && !f.pasting }

// alone decides that it was.
func (f *keyFilter) alone(dst []byte) []byte {
	f.held = f.held[:0]
	return utf8.AppendRune(dst, keyEsc)
}

// hold takes the byte after the beginning of a sequence.
func (f *keyFilter) hold(dst []byte, c byte) []byte {
	switch {
	case f.held[0] == ctrlX:
		return f.chord(dst, c)
	case len(f.held) == 1 && (c == '[' || c == 'O'):
		f.held = append(f.held, c)
		return dst
	case len(f.held) == 1:
		return f.alt(dst, c)
	}
	f.held = append(f.held, c)
	if (c >= 0x20 && c < 0x40) && len(f.held) < longestSequence {
		return dst
	}
	sequence := string(f.held[2:])
	f.held = f.held[:0]
	return f.key(dst, sequence)
}

// chord takes the key after Ctrl-X. The line ends for the editor: only then does
// readline leave the terminal to another program.
func (f *keyFilter) chord(dst []byte, c byte) []byte {
	f.held = f.held[:0]
	if c == ctrlE {
		return append(utf8.AppendRune(dst, keyEditor), '\r')
	}
	return f.feed(dst, []byte{c})
}

// alt takes the byte after an ESC that begins no longer sequence.
func (f *keyFilter) alt(dst []byte, c byte) []byte {
	if f.pasting {
		f.held = f.held[:0]
		return f.feed(dst, []byte{c})
	}
	if c == esc {
		return utf8.AppendRune(dst, keyEsc) // and one is held still
	}
	f.held = f.held[:0]
	if known, ok := altKeys[c]; ok {
		return append(dst, known...)
	}
	return f.feed(dst, []byte{c})
}

// key takes a whole sequence without its ESC [.
func (f *keyFilter) key(dst []byte, sequence string) []byte {
	switch {
	case sequence == "200~" && !f.pasting:
		f.pasting, f.afterCR, f.pasted = true, false, f.pasted[:0]
		return dst
	case sequence == "201~" && f.pasting:
		f.pasting = false
		f.pastes.add(string(f.pasted))
		return utf8.AppendRune(dst, keyPaste)
	case f.pasting: // colors and the like in what was pasted
		return dst
	}
	return append(dst, sequences[sequence]...)
}

// paste takes a byte of a paste. Terminals send a newline as CR; what a program
// copied may hold CR LF. Other control characters are dropped.
func (f *keyFilter) paste(c byte) {
	second := c == '\n' && f.afterCR
	f.afterCR = c == '\r'
	switch {
	case second:
	case c == '\r':
		f.pasted = append(f.pasted, '\n')
	case c >= ' ' && c != 0x7f, c == '\n', c == '\t':
		f.pasted = append(f.pasted, c)
	}
}

// pastes are the texts of the paste keys on their way to the editor. Safe for
// concurrent use.
type pastes struct {
	mu    sync.Mutex
	texts []string
}

func (p *pastes) add(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.texts = append(p.texts, strings.ToValidUTF8(text, "\ufffd"))
}

// next returns the text of the next paste key.
func (p *pastes) next() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.texts) == 0 {
		return "" // someone has typed a private code point
	}
	text := p.texts[0]
	p.texts = p.texts[1:]
	return text
}
