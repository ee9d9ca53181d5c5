package node_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	kvv1 "kv/proto/kv/v1"
)

// A vote for a candidate that is nobody, or whose name is no text, is refused: the member
// goes on, and can tell of it.
func TestAVoteForNobody(t *testing.T) {
	t.Parallel()
	for name, caller := range map[string]*kvv1.Caller{
		"without a name": {ProtocolVersion: 3},
		"no text":        {ProtocolVersion: 3, Id: []byte("\xff@1"), Addr: []byte("127.0.0.1:1")},
		"too long":       {ProtocolVersion: 3, Id: []byte("n2@1"), Addr: make([]byte, 500)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			n := openNode(ctx, t, nil)
			status, err := n.Status(ctx, &kvv1.StatusRequest{})
			if err != nil {
				t.Fatal(err)
			}
			self := status.GetSelf()
			id, _ := n.Cluster()
			conn, err := grpc.NewClient("passthrough:///"+self.GetRaftAddress(), grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			to := metadata.AppendToOutgoingContext(ctx, "kv-cluster", id, "kv-from", "n2@1", "kv-to", self.GetName()+"@"+self.GetIncarnation())
			ask, cancel := context.WithTimeout(to, time.Second)
			defer cancel()
			_, err = kvv1.NewRaftClient(conn).RequestVote(ask, &kvv1.RequestVoteRequest{Caller: caller, Term: 100, LastLogIndex: 1 << 40, LastLogTerm: 100, LeadershipTransfer: true})
			if err == nil {
				t.Error("the vote is not refused")
			}
			await(ctx, t, "the node to lead again", func() bool {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				_, err := n.Put(ctx, &kvv1.PutRequest{Key: []byte("k")})
				return err == nil
			})
			events, err := kvv1.NewClusterClient(conn).Events(to, &kvv1.EventsRequest{})
			if err == nil {
				_, err = events.Recv()
			}
			if err != nil {
				t.Errorf("its events: %v", err)
			}
		})
	}
}
