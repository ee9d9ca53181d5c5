package repl

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/data"
	"kv/repl/internal/fake"
	"kv/repl/shell"
)

// shellConfig is the session that runs on the pseudo-terminal. It can be steered by
// environment variables and by files beside the history: see shellStore.
func shellConfig() Config {
	store := shellStore{fake.New(), new(sync.Once), new(atomic.Pointer[func(string)])}
	for i := range 5 {
		store.Add(strconv.Itoa(i) + strings.Repeat("x", 40))
	}
	for i := range 300 {
		if os.Getenv("KV_REPL_MANY") != "" {
			store.Add(fmt.Sprintf("user/%03d/name", i))
		}
	}
	color := os.Getenv("KV_REPL_COLOR")
	if color == "" {
		color = "never"
	}
	return Config{Store: store, In: os.Stdin, Out: os.Stdout, Err: os.Stdout, Interactive: true,
		Color: color, Startup: os.Getenv("KV_REPL_STARTUP"), HistoryFile: os.Getenv("KV_REPL_SHELL"), Refresh: 1e7,
		Prompt: "{cluster} {leader} {quorum}{read}{txn}> ", more: []shell.Room{store.room()}}
}

// room has commands for tests: `listen` lets what the file .shout holds appear above the
// prompt, and `login` takes secrets.
func (s shellStore) room() shell.Room {
	run := func(_ context.Context, session *shell.Session, _ shell.Args) error {
		s.above.Store(&session.Above)
		return nil
	}
	return shell.Room{Commands: []shell.Command{
		{Name: "listen", Group: shell.GroupShell, Run: run},
		{Name: "login", Group: shell.GroupShell, Run: run,
			Args:    []shell.Arg{{Name: "USER"}},
			Options: []shell.Option{{Name: "password", Value: "WORD", Secret: true}}},
	}}
}

// shellStore is a store that can be steered: `get hang` waits for the file .go or
// the end of its context, as the list of keys does while there is a file .hang; .down takes the
// leader away, .put puts a key, as another client would, and makes .done, and .shout see room.
type shellStore struct {
	*fake.Store
	other *sync.Once
	above *atomic.Pointer[func(string)]
}

// Get hangs on one key.
func (s shellStore) Get(ctx context.Context, key string, r data.Read) (client.GetResult, error) {
	for key == "hang" && !steered("go") {
		select {
		case <-ctx.Done():
			return client.GetResult{}, kverr.From(ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
	return s.Store.Get(ctx, key, r)
}

// List hangs.
func (s shellStore) List(ctx context.Context, prefix string, r data.Read) (data.Listing, error) {
	if steered("hang") {
		<-ctx.Done()
		return data.Listing{}, kverr.From(ctx.Err())
	}
	return s.Store.List(ctx, prefix, r)
}

// steered reports whether there is a file beside the history.
func steered(name string) bool {
	_, missing := os.Stat(os.Getenv("KV_REPL_SHELL") + "." + name)
	return missing == nil
}

// Health is asked all the time: it sees the files.
func (s shellStore) Health(ctx context.Context) (client.Health, error) {
	h, err := s.Store.Health(ctx)
	if steered("down") {
		h.Leader, h.Quorum, h.Reachable = nil, false, 1
	}
	if steered("gone") {
		return client.Health{}, kverr.ErrUnreachable
	}
	if steered("put") {
		s.other.Do(func() {
			_, err = s.Put(ctx, "color", []byte("blue"), data.Write{})
			_ = os.WriteFile(os.Getenv("KV_REPL_SHELL")+".done", nil, 0o600)
		})
	}
	if above := s.above.Load(); above != nil && steered("shout") {
		name := os.Getenv("KV_REPL_SHELL") + ".shout"
		text, _ := os.ReadFile(name)
		_ = os.Remove(name)
		(*above)(string(text))
	}
	return h, err
}
