package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"kv/proto/kverr"
)

// handler is what the services share.
type handler struct {
	backend     Backend
	limits      Limits
	pressure    *Pressure
	counts      *Counts // nil counts nothing
	sendTimeout time.Duration
	logger      *slog.Logger
	// stopping is closed when the server begins to shut down; nil if it never says.
	stopping <-chan struct{}
}

// unary is the life of a unary request: check, Backend, status.
func unary[Req, Resp any](ctx context.Context, h *handler, req Req, check func(Req) error,
	do func(context.Context, Req) (Resp, error)) (resp Resp, err error) {
	err = h.guard(ctx, func() (err error) {
		if err = check(req); err != nil {
			return err
		}
		resp, err = do(ctx, req)
		return err
	})
	return resp, err
}

// counted is unary for a request that counts as in flight.
func counted[Req proto.Message, Resp any](ctx context.Context, h *handler, k kind, req Req, check func(Req) error,
	do func(context.Context, Req) (Resp, error)) (Resp, error) {
	return unary(ctx, h, req, check, func(ctx context.Context, req Req) (resp Resp, err error) {
		release, err := h.pressure.admit(ctx, k, proto.Size(req))
		if err != nil {
			return resp, err
		}
		defer release()
		return do(ctx, req)
	})
}

// stream is the life of a request that is answered by a stream. It counts once
// for as long as it lasts, whatever it is answered by. Each of its messages has to be
// taken in time.
func stream[Req proto.Message, Resp any](h *handler, k kind, req Req, to grpc.ServerStreamingServer[Resp], check func(Req) error,
	do func(context.Context, Req, func(*Resp) error) error) error {
	return h.guard(to.Context(), func() error {
		if err := check(req); err != nil {
			return err
		}
		release, err := h.pressure.admit(to.Context(), k, proto.Size(req))
		if err != nil {
			return err
		}
		defer release()
		return do(to.Context(), req, newSender(h, to).send)
	})
}

// guard runs do and returns its error as a status. A panic in do is a bug, but
// one request must not take the member down with it: it is logged with its stack
// and answered by ErrInternal. It is done here and not in an interceptor because
// the services also run on the Raft port's server, which is not ours.
func (h *handler) guard(ctx context.Context, do func() error) error {
	return kverr.ToStatus(h.guarded(ctx, do))
}

func (h *handler) guarded(ctx context.Context, do func() error) (err error) {
	defer h.recovered(&err)
	if err := h.sameCluster(ctx); err != nil {
		return err
	}
	return do()
}

// recovered is to be deferred: it makes a panic the error.
func (h *handler) recovered(err *error) {
	if p := recover(); p != nil {
		*err = h.panicked(p)
	}
}

// panicked notes a panic, and returns the error of the request that it was in.
func (h *handler) panicked(p any) error {
	h.logger.Error("panic in a request", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	return kverr.ErrInternal.Withf("internal error: the member's log tells more")
}

// sameCluster refuses a request that is meant for another cluster: the address may
// have been that one's member when the client learned it. A client that does not
// know its cluster yet names none.
func (h *handler) sameCluster(ctx context.Context) error {
	wants := metadata.ValueFromIncomingContext(ctx, clusterKey)
	if len(wants) == 0 {
		return nil
	}
	return h.isCluster(wants[0])
}

func (h *handler) isCluster(want string) error {
	is := h.backend.ClusterID()
	if is == "" || want == is {
		return nil
	}
	return kverr.ErrClusterMismatch.Withf("this node belongs to cluster %s, the request is for %q", is, want)
}

// clusterKey is the metadata that names the cluster a request is for.
const clusterKey = "kv-cluster"

// unchecked is the check of a request without keys and values.
func unchecked[Req any](Req) error { return nil }
