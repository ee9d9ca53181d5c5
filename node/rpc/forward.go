package rpc

import (
	"context"

	"google.golang.org/grpc/metadata"
)

// forwardedKey marks a call that a member passes on to the leader.
const forwardedKey = "kv-forwarded"

// Forwarded reports whether the call that ctx belongs to came from another
// member. It must not be passed on again: two members that each take the other
// for the leader would send it to and fro.
func Forwarded(ctx context.Context) bool {
	return len(metadata.ValueFromIncomingContext(ctx, forwardedKey)) > 0
}

// WithForwarded returns a context whose outgoing calls are marked as forwarded.
func WithForwarded(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, forwardedKey, "1")
}
