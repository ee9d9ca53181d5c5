package backup_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"time"

	"kv/client"
	"kv/client/backup"
	"kv/node/playground"
)

// A backup is written to any io.Writer.
func ExampleWrite() {
	c, ctx, done := exampleClient()
	defer done()
	if _, err := c.Put(ctx, "color", []byte("blue")); err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	s, err := backup.Write(ctx, backup.Of(c), &file, backup.Options{Keys: client.Prefix("color")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Count, "key")
	fmt.Println(string(bytes.Split(file.Bytes(), []byte("\n"))[1]))
	// Output:
	// 1 key
	// {"key":"color","value":"blue","create_revision":1,"mod_revision":1,"version":1}
}

// A plan says what a restore would change before it changes it.
func ExampleNewPlan() {
	c, ctx, done := exampleClient()
	defer done()
	var file bytes.Buffer
	if _, err := backup.Write(ctx, backup.Of(c), &file, backup.Options{}); err != nil {
		log.Fatal(err)
	}
	if _, err := c.Put(ctx, "color", []byte("red")); err != nil {
		log.Fatal(err)
	}
	p, err := backup.NewPlan(ctx, backup.Of(c), &file, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	fmt.Printf("%d to put, %d to delete\n", p.Put, p.Delete)
	r, err := p.Apply(ctx, backup.Of(c), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d deleted at revision %d\n", r.Delete, r.Revision)
	// Output:
	// 0 to put, 1 to delete
	// 1 deleted at revision 2
}

// exampleClient is a client of a node of its own, with what ends both.
func exampleClient() (*client.Client, context.Context, func()) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	nodes, err := playground.Open(ctx, playground.Config{Nodes: 1, FreePorts: true})
	if err != nil {
		log.Fatal(err)
	}
	c, err := client.Dial(nodes.Addresses())
	if err != nil {
		log.Fatal(err)
	}
	return c, ctx, func() { c.Close(); nodes.Close(); cancel() }
}
