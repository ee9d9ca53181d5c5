package client_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"
	"time"

	"kv/client"
)

func ExampleClient_Leader() {
	c, ctx, done := exampleClient()
	defer done()
	l, err := c.Leader(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Name, l.Address == c.Addresses()[0])
	// Output: n1 true
}

// Members that have applied the same log have the same hash: compare it at one index.
func ExampleClient_StateHash() {
	c, ctx, done := exampleClient()
	defer done()
	put, err := c.Put(ctx, "hash/k", []byte("v"))
	if err != nil {
		log.Fatal(err)
	}
	h, err := c.StateHash(ctx, "n1", put.AppliedIndex)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(h.Hash != "", h.Index >= put.AppliedIndex)
	// Output: true true
}

// What has happened at a member since it was started.
func ExampleClient_Events() {
	c, ctx, done := exampleClient()
	defer done()
	pages, err := c.Events(ctx, "n1", client.EventsRequest{})
	if err != nil {
		log.Fatal(err)
	}
	for page, err := range pages {
		if err != nil {
			log.Fatal(err)
		}
		for _, e := range page.Events {
			if e.Kind == client.EventRole && e.Role == client.RoleLeader {
				fmt.Println(e.Member, "leads")
			}
		}
	}
	// Output: n1 leads
}

func ExampleClient_Log() {
	c, ctx, done := exampleClient()
	defer done()
	if _, err := c.Put(ctx, "log/k", []byte("v")); err != nil {
		log.Fatal(err)
	}
	l, err := c.Log(ctx, "n1", client.LogRequest{Limit: 1})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range l.Entries {
		fmt.Println(e.Index == l.Last, e.Kind)
	}
	// Output: true command
}

func ExampleClient_Settings() {
	c, ctx, done := exampleClient()
	defer done()
	s, err := c.Settings(ctx, "n1")
	if err != nil {
		log.Fatal(err)
	}
	for _, rule := range s.All {
		if rule.Name == "quota" {
			fmt.Println(rule.Value)
		}
	}
	// Output: 2 GiB
}

// A member notes for ten seconds what it does with each log entry.
func ExampleClient_Trace() {
	c, ctx, done := exampleClient()
	defer done()
	if _, err := c.Trace(ctx, "n1", 10*time.Second); err != nil {
		log.Fatal(err)
	}
	put, err := c.Put(ctx, "trace/k", []byte("v"))
	if err != nil {
		log.Fatal(err)
	}
	t, err := c.Trace(ctx, "n1", 0)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range t.Steps {
		if s.Kind == client.TraceApplied && s.First <= put.AppliedIndex && put.AppliedIndex <= s.Last {
			fmt.Println("applied")
		}
	}
	// Output: applied
}

// A prompt shows the health of the cluster, and looks again when it may be another.
func ExampleClient_Changed() {
	c, ctx, done := exampleClient()
	defer done()
	if err := c.Changed(ctx); err != nil {
		log.Fatal(err)
	}
	h, err := c.Health(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(h.Quorum)
	// Output: true
}

// Can the cluster still write? This changes nothing, and takes as long as a put.
func ExampleClient_Commit() {
	c, ctx, done := exampleClient()
	defer done()
	_, err := c.Commit(ctx, "n1")
	fmt.Println(err)
	// Output: <nil>
}

// An example shows each call in use.
func TestEveryCallHasAnExample(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("example_*test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	ctx := reflect.TypeFor[context.Context]()
	calls := 0
	for _, of := range []reflect.Type{reflect.TypeFor[*client.Client](), reflect.TypeFor[*client.Session](), reflect.TypeFor[*client.Mutex](), reflect.TypeFor[*client.Election]()} {
		for m := range of.Methods() {
			if m.Type.NumIn() < 2 || m.Type.In(1) != ctx {
				continue
			}
			calls++
			if !regexp.MustCompile(`\.` + m.Name + `\(`).Match(all) {
				t.Errorf("no example shows %s.%s", of, m.Name)
			}
		}
	}
	if calls < 40 {
		t.Errorf("only %d calls were looked at", calls)
	}
}
