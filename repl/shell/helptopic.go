package shell

import (
	"fmt"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

// topic is something that help explains and that is no command.
type topic struct{ name, text string }

// topics are all of them.
var topics = []topic{{"output", `COMMAND > FILE     lead the answer into a file
COMMAND >> FILE    behind what the file holds
COMMAND | PROGRAM  let a program read it: the rest of the line is for sh
  It works at the prompt and in scripts, but for partition, expect and if, of
  which | and > are words. ` + "`5 get a > f`" + ` leads five answers into f, and
  ` + "`source f.kv | sort`" + ` those of a whole file. What goes elsewhere has the
  form of scripts, unless -o or ` + "`format`" + ` says another; questions, remarks and
  errors stay here. Of a transaction it is ` + "`commit > FILE`" + `, and of
  ` + "`set n = list | wc -l`" + ` what becomes the value.
  FILE is one word: variables and quotes mean what they do elsewhere, and ~/ is your
  folder. What it held stays until the command answers; it is empty after one that
  succeeds without a word.
  For PROGRAM the variables of the shell are those of its environment, and the
  arguments of a script its $1, $2 and so on. If it fails, so does the line. If it
  has read enough, as ` + "`| head -1`" + `, the command ends, unless it changes something.
  A ; ends PROGRAM as it does every command: ` + "`| sh -c 'a; b'`" + ` keeps it together.
On a terminal a pager shows an answer that is longer than the screen: ` + "`help pager`" + `.
`}}

// helpTopic explains a topic, and reports whether there is one of this name.
func (s *Session) helpTopic(words []string) (bool, error) {
	if len(words) == 0 {
		return false, nil
	}
	for _, t := range topics {
		if t.name != words[0] {
			continue
		}
		if len(words) > 1 {
			return true, failure.Usagef("%s is one word too many", syntax.Quote(words[1]))
		}
		return true, s.One(out.Record{out.Text("topic", t.name), out.Text("help", t.text)}, func() error {
			_, err := fmt.Fprint(s.Out, out.Reflow(t.text, s.Width()))
			return err
		})
	}
	return false, nil
}

// topicNames are the names of the topics.
func topicNames() []string {
	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = t.name
	}
	return names
}
