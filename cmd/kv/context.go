package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kv/client"
	"kv/cmd/kv/contexts"
	"kv/repl"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

const aboutContext = `Keeps clusters by name, in kv/contexts.json in your folder of settings:

  kv context add NAME HOST:PORT[,HOST:PORT…] [FLAGS]   add one, or replace it
  kv context use NAME                                  make it the one that is used; - for none
  kv context list                                      list them; * is the one that is used
  kv context show [NAME]                               tell all about one
  kv context remove NAME                               forget one

A command takes its cluster from -addr, else from -context, else from KV_ADDR, else
from KV_CONTEXT, else from the context that is used, else it is localhost:8080. A TLS
file or a format that is given as a flag goes before the context's. Of add, -o is kept:
it is the format of what that cluster answers.`

func runContext(ctx context.Context, args []string, s streams) int {
	var (
		sf shellFlags
		to connection
		c  contexts.Context
	)
	f := newFlags("context", "add|use|list|show|remove [NAME] [FLAGS]", aboutContext, s)
	sf.define(f)
	for _, setting := range to.settings()[2:] {
		f.StringVar(setting.value, setting.name, "", setting.help)
	}
	f.StringVar(&c.Prompt, "prompt", "", "`template` of the prompt; see kv repl -help")
	words, code, ok := f.parse(args, s)
	if !ok {
		return code
	}
	c.Output = sf.format
	c.CA, c.Cert, c.Key, c.ServerName = to.tls.CA, to.tls.Cert, to.tls.Key, to.tls.ServerName
	return sf.task(ctx, s, func(session *shell.Session) error {
		path, err := contexts.Path()
		if err == nil {
			err = doContext(session, path, words, c)
		}
		if errors.Is(err, contexts.ErrUnknown) {
			return &failure.AbsentError{Text: err.Error()}
		}
		return err
	})
}

// contextUsage is how each kind of `kv context` is written.
var contextUsage = map[string]string{"add": "add NAME HOST:PORT[,HOST:PORT…]", "use": "use NAME", "list": "list", "show": "show [NAME]", "remove": "remove NAME"}

func doContext(s *shell.Session, path string, words []string, c contexts.Context) error {
	verb, rest := "list", []string(nil)
	if len(words) > 0 {
		verb, rest = words[0], words[1:]
	}
	n := len(rest)
	switch {
	case verb == "add" && n == 2:
		return addContext(s, path, rest[0], rest[1], c)
	case verb == "use" && n == 1:
		name := strings.TrimPrefix(rest[0], "-")
		return changeContexts(s, path, name, "used", func(b *contexts.Book) error { return b.Use(name) })
	case verb == "list" && n == 0:
		return listContexts(s, path)
	case verb == "show" && n <= 1:
		return showContext(s, path, strings.Join(rest, ""))
	case verb == "remove" && n == 1:
		return changeContexts(s, path, rest[0], "removed", func(b *contexts.Book) error { return b.Remove(rest[0]) })
	case contextUsage[verb] != "":
		return failure.Usagef("it is written so: kv context %s", contextUsage[verb])
	}
	return failure.Usagef("there is no %q: give add, use, list, show or remove", verb)
}

// changeContexts changes the file, and says what was done to a context; "" is none.
func changeContexts(s *shell.Session, path, name, done string, change func(*contexts.Book) error) error {
	if err := contexts.Change(path, change); err != nil {
		return err
	}
	words := name + " is " + done
	if name == "" {
		words = "no context is " + done
	}
	s.OK(client.Header{}, words, out.Text("name", name), out.Text("done", done))
	return nil
}

// addContext checks all that can be checked without the cluster: it may not run yet.
func addContext(s *shell.Session, path, name, list string, c contexts.Context) (err error) {
	c.Addresses = addresses(list)
	for _, file := range []*string{&c.CA, &c.Cert, &c.Key} {
		if *file, err = absolute(*file); err != nil {
			return err
		}
	}
	if err := repl.CheckPrompt(c.Prompt); err != nil {
		return failure.Usagef("-prompt: %v", err)
	}
	if _, err := c.TLS().Load(); err != nil {
		return err
	}
	made, err := client.Dial(c.Addresses)
	if err != nil {
		return failure.Usagef("%v", err)
	}
	defer made.Close()
	return changeContexts(s, path, name, "added", func(b *contexts.Book) error { return b.Set(name, c) })
}

// namedContext is a context as it is shown.
type namedContext struct {
	contexts.Context
	name string
	used bool
}

func (c namedContext) record() out.Record {
	return out.Record{out.Text("name", c.name), out.Bool("used", c.used), out.Texts("addresses", c.Addresses), out.Bool("tls", !c.TLS().Empty()),
		out.Text("ca", c.CA), out.Text("cert", c.Cert), out.Text("key", c.Key), out.Text("server_name", c.ServerName),
		out.Text("output", c.Output), out.Text("prompt", c.Prompt)}
}

func (c namedContext) cells() []out.Cell {
	mark, tls := "", "no"
	if c.used {
		mark = "*"
	}
	if !c.TLS().Empty() {
		tls = "yes"
	}
	return []out.Cell{out.Plain(mark), out.Plain(c.name), out.Plain(strings.Join(c.Addresses, ",")), out.Plain(tls)}
}

func listContexts(s *shell.Session, path string) error {
	b, err := contexts.Read(path)
	if err != nil {
		return err
	}
	all := make([]namedContext, len(b.Contexts))
	for i, name := range b.Names() {
		all[i] = namedContext{b.Contexts[name], name, name == b.Current}
	}
	if len(all) == 0 && !s.ForPrograms() {
		fmt.Fprintln(s.Err, "there are none; add one: kv context add NAME HOST:PORT")
		return nil
	}
	return out.View[namedContext]{Record: namedContext.record, Head: []string{"", "NAME", "ADDRESSES", "TLS"}, Cells: namedContext.cells}.All(s.Printer, all)
}

func showContext(s *shell.Session, path, name string) error {
	b, err := contexts.Read(path)
	if err != nil {
		return err
	}
	if name == "" {
		if name = b.Current; name == "" {
			return failure.Usagef("no context is used; name one")
		}
	}
	c, err := b.Find(name)
	if err != nil {
		return err
	}
	shown := namedContext{c, name, name == b.Current}
	return s.One(shown.record(), func() error { return shown.describe(s) })
}

// describe prints what is known of a context, a fact a line.
func (c namedContext) describe(s *shell.Session) error {
	g := &out.Grid{}
	for _, fact := range [][2]string{{"name", c.name}, {"addresses", strings.Join(c.Addresses, ",")}, {"ca", c.CA}, {"cert", c.Cert}, {"key", c.Key},
		{"server-name", c.ServerName}, {"output", c.Output}, {"prompt", c.Prompt}} {
		if fact[1] != "" {
			g.Add(out.Plain(fact[0]), out.Plain(fact[1]))
		}
	}
	return s.Table(g)
}
