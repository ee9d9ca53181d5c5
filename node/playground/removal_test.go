package playground

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"kv/node"
	"kv/proto/kverr"
)

// strangers keeps members from calling anybody but some addresses.
type strangers struct{ friends atomic.Pointer[[]string] } // nil: they call anybody

func (s *strangers) refused(target string) error {
	if f := s.friends.Load(); f != nil && !slices.ContainsFunc(*f, func(addr string) bool { return target == addr || target == "passthrough:///"+addr }) {
		return status.Error(codes.Unavailable, "the test keeps this call")
	}
	return nil
}

func (s *strangers) dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			if err := s.refused(cc.Target()); err != nil {
				return err
			}
			return invoke(ctx, method, req, reply, cc, opts...)
		}),
		grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, stream grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			if err := s.refused(cc.Target()); err != nil {
				return nil, err
			}
			return stream(ctx, desc, cc, method, opts...)
		}),
	}
}

// A learner that was removed before anything of the log came to it, and was not told, ends
// like every member that was removed, be it after a restart.
func TestALearnerThatWasRemovedUnseenEnds(t *testing.T) {
	t.Parallel()
	for name, restarts := range map[string]bool{"while it runs": false, "after a restart": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls strangers
			c := newCluster(t, 3, func(cfg *node.Config) {
				if cfg.Name != "n4" {
					cfg.DialOptions = append(cfg.DialOptions, calls.dialOptions()...)
				}
			})
			friends := make([]string, 0, 3)
			for _, name := range c.Names() {
				_, _, addr, _ := c.Describe(name)
				friends = append(friends, addr)
			}
			calls.friends.Store(&friends)

			soon, cancel := context.WithTimeout(testContext(t), 3*time.Second)
			defer cancel()
			if _, votes, err := c.Add(soon, "n4"); err != nil || votes {
				t.Fatalf("add n4: votes %t, %v; want a learner that hears nothing", votes, err)
			}
			n4 := c.Node("n4")
			if restarts {
				must(t, c.Kill(testContext(t), "n4"))
			}
			if _, err := dial(t, c, "n1", "n2", "n3").RemoveMember(testContext(t), "n4"); err != nil {
				t.Fatal(err)
			}
			if restarts {
				must(t, c.Start(testContext(t), "n4"))
				n4 = c.Node("n4")
			}
			waitFor(t, c, "n4 to hear that it was removed", func() bool { return n4.Err() != nil })
			if !errors.Is(n4.Err(), kverr.ErrRemoved) {
				t.Fatalf("n4 ended with %v, want ErrRemoved", n4.Err())
			}
			if state, _, _, _ := c.Describe("n4"); state != stateRemoved {
				t.Errorf("n4 is %s", state)
			}
		})
	}
}
