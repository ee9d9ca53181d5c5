package client

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// firstVersion knows gets of a key, lists by prefix, and writes that are not numbered.
// It does what it understands of a request and passes over the rest: a condition, a
// time to live, a range, the stamp by which a write happens once. So it is asked
// nothing else.
const firstVersion = "0.1.0"

// versionCheck keeps requests of later versions from a member of the first one. It
// asks for the member's version once in a connection, and not for what every
// version knows.
type versionCheck struct{ passed atomic.Bool }

// unary implements grpc.UnaryClientInterceptor.
func (v *versionCheck) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, next grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if err := v.check(ctx, cc, req); err != nil {
		return err
	}
	return next(ctx, method, req, reply, cc, opts...)
}

// stream implements grpc.StreamClientInterceptor.
func (v *versionCheck) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, next grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := next(ctx, desc, cc, method, opts...)
	if err != nil {
		return nil, err
	}
	return &checkedStream{ClientStream: s, check: v, cc: cc}, nil
}

type checkedStream struct {
	grpc.ClientStream
	check *versionCheck
	cc    *grpc.ClientConn
}

// SendMsg implements grpc.ClientStream.
func (s *checkedStream) SendMsg(req any) error {
	if err := s.check.check(s.Context(), s.cc, req); err != nil {
		return err
	}
	return s.ClientStream.SendMsg(req)
}

// check returns ErrUpgrading if req must not go to the member at cc, or why it
// cannot be asked. Nothing of req has been sent then.
func (v *versionCheck) check(ctx context.Context, cc *grpc.ClientConn, req any) error {
	if v.passed.Load() || !isNewer(req) {
		return nil
	}
	ctx, mark := kverr.WithSentMark(ctx) // that of req must not see this request
	resp, err := kvv1.NewClusterClient(cc).Status(ctx, &kvv1.StatusRequest{})
	switch {
	case err != nil && mark.Sent():
		return judge(err, true, true, sight{})
	case err != nil: // the caller knows why nothing was sent
		return err
	}
	if self := resp.GetSelf(); self.GetVersion() == firstVersion {
		return kverr.ErrUpgrading.Withf("%s runs kv %s, which does not know this request; upgrade it, or ask another member",
			self.GetName(), firstVersion)
	}
	v.passed.Store(true)
	return nil
}

// isNewer reports whether the first version would do something else than req says,
// or does not know req at all.
func isNewer(req any) bool {
	switch r := req.(type) {
	case *kvv1.PutRequest:
		return r.GetStamp() != nil || r.IfModRevision != nil || r.GetPrev() || r.GetLease() != 0 || r.GetTtlMs() != 0
	case *kvv1.GetRequest:
		return r.GetRevision() != 0
	case *kvv1.DeleteRequest:
		return r.GetStamp() != nil || r.IfModRevision != nil || r.GetPrev() || r.GetRange() != nil
	case *kvv1.ListRequest:
		return r.GetRange() != nil || r.GetReverse() || r.GetCountOnly() || r.GetRevision() != 0 || r.GetSortBy() > kvv1.SortBy_SORT_BY_KEY
	case *kvv1.TxnRequest, *kvv1.HistoryRequest, *kvv1.RevertRequest, *kvv1.CompactRequest, *kvv1.WatchRequest,
		*kvv1.GrantLeaseRequest, *kvv1.KeepAliveLeaseRequest, *kvv1.RevokeLeaseRequest, *kvv1.ListLeasesRequest:
		return true
	}
	return false
}
