package cluster_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"kv/client"
	"kv/repl/cluster"
	"kv/repl/internal/fake"
)

// statusStore has a status of its own.
type statusStore struct {
	*fake.Store
	status client.Status
}

func (s statusStore) Status(context.Context, string) (client.Status, error) { return s.status, nil }

func TestStatusShowsWhatThereIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     client.Status
		has, hasNo string
	}{
		"an old member or one that waits": {client.Status{LiveBytes: 7}, "7 B", "history"},
		"no quota yet":                    {client.Status{OldestRevision: 1}, "not set yet", "%"},
		"one of each":                     {client.Status{OldestRevision: 1, Leases: 1, Sessions: 1, Watches: 1}, "1 lease, 1 session, 1 watch\n", "1 changes"},
		"none and many":                   {client.Status{OldestRevision: 1, Sessions: 2, Watches: 3}, "0 leases, 2 sessions, 3 watches\n", "NaN"},
		"half full":                       {client.Status{OldestRevision: 1, QuotaBytes: 2048, LiveBytes: 1024}, "2.0 KiB, of which 50.0% are used", "not set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			s := fake.Session(&out, &out, cluster.Room(statusStore{fake.New(), c.status}))
			if err := s.Exec(t.Context(), []string{"status"}); err != nil {
				t.Error(err)
			}
			if !strings.Contains(out.String(), c.has) || strings.Contains(out.String(), c.hasNo) {
				t.Errorf("%s", out.String())
			}
		})
	}
}
