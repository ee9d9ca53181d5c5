// Package contexts keeps named clusters in a file of the user: where they are, how to
// reach them, and how to show what they answer.
package contexts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"kv/client"
)

// Context is one cluster. A zero field leaves the matter to the program's default.
type Context struct {
	// Addresses are client addresses of members, HOST:PORT.
	Addresses []string `json:"addresses"`
	// The files of TLS, all absolute, and the name that the members' certificates are
	// for; see client.TLSFiles.
	CA         string `json:"ca,omitempty"`
	Cert       string `json:"cert,omitempty"`
	Key        string `json:"key,omitempty"`
	ServerName string `json:"server_name,omitempty"`
	// Output is the format of answers, Prompt the template of the prompt.
	Output string `json:"output,omitempty"`
	Prompt string `json:"prompt,omitempty"`
}

// TLS returns the files of its TLS.
func (c Context) TLS() client.TLSFiles {
	return client.TLSFiles{CA: c.CA, Cert: c.Cert, Key: c.Key, ServerName: c.ServerName}
}

// Book is the contexts with their names, and the one that is used if none is named.
type Book struct {
	Current  string             `json:"current,omitempty"`
	Contexts map[string]Context `json:"contexts"`
}

// Names returns the names of all contexts, sorted.
func (b *Book) Names() []string {
	names := make([]string, 0, len(b.Contexts))
	for name := range b.Contexts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ErrUnknown: there is no context of that name.
var ErrUnknown = errors.New("no such context")

// Find returns the context of a name.
func (b *Book) Find(name string) (Context, error) {
	c, ok := b.Contexts[name]
	if !ok {
		return Context{}, fmt.Errorf("%w: %q; `kv context list` shows those there are", ErrUnknown, name)
	}
	return c, nil
}

var goodName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Set adds a context, or replaces the one of that name. The first one becomes current.
func (b *Book) Set(name string, c Context) error {
	if !goodName.MatchString(name) {
		return fmt.Errorf("%q is no name for a context: letters, digits, and . _ - inside, at most 64", name)
	}
	if b.Contexts == nil {
		b.Contexts = make(map[string]Context)
	}
	b.Contexts[name] = c
	if b.Current == "" {
		b.Current = name
	}
	return nil
}

// Use makes a context the current one; "" makes none.
func (b *Book) Use(name string) error {
	if name != "" {
		if _, err := b.Find(name); err != nil {
			return err
		}
	}
	b.Current = name
	return nil
}

// Remove takes a context out. If it was the current one, none is.
func (b *Book) Remove(name string) error {
	if _, err := b.Find(name); err != nil {
		return err
	}
	delete(b.Contexts, name)
	if b.Current == name {
		b.Current = ""
	}
	return nil
}

// Path is the file of contexts in the user's folder of settings.
func Path() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the folder of settings: %w", err)
	}
	return filepath.Join(dir, "kv", "contexts.json"), nil
}

// Read reads a file of contexts; one that is missing has none.
func Read(path string) (*Book, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return &Book{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read contexts: %w", err)
	}
	b := new(Book)
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields() // a misspelt field would be lost by the next change
	if err := dec.Decode(b); err != nil {
		return nil, fmt.Errorf("%s is no file of contexts (%w); mend it, or move it away", path, err)
	}
	return b, nil
}

// Change reads a file, changes it and writes it, as one step for all processes. Its
// folder is made if it is missing. The file appears as a whole or not at all, and only
// the user may read it.
func Change(path string, change func(*Book) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of settings: %w", err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock contexts: %w", err)
	}
	defer lock.Close()
	b, err := Read(path)
	if err != nil {
		return err
	}
	if err := change(b); err != nil {
		return err
	}
	data, err := format(b)
	if err == nil {
		err = replace(path, data)
	}
	if err != nil {
		return fmt.Errorf("write contexts: %w", err)
	}
	return nil
}

// format is a book as its file has it.
func format(book *Book) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false) // a prompt ends in >
	err := enc.Encode(book)
	return b.Bytes(), err
}

// replace puts data in the place of a file.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".contexts-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // unless it was renamed
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
