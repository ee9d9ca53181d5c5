package term

import (
	"bytes"
	"strings"
	"testing"
)

// What is drawn in the corner of the screen is never wiped from there: tmux would keep a
// copy of it for every key.
func TestALineIsNotWipedAsAScreen(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := screen{out: &out}
	line := func(text string) frame {
		return frame{rows: []row{{text: []byte(text), cells: len(text)}}, col: len(text)}
	}
	s.begin(80)
	s.draw(line("> g"))
	s.draw(line("> ge"))
	s.above("news", line("> ge"))
	s.wipe()
	if got := out.String(); strings.Contains(got, "\r\x1b[J") || !strings.Contains(got, "\x1b[J\r> ge") {
		t.Errorf("it draws %q", got)
	}
}
