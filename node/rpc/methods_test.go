package rpc_test

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"kv/node/rpc"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// echo answers every method by an error that names it.
type echo struct{}

var _ rpc.Backend = echo{}

func named[Resp any](method string) (*Resp, error) { return nil, kverr.ErrInvalid.Withf("%s", method) }

func (echo) ClusterID() string { return "" }

func (echo) Header() *kvv1.Header { return nil }

func (echo) ReadMany(_ context.Context, _ kvv1.Consistency, calls []*rpc.Call) {
	for _, c := range calls {
		c.Fail(kverr.ErrInvalid.Withf("ReadMany"))
	}
}

func (echo) WriteMany(calls []*rpc.Call, _ func([]*rpc.Call)) []*rpc.Call { return calls }

func (echo) Put(context.Context, *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	return named[kvv1.PutResponse]("Put")
}

func (echo) Get(context.Context, *kvv1.GetRequest) (*kvv1.GetResponse, error) {
	return named[kvv1.GetResponse]("Get")
}

func (echo) Delete(context.Context, *kvv1.DeleteRequest) (*kvv1.DeleteResponse, error) {
	return named[kvv1.DeleteResponse]("Delete")
}

func (echo) List(context.Context, *kvv1.ListRequest, func(*kvv1.ListResponse) error) error {
	return kverr.ErrInvalid.Withf("List")
}

func (echo) Txn(context.Context, *kvv1.TxnRequest) (*kvv1.TxnResponse, error) {
	return named[kvv1.TxnResponse]("Txn")
}

func (echo) History(context.Context, *kvv1.HistoryRequest, func(*kvv1.HistoryResponse) error) error {
	return kverr.ErrInvalid.Withf("History")
}

func (echo) Revert(context.Context, *kvv1.RevertRequest) (*kvv1.RevertResponse, error) {
	return named[kvv1.RevertResponse]("Revert")
}

func (echo) Compact(context.Context, *kvv1.CompactRequest) (*kvv1.CompactResponse, error) {
	return named[kvv1.CompactResponse]("Compact")
}

func (echo) Watch(context.Context, *kvv1.WatchRequest, func(*kvv1.WatchResponse) error) error {
	return kverr.ErrInvalid.Withf("Watch")
}

func (echo) GrantLease(context.Context, *kvv1.GrantLeaseRequest) (*kvv1.GrantLeaseResponse, error) {
	return named[kvv1.GrantLeaseResponse]("GrantLease")
}

func (echo) KeepAliveLease(context.Context, *kvv1.KeepAliveLeaseRequest) (*kvv1.KeepAliveLeaseResponse, error) {
	return named[kvv1.KeepAliveLeaseResponse]("KeepAliveLease")
}

func (echo) RevokeLease(context.Context, *kvv1.RevokeLeaseRequest) (*kvv1.RevokeLeaseResponse, error) {
	return named[kvv1.RevokeLeaseResponse]("RevokeLease")
}

func (echo) ListLeases(context.Context, *kvv1.ListLeasesRequest) (*kvv1.ListLeasesResponse, error) {
	return named[kvv1.ListLeasesResponse]("ListLeases")
}

func (echo) Status(context.Context, *kvv1.StatusRequest) (*kvv1.StatusResponse, error) {
	return named[kvv1.StatusResponse]("Status")
}

func (echo) Members(context.Context, *kvv1.MembersRequest) (*kvv1.MembersResponse, error) {
	return named[kvv1.MembersResponse]("Members")
}

func (echo) AddMember(context.Context, *kvv1.AddMemberRequest) (*kvv1.AddMemberResponse, error) {
	return named[kvv1.AddMemberResponse]("AddMember")
}

func (echo) RemoveMember(context.Context, *kvv1.RemoveMemberRequest) (*kvv1.RemoveMemberResponse, error) {
	return named[kvv1.RemoveMemberResponse]("RemoveMember")
}

func (echo) TransferLeadership(context.Context, *kvv1.TransferLeadershipRequest) (*kvv1.TransferLeadershipResponse, error) {
	return named[kvv1.TransferLeadershipResponse]("TransferLeadership")
}

func (echo) StateHash(context.Context, *kvv1.StateHashRequest) (*kvv1.StateHashResponse, error) {
	return named[kvv1.StateHashResponse]("StateHash")
}

func (echo) Snapshot(context.Context, *kvv1.SnapshotRequest) (*kvv1.SnapshotResponse, error) {
	return named[kvv1.SnapshotResponse]("Snapshot")
}

func (echo) Invite(context.Context, *kvv1.InviteRequest) (*kvv1.InviteResponse, error) {
	return named[kvv1.InviteResponse]("Invite")
}

func (echo) Events(context.Context, *kvv1.EventsRequest, func(*kvv1.EventsResponse) error) error {
	return kverr.ErrInvalid.Withf("Events")
}

func (echo) LogEntries(context.Context, *kvv1.LogEntriesRequest) (*kvv1.LogEntriesResponse, error) {
	return named[kvv1.LogEntriesResponse]("LogEntries")
}

func (echo) Trace(context.Context, *kvv1.TraceRequest) (*kvv1.TraceResponse, error) {
	return named[kvv1.TraceResponse]("Trace")
}

func (echo) Settings(context.Context, *kvv1.SettingsRequest) (*kvv1.SettingsResponse, error) {
	return named[kvv1.SettingsResponse]("Settings")
}

// send calls a method by name and returns the error that it is answered by.
func send(ctx context.Context, cc *grpc.ClientConn, method string, req proto.Message) *kverr.Error {
	stream, err := cc.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
	if err != nil {
		return kverr.FromStatus(err)
	}
	err = errors.Join(stream.SendMsg(req), stream.CloseSend())
	if err == nil {
		err = stream.RecvMsg(new(kvv1.PutResponse))
	}
	return kverr.FromStatus(err)
}

func TestEachMethodReachesItsOwn(t *testing.T) {
	t.Parallel()
	_, cc := newServer(t, rpc.Config{Backend: echo{}})
	key := []byte("k")
	fine := map[string]proto.Message{
		"Put":            &kvv1.PutRequest{Key: key},
		"Get":            &kvv1.GetRequest{Key: key},
		"Delete":         &kvv1.DeleteRequest{Key: key},
		"Revert":         &kvv1.RevertRequest{Key: key, Revision: 1},
		"Compact":        &kvv1.CompactRequest{Revision: 1},
		"History":        &kvv1.HistoryRequest{Key: key},
		"GrantLease":     &kvv1.GrantLeaseRequest{TtlMs: 1000},
		"KeepAliveLease": &kvv1.KeepAliveLeaseRequest{Lease: 1},
		"RevokeLease":    &kvv1.RevokeLeaseRequest{Lease: 1},
	}
	call := func(service, method string) {
		req := fine[method]
		if req == nil {
			req = &kvv1.StatusRequest{} // an empty message of any kind
		}
		if e := send(newContext(t), cc, "/"+service+"/"+method, req); !errors.Is(e, kverr.ErrInvalid) || e.Error() != method {
			t.Errorf("%s/%s: %v", service, method, e)
		}
	}
	for _, d := range []grpc.ServiceDesc{kvv1.KV_ServiceDesc, kvv1.Leases_ServiceDesc, kvv1.Cluster_ServiceDesc} {
		for _, m := range d.Methods {
			call(d.ServiceName, m.MethodName)
		}
		for _, s := range d.Streams {
			if s.ClientStreams {
				continue // Stream has tests of its own
			}
			call(d.ServiceName, s.StreamName)
		}
	}
}
