package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// ownFlags returns the flags that a scenario gives its playground in its first line, which
// also makes it a program of its own:
//
//	#!/usr/bin/env -S kv playground -nodes 5 -f
//
// The -f at the end, whose value the system adds, is left out. There are none without
// such a line.
func ownFlags(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	first, err := bufio.NewReader(io.LimitReader(f, 4<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	interpreter, isProgram := strings.CutPrefix(first, "#!")
	words := strings.Fields(interpreter)
	at := slices.Index(words, "playground")
	if !isProgram || at < 0 {
		return nil, nil
	}
	own := words[at+1:]
	if n := len(own); n > 0 && strings.TrimLeft(own[n-1], "-") == "f" {
		own = own[:n-1]
	}
	return own, nil
}
