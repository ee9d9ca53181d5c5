package repl

import (
	"context"

	"kv/client"
)

// NewStore makes a Store of a client, which stays the caller's to close.
func NewStore(c *client.Client) Store { return clientStore{c} }

// clientStore puts the client's options into its own words: a Read can be seen
// through, which a test needs and a function does not allow.
type clientStore struct{ *client.Client }

var _ Store = clientStore{}

// Get implements Store.
func (s clientStore) Get(ctx context.Context, key string, r Read) (client.GetResult, error) {
	return s.Client.Get(ctx, key, r.options()...)
}

// List implements Store.
func (s clientStore) List(ctx context.Context, prefix string, r Read) (Listing, error) {
	l, err := s.Client.List(ctx, prefix, r.options()...)
	if err != nil {
		return Listing{}, err
	}
	return Listing{Header: l.Header, Freshness: l.Freshness, All: l.All(), More: l.More}, nil
}

// Status implements Store.
func (s clientStore) Status(ctx context.Context, member string) (client.Status, error) {
	if member == "" {
		return s.Client.Status(ctx)
	}
	return s.Client.Status(ctx, member)
}

func (r Read) options() []client.ReadOption {
	options := []client.ReadOption{client.Limit(r.Limit), client.At(r.At)}
	if r.Stale {
		options = append(options, client.Stale())
	}
	if r.KeysOnly {
		options = append(options, client.KeysOnly())
	}
	return options
}
