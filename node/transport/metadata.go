package transport

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// The metadata of every call between nodes.
const (
	keyCluster = "kv-cluster" // the sender's cluster id
	keyFrom    = "kv-from"    // the sender's server id
	keyTo      = "kv-to"      // the server id that the sender takes the receiver for
)

// stampedConn is a connection that puts the metadata into every call's outgoing
// context. It does so before any interceptor runs, whichever way that one was
// added, so that the playground's wires can see who speaks to whom.
type stampedConn struct {
	*grpc.ClientConn
	cluster, from, to string
}

func (c *stampedConn) stamp(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, keyCluster, c.cluster, keyFrom, c.from, keyTo, c.to)
}

// Invoke makes a unary call.
func (c *stampedConn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return c.ClientConn.Invoke(c.stamp(ctx), method, args, reply, opts...)
}

// NewStream begins a streaming call.
func (c *stampedConn) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return c.ClientConn.NewStream(c.stamp(ctx), desc, method, opts...)
}

// brokenConn fails every call with err.
type brokenConn struct{ err error }

func (c brokenConn) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	return kverr.ToStatus(c.err)
}

func (c brokenConn) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, kverr.ToStatus(c.err)
}

// admit refuses calls from another cluster or for another receiver. Only Join
// may leave both out, since a new node knows neither.
func (c Config) admit(ctx context.Context, method string) error {
	cluster, to := first(ctx, keyCluster), first(ctx, keyTo)
	if method == kvv1.Raft_Join_FullMethodName && cluster == "" && to == "" {
		return nil
	}
	switch {
	case cluster != c.ClusterID:
		return kverr.ErrClusterMismatch.Withf("cluster mismatch: the caller belongs to %q, this node to %q", cluster, c.ClusterID)
	case to != string(c.LocalID):
		return kverr.ErrWrongReceiver.Withf("wrong receiver: the call is for %q, this node is %q", to, c.LocalID)
	default:
		return nil
	}
}

// first returns the first value of a metadata key, "" for none.
func first(ctx context.Context, key string) string {
	if values := metadata.ValueFromIncomingContext(ctx, key); len(values) > 0 {
		return values[0]
	}
	return ""
}

func (c Config) admitUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := c.admit(ctx, info.FullMethod); err != nil {
		c.logRefusal(ctx, info.FullMethod, err)
		return nil, kverr.ToStatus(err)
	}
	return handler(ctx, req)
}

func (c Config) admitStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := c.admit(stream.Context(), info.FullMethod); err != nil {
		c.logRefusal(stream.Context(), info.FullMethod, err)
		return kverr.ToStatus(err)
	}
	return handler(srv, stream)
}

// logRefusal is for those who look for it: the caller, who can do something about
// it, is told anyway, and a stray node calls many times a second.
func (c Config) logRefusal(ctx context.Context, method string, err error) {
	c.Logger.Debug("call refused", "method", method, "from", first(ctx, keyFrom), "error", err)
}
