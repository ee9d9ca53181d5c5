package shell

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/sink"
	"kv/repl/syntax"
)

// redirect executes a command whose answer goes elsewhere. tail are the words of the
// statement from the operator on, with their variables, and text is all of it as it was
// written.
func (s *Session) redirect(ctx context.Context, words, tail []syntax.Word, text string) error {
	op := tail[0].Text[:tail[0].Op]
	if len(words) == 0 {
		return failure.Usagef("%s wants a command before it, whose answer it leads elsewhere; to mean the text, write %s", op, syntax.Quote(op))
	}
	c, n, err := s.find(syntax.Texts(words))
	if err == nil {
		_, err = c.plainPlace(words[n:]).Parse(syntax.Texts(words[n:]))
	}
	switch {
	case err != nil:
		return err // before a program is started
	case s.takes(c):
		return failure.Usagef("a line of a transaction has no answer for %s; `commit %s …` leads that of all lines elsewhere", op, op)
	case c.Captures && c.inner(syntax.Texts(words[n:])) < len(words)-n:
		return s.ledInside(ctx, words, &led{tail, text})
	case op == "|":
		return s.pipe(ctx, words, strings.TrimSpace(text[tail[0].At+len(op):]))
	}
	name, err := s.fileOf(tail, text)
	if err != nil {
		return err
	}
	return s.intoFile(ctx, words, name, op == ">>")
}

// led is where an answer goes: the words from the operator on, and the whole statement as
// it was written.
type led struct {
	tail []syntax.Word
	text string
}

// ledInside executes a command that captures what another one prints, and that one's
// answer goes elsewhere first.
func (s *Session) ledInside(ctx context.Context, words []syntax.Word, where *led) error {
	s.led = where
	defer func() { s.led = nil }()
	return s.exec(ctx, words)
}

// fileOf returns the name of the file that follows `>` or `>>`.
func (s *Session) fileOf(tail []syntax.Word, text string) (string, error) {
	op := tail[0].Text[:tail[0].Op]
	words, err := s.Expand(tail)
	if err != nil {
		return "", err
	}
	at, name := tail[0].At+len(op), words[0].Text[len(op):]
	if words = words[1:]; name == "" && len(words) > 0 {
		at, name, words = tail[1].At, words[0].Text, words[1:]
	}
	switch {
	case name == "":
		return "", failure.Usagef("%s wants the name of a file after it", op)
	case len(words) > 0 && words[0].Op > 0:
		return "", failure.Usagef("an answer goes to one place, %s or %s; `| tee FILE` makes it two", op, words[0].Text[:words[0].Op])
	case len(words) > 0:
		return "", failure.Usagef("%s is one word too many after the name of a file; a name with blanks needs quotes", syntax.Quote(words[0].Text))
	case strings.HasPrefix(text[at:], "~/"):
		return atHome(name)
	default:
		return name, nil
	}
}

// atHome puts the person's own folder in the place of the ~ that a name begins with.
func atHome(name string) (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", failure.Usagef("~ means nothing here: %v", err)
	}
	return filepath.Join(home, name[1:]), nil
}

// intoFile executes a command whose answer goes into a file.
func (s *Session) intoFile(ctx context.Context, words []syntax.Word, name string, add bool) error {
	file, err := sink.OpenFile(name, add)
	if err != nil {
		return err
	}
	err = s.into(file, func() error { return s.exec(ctx, words) })
	well := err == nil || failure.IsStopped(err)
	if closed := file.Close(!well); well && closed != nil {
		return closed
	}
	return err
}

// into does something while what the session prints goes to w, in the form for programs.
// Remarks and errors go on where they went.
func (s *Session) into(w io.Writer, do func() error) error {
	printer := s.Printer
	defer func() { s.Printer = printer }()
	plain := *printer
	plain.Out, plain.Ink, plain.Human, plain.Width = w, out.NewPalette(false), false, func() int { return 0 }
	if plain.Format == out.FormatTable { // that is how the person reads
		plain.Format = ""
	}
	s.Printer = &plain
	return do()
}

// behindOperator is what may stand behind an operator, where tail are the words from it on
// and begun is the operator that the word before the cursor begins with. Of a program's
// words nobody knows more than that many are files.
func behindOperator(tail []syntax.Word, begun string) wanted {
	file := wanted{kind: KindFile, lead: begun}
	switch {
	case begun == "|":
		return wanted{lead: begun}
	case len(tail) == 0:
		return file
	case tail[0].Text == "|" && len(tail) == 1, tail[0].Text[0] == '>' && (len(tail) > 1 || len(tail[0].Text) > tail[0].Op):
		return wanted{}
	default:
		return file
	}
}

// missingTarget is what is missing behind an operator, where op bytes of the word that is
// being typed, part, are one.
func missingTarget(tail []syntax.Word, part string, op int) string {
	switch {
	case len(tail) == 0 && len(part) == op:
		tail = []syntax.Word{{Text: part, Op: op}}
	case len(tail) != 1 || part != "" || len(tail[0].Text) > tail[0].Op:
		return ""
	}
	if tail[0].Text == "|" {
		return "COMMAND"
	}
	return "FILE"
}
