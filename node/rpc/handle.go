package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"kv/proto/kverr"
)

// handler is what both services share.
type handler struct {
	backend Backend
	limits  Limits
	logger  *slog.Logger
}

// unary is the life of a unary request: check, Backend, status.
func unary[Req, Resp any](ctx context.Context, h *handler, req Req, check func(Req) error,
	do func(context.Context, Req) (Resp, error)) (resp Resp, err error) {
	err = h.guard(func() (err error) {
		if err = check(req); err != nil {
			return err
		}
		resp, err = do(ctx, req)
		return err
	})
	return resp, err
}

// guard runs do and returns its error as a status. A panic in do is a bug, but
// one request must not take the member down with it: it is logged with its stack
// and answered by ErrInternal. It is done here and not in an interceptor because
// the services also run on the Raft port's server, which is not ours.
func (h *handler) guard(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			h.logger.Error("panic in a request", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = kverr.ToStatus(kverr.ErrInternal.Withf("internal error: the member's log tells more"))
		}
	}()
	return kverr.ToStatus(do())
}

// unchecked is the check of a request without keys and values.
func unchecked[Req any](Req) error { return nil }
