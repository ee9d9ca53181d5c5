package repl

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/data"
	"kv/repl/internal/fake"
)

// shellConfig is the session that runs on the pseudo-terminal. It can be steered:
// `get hang` waits for the end of its context, a file beside the history takes the
// leader away, and another puts a key, as another client would.
func shellConfig() Config {
	store := shellStore{fake.New(), new(sync.Once)}
	for i := range 5 {
		store.Add(strconv.Itoa(i) + strings.Repeat("x", 40))
	}
	return Config{Store: store, In: os.Stdin, Out: os.Stdout, Err: os.Stdout, Interactive: true,
		Color: "never", Startup: os.Getenv("KV_REPL_STARTUP"), HistoryFile: os.Getenv("KV_REPL_SHELL"), Refresh: 1e7,
		Prompt: "{cluster} {leader} {quorum}{read}{txn}> "}
}

type shellStore struct {
	*fake.Store
	other *sync.Once
}

// Get hangs on one key.
func (s shellStore) Get(ctx context.Context, key string, r data.Read) (client.GetResult, error) {
	if key == "hang" {
		<-ctx.Done()
		return client.GetResult{}, kverr.From(ctx.Err())
	}
	return s.Store.Get(ctx, key, r)
}

// Health is asked all the time: it sees the files.
func (s shellStore) Health(ctx context.Context) (client.Health, error) {
	h, err := s.Store.Health(ctx)
	if _, missing := os.Stat(os.Getenv("KV_REPL_SHELL") + ".down"); missing == nil {
		h.Leader, h.Quorum, h.Reachable = nil, false, 1
	}
	if _, missing := os.Stat(os.Getenv("KV_REPL_SHELL") + ".gone"); missing == nil {
		return client.Health{}, kverr.ErrUnreachable
	}
	if _, missing := os.Stat(os.Getenv("KV_REPL_SHELL") + ".put"); missing == nil {
		s.other.Do(func() { _, err = s.Put(ctx, "color", []byte("blue"), data.Write{}) })
	}
	return h, err
}
