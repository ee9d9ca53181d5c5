// Package learn holds the lessons: a few steps each, which a person does on the running
// playground, and which are checked there. A lesson is a file of text; see DESIGN.md.
package learn

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"sync"

	"kv/repl/failure"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// Room returns the commands, over a playground and the cluster in it. Both may be nil
// where they are only listed.
func Room(lab Lab, store Store) shell.Room {
	r := &rows{cluster: cluster{lab, store}, lessons: slices.Clone(BuiltIn()), done: make(map[string]bool)}
	return shell.Room{Commands: r.commands(), Words: map[*shell.Kind]shell.Words{kindLesson: r.lessonWords}}
}

// rows are the commands with what they deal with.
type rows struct {
	cluster cluster
	class   *class // the lesson that is being given, or was; nil if none was

	mu      sync.Mutex
	lessons []*Lesson       // guarded by mu
	done    map[string]bool // guarded by mu; the lessons that have come to their end
}

// kindLesson is the name of a lesson.
var kindLesson = &shell.Kind{}

// reserved are the words after learn that name no lesson.
var reserved = []string{"hint", "skip", "again", "stop"}

func (r *rows) lessonWords(context.Context, string) ([]string, error) { return r.names(), nil }

func (r *rows) names() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for _, l := range r.lessons {
		names = append(names, l.Name)
	}
	return names
}

// learn lists the lessons or begins one.
func (r *rows) learn(ctx context.Context, s *shell.Session, a shell.Args) error {
	switch {
	case a.Has("f"):
		l, err := r.load(s, a.Get("f"))
		if err != nil {
			return err
		}
		return r.begin(ctx, s, l)
	case a.Has("LESSON"):
		l, err := r.find(a.Get("LESSON"))
		if err != nil {
			return err
		}
		return r.begin(ctx, s, l)
	default:
		return r.list(s)
	}
}

// find returns a lesson by its name, the beginning of it, or its number.
func (r *rows) find(word string) (*Lesson, error) {
	names := r.names()
	r.mu.Lock()
	defer r.mu.Unlock()
	if n, err := strconv.Atoi(word); err == nil && n >= 1 && n <= len(r.lessons) {
		return r.lessons[n-1], nil
	}
	name, err := shell.Resolve(word, names)
	if err != nil {
		return nil, err
	}
	for _, l := range r.lessons {
		if l.Name == name {
			return l, nil
		}
	}
	return nil, &failure.AbsentError{Text: syntax.Quote(word) + ": no such lesson; `learn` lists them"}
}

// mostBytes is how long the file of a lesson may be.
const mostBytes = 64 << 10

// load reads a lesson from a file and puts it into the list.
func (r *rows) load(s *shell.Session, file string) (*Lesson, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, failure.Usagef("learn -f %s: %v", syntax.Quote(file), err)
	}
	if len(text) > mostBytes {
		return nil, failure.Usagef("%s is longer than a lesson may be, 64 KiB", syntax.Quote(file))
	}
	l, err := Parse(file, string(text))
	if err == nil {
		err = l.understood(file, s)
	}
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.done, l.Name)
	for i := range r.lessons {
		if r.lessons[i].Name == l.Name {
			r.lessons[i] = l
			return l, nil
		}
	}
	r.lessons = append(r.lessons, l)
	return l, nil
}
