package repl

import (
	"context"
	"os"
	"strconv"
	"strings"

	"kv/client"
	"kv/proto/kverr"
)

// shellConfig is the session that runs on the pseudo-terminal. It can be steered:
// `get hang` waits for the end of its context, and a file beside the history takes
// the leader away.
func shellConfig() Config {
	store := shellStore{newFakeStore()}
	for i := range 5 {
		key := strconv.Itoa(i) + strings.Repeat("x", 40)
		store.keys[key] = client.KeyValue{Key: key, Version: 1}
	}
	return Config{Store: store, In: os.Stdin, Out: os.Stdout, Err: os.Stdout, Interactive: true,
		Color: "never", HistoryFile: os.Getenv("KV_REPL_SHELL"), Refresh: 1e7}
}

type shellStore struct{ *fakeStore }

// Get hangs on one key.
func (s shellStore) Get(ctx context.Context, key string, r Read) (client.GetResult, error) {
	if key == "hang" {
		<-ctx.Done()
		return client.GetResult{}, kverr.From(ctx.Err())
	}
	return s.fakeStore.Get(ctx, key, r)
}

// Health loses the leader once a file says so.
func (s shellStore) Health(ctx context.Context) (client.Health, error) {
	h, err := s.fakeStore.Health(ctx)
	if _, missing := os.Stat(os.Getenv("KV_REPL_SHELL") + ".down"); missing == nil {
		h.Leader, h.Quorum, h.Reachable = nil, false, 1
	}
	return h, err
}
