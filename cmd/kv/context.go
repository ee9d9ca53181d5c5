package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"kv/client"
	"kv/cmd/kv/contexts"
	"kv/repl"
)

const aboutContext = `Keeps clusters by name, in kv/contexts.json in your folder of settings:

  kv context add NAME HOST:PORT[,HOST:PORT…] [FLAGS]   add one, or replace it
  kv context use NAME                                  make it the one that is used; - for none
  kv context list                                      list them; * is the one that is used
  kv context show [NAME]                               tell all about one
  kv context remove NAME                               forget one

A command takes its cluster from -addr, else from -context, else from KV_ADDR, else
from KV_CONTEXT, else from the context that is used, else it is localhost:8080. A TLS
file or a format that is given as a flag goes before the context's.`

func runContext(_ context.Context, args []string, s streams) int {
	var (
		c     contexts.Context
		files client.TLSFiles
	)
	f := newFlags("context", "add|use|list|show|remove [NAME] [FLAGS]", aboutContext, s)
	to := connection{}
	for _, setting := range to.settings()[2:] {
		f.StringVar(setting.value, setting.name, "", setting.help)
	}
	f.StringVar(&c.Prompt, "prompt", "", "`template` of the prompt; see kv repl -help")
	f.StringVar(&c.Output, "o", "", "`format` of answers: "+strings.Join(repl.Formats(), ", "))
	rest, code, ok := f.parse(args, s)
	if !ok {
		return code
	}
	files = to.tls
	path, err := contexts.Path()
	if err == nil {
		err = doContext(path, rest, c, files, s)
	}
	var misuse *contextMisuse
	switch {
	case err == nil:
		return repl.ExitOK
	case errors.As(err, &misuse):
		code = repl.ExitUsage
	case errors.Is(err, contexts.ErrUnknown):
		code = repl.ExitNotFound
	default:
		code = repl.ExitFailed
	}
	fmt.Fprintf(s.err, "kv context: %v\n", err)
	return code
}

// contextMisuse says how the words were to be.
type contextMisuse struct{ text string }

// Error implements error.
func (e *contextMisuse) Error() string { return e.text }

// contextUsage is how each kind of `kv context` is written.
var contextUsage = map[string]string{"add": "add NAME HOST:PORT[,HOST:PORT…]", "use": "use NAME", "list": "list", "show": "show [NAME]", "remove": "remove NAME"}

func doContext(path string, words []string, c contexts.Context, files client.TLSFiles, s streams) error {
	verb, rest := "list", []string(nil)
	if len(words) > 0 {
		verb, rest = words[0], words[1:]
	}
	n := len(rest)
	switch {
	case verb == "add" && n == 2:
		return addContext(path, rest[0], rest[1], c, files)
	case verb == "use" && n == 1:
		return contexts.Change(path, func(b *contexts.Book) error { return b.Use(strings.TrimPrefix(rest[0], "-")) })
	case verb == "list" && n == 0:
		return listContexts(path, s)
	case verb == "show" && n <= 1:
		return showContext(path, strings.Join(rest, ""), s)
	case verb == "remove" && n == 1:
		return contexts.Change(path, func(b *contexts.Book) error { return b.Remove(rest[0]) })
	case contextUsage[verb] != "":
		return &contextMisuse{"it is written so: kv context " + contextUsage[verb]}
	}
	return &contextMisuse{fmt.Sprintf("there is no %q: give add, use, list, show or remove", verb)}
}

// addContext checks all that can be checked without the cluster: it may not run yet.
func addContext(path, name, list string, c contexts.Context, files client.TLSFiles) (err error) {
	c.Addresses = addresses(list)
	for _, file := range []*string{&files.CA, &files.Cert, &files.Key} {
		if *file, err = absolute(*file); err != nil {
			return err
		}
	}
	c.CA, c.Cert, c.Key, c.ServerName = files.CA, files.Cert, files.Key, files.ServerName
	if err := repl.CheckPrompt(c.Prompt); err != nil {
		return &contextMisuse{"-prompt: " + err.Error()}
	}
	if err := repl.CheckFormat(c.Output); err != nil {
		return &contextMisuse{"-o: " + err.Error()}
	}
	if _, err := files.Load(); err != nil {
		return err
	}
	made, err := client.Dial(c.Addresses)
	if err != nil {
		return &contextMisuse{err.Error()}
	}
	defer made.Close()
	return contexts.Change(path, func(b *contexts.Book) error { return b.Set(name, c) })
}

func listContexts(path string, s streams) error {
	b, err := contexts.Read(path)
	if err != nil {
		return err
	}
	if len(b.Contexts) == 0 {
		fmt.Fprintln(s.err, "there are none; add one: kv context add NAME HOST:PORT")
		return nil
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tNAME\tADDRESSES\tTLS")
	for _, name := range b.Names() {
		c, mark, tls := b.Contexts[name], "", "no"
		if name == b.Current {
			mark = "*"
		}
		if !c.TLS().Empty() {
			tls = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", mark, name, strings.Join(c.Addresses, ","), tls)
	}
	return w.Flush()
}

func showContext(path, name string, s streams) error {
	b, err := contexts.Read(path)
	if err != nil {
		return err
	}
	if name == "" {
		if name = b.Current; name == "" {
			return &contextMisuse{"no context is used; name one"}
		}
	}
	c, err := b.Find(name)
	if err != nil {
		return err
	}
	data, err := contexts.Format(c)
	if err == nil {
		_, err = s.out.Write(data)
	}
	return err
}
