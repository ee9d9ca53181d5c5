package transport

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"kv/proto/kverr"
)

// callError turns what gRPC returned for c into an error that people can read
// and that errors.Is finds in the dictionary; ctx is the call's.
func callError(ctx context.Context, c call, err error) error {
	if cause := context.Cause(ctx); isOurs(cause) {
		return fmt.Errorf("%s to %s at %s: %w", c.name, c.id, c.target, cause)
	}
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) && status.Code(err) == codes.Canceled {
		// By a clock that may stop, the end of our patience looks like a cancellation.
		err = status.FromContextError(context.DeadlineExceeded).Err()
	}
	return fmt.Errorf("%s to %s at %s: %w", c.name, c.id, c.target, plain(err))
}

// isOurs reports whether we ended the call ourselves for a reason that says more
// than gRPC's "canceled".
func isOurs(cause error) bool {
	return errors.Is(cause, errCallsCanceled) ||
		errors.Is(cause, errSnapshotStalled) ||
		errors.Is(cause, raft.ErrTransportShutdown)
}

// plain is kverr.FromStatus with texts that fit a conversation between nodes:
// the dictionary's speak to a client that waits for its write.
func plain(err error) *kverr.Error {
	e := kverr.FromStatus(err)
	detailed := len(status.Convert(err).Details()) > 0
	switch code := status.Code(err); {
	case code == codes.DeadlineExceeded:
		// Either side may be the first to see the deadline pass; it means the same.
		return e.Withf("no answer in time")
	case detailed:
		return e
	case code == codes.Unavailable:
		return e.Withf("no connection: %s", status.Convert(err).Message())
	case code == codes.Unimplemented:
		return e.Withf("what listens there is not a kv node's raft port")
	default:
		return e
	}
}
