//go:build unix

package main

import (
	"io"
	"os/exec"
	"testing"

	"kv/node/playground"
)

// BenchmarkStart is a whole `kv get k` against a node that runs: the process's start, its
// connection, the answer and its end. The aim is 30 ms.
func BenchmarkStart(b *testing.B) {
	c, err := playground.Open(b.Context(), playground.Config{Nodes: 1, Dir: b.TempDir(), FreePorts: true})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	binary := b.TempDir() + "/kv"
	if out, err := exec.Command("go", "build", "-o", binary, "kv/cmd/kv").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	run := func(args ...string) {
		cmd := exec.Command(binary, append(args, "-addr", c.Addresses()[0])...)
		cmd.Stdout = io.Discard
		if err := cmd.Run(); err != nil {
			b.Fatalf("%q: %v", args, err)
		}
	}
	run("put", "k", "v")
	for b.Loop() {
		run("get", "k")
	}
}
