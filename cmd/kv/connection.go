package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kv/client"
	"kv/cmd/kv/contexts"
)

// connection says which cluster a command talks to, and how. What is given to the
// command itself comes first, then KV_ADDR, then a context, then localhost:8080.
type connection struct {
	addr     string
	context  string
	tls      client.TLSFiles
	patience time.Duration

	// used is the context that was taken, and its name; zero if none was.
	used     contexts.Context
	usedName string
	made     []*client.Client
	more     []client.Option // beside those that the flags stand for
}

// settings are the flags of a connection, each with where it goes and what it is for.
func (c *connection) settings() []setting {
	return []setting{
		{"addr", &c.addr, "client `addresses` of members; KV_ADDR (default localhost:8080)"},
		{"context", &c.context, "the cluster of this `name`, as `kv context` keeps it; KV_CONTEXT"},
		{"ca", &c.tls.CA, "`file` with the certificates that a member's must lead to; turns on TLS"},
		{"cert", &c.tls.Cert, "`file` with the client's own certificate"},
		{"key", &c.tls.Key, "`file` with its key"},
		{"server-name", &c.tls.ServerName, "`name` that the members' certificates are for, if not their host"},
	}
}

type setting struct {
	name  string
	value *string
	help  string
}

// shortPatience is for a person, or a script that gives one command.
const shortPatience = 2 * time.Second

func (c *connection) define(f *flags) {
	for _, s := range c.settings() {
		f.StringVar(s.value, s.name, "", s.help)
	}
	f.DurationVar(&c.patience, "patience", 0, "how long a command looks for a member while none can be reached (default 2s; in scripts -timeout)")
}

// take takes the flags of a connection out of the words of a single command; the rest
// are the command's.
func (c *connection) take(args []string) (words []string, err error) {
	values := map[string]*string{"patience": new(string)}
	for _, s := range c.settings() {
		values[s.name] = s.value
	}
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			words = append(words, args[i:]...)
			break
		}
		name, value, inline := strings.Cut(args[i], "=")
		to := values[strings.TrimPrefix(strings.TrimPrefix(name, "-"), "-")]
		switch {
		case to == nil || !strings.HasPrefix(name, "-"):
			words = append(words, args[i])
		case inline:
			*to = value
		case i+1 == len(args) && to == &c.addr:
			return nil, fmt.Errorf("%s needs an address HOST:PORT", name)
		case i+1 == len(args):
			return nil, fmt.Errorf("%s needs a value", name)
		default:
			i++
			*to = args[i]
		}
	}
	if text := *values["patience"]; text != "" {
		if c.patience, err = time.ParseDuration(text); err != nil {
			return nil, fmt.Errorf("-patience is %q: give a duration such as 2s", text)
		}
	}
	return words, nil
}

// given are the flags that were given, as they are written.
func (c *connection) given() (flags []string) {
	for _, s := range c.settings() {
		if *s.value != "" {
			flags = append(flags, "-"+s.name, *s.value)
		}
	}
	return flags
}

// resolve returns the addresses to dial. given are those that stand for themselves.
func (c *connection) resolve(given ...string) ([]string, error) {
	if given = addresses(append(given, c.addr)...); len(given) > 0 {
		return given, nil
	}
	name := c.context
	if name == "" {
		if env := addresses(os.Getenv("KV_ADDR")); len(env) > 0 {
			return env, nil
		}
		name = os.Getenv("KV_CONTEXT")
	}
	if err := c.useContext(name); err != nil {
		return nil, err
	}
	if c.usedName != "" {
		return c.used.Addresses, nil
	}
	return []string{defaultAddr}, nil
}

// useContext takes a context by name; "" is the current one, if there is any. Without a
// folder of settings there is none.
func (c *connection) useContext(name string) error {
	path, err := contexts.Path()
	if err != nil && name == "" {
		return nil
	}
	var book *contexts.Book
	if err == nil {
		book, err = contexts.Read(path)
	}
	if err != nil {
		return err
	}
	if name == "" {
		name = book.Current
	}
	if name == "" {
		return nil
	}
	c.used, err = book.Find(name)
	c.usedName = name
	return err
}

// options are those of the client: TLS files that were given go before the context's.
func (c *connection) options(patience time.Duration) ([]client.Option, error) {
	if c.patience != 0 {
		patience = c.patience
	}
	opts := append([]client.Option{client.WithPatience(patience)}, c.more...)
	files := c.used.TLS()
	for _, f := range []struct{ given, to *string }{{&c.tls.CA, &files.CA}, {&c.tls.Cert, &files.Cert}, {&c.tls.Key, &files.Key}, {&c.tls.ServerName, &files.ServerName}} {
		if *f.given != "" {
			*f.to = *f.given
		}
	}
	if files.Empty() {
		return opts, nil
	}
	cfg, err := files.Load()
	if err != nil {
		return nil, err
	}
	return append(opts, client.WithTLS(cfg)), nil
}

// dial makes the client. patience is the default of -patience.
func (c *connection) dial(patience time.Duration, given ...string) (*client.Client, error) {
	to, err := c.resolve(given...)
	if err != nil {
		return nil, err
	}
	opts, err := c.options(patience)
	if err != nil {
		return nil, err
	}
	made, err := client.Dial(to, opts...)
	if err == nil {
		c.made = append(c.made, made)
	}
	return made, err
}

// connect makes the client of the shell's `connect`: to addresses, with the TLS there is,
// or to a context.
func (c *connection) connect(target string, options ...client.Option) (*client.Client, error) {
	next := connection{tls: c.tls, patience: c.patience, used: c.used, more: options}
	if strings.Contains(target, ":") {
		next.addr = target
	} else {
		next.tls, next.used, next.context = client.TLSFiles{}, contexts.Context{}, target
	}
	made, err := next.dial(shortPatience)
	if err == nil {
		c.made = append(c.made, made)
		c.tls, c.used = next.tls, next.used
	}
	if errors.Is(err, contexts.ErrUnknown) {
		return nil, client.ErrInvalid.Withf("%q is neither HOST:PORT nor a context; `kv context list` shows those", target)
	}
	return made, err
}

// close closes all clients that were made.
func (c *connection) close() {
	for _, made := range c.made {
		_ = made.Close() // only says that it was closed before
	}
}

// absolute makes a file's name one that means the same anywhere.
func absolute(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	return filepath.Abs(file)
}
