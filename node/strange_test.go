package node_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"kv/node"
	kvv1 "kv/proto/kv/v1"
)

// What a stranger puts into a request: small numbers, which name what is there, and
// those at the ends.
var (
	strangeNumbers = []uint64{0, 1, 2, 3, 7, 100, 1 << 31, 1<<32 - 1, 1<<63 - 1, 1 << 63, 1<<64 - 1}
	strangeWords   = []string{"", "k", "zz", "n1", "\x00", "\xff", strings.Repeat("x", 40_000), "127.0.0.1:9"}
)

// strange fills a message at random.
func strange(m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		switch {
		case rand.IntN(3) == 0 || fd.Message() != nil && depth == 0:
		case fd.IsList():
			for list := m.Mutable(fd).List(); rand.IntN(3) > 0; {
				v := list.NewElement()
				if fd.Message() != nil {
					strange(v.Message(), depth-1)
				} else {
					v = strangeValue(fd)
				}
				list.Append(v)
			}
		case fd.Message() != nil:
			strange(m.Mutable(fd).Message(), depth-1)
		default:
			m.Set(fd, strangeValue(fd))
		}
	}
}

func strangeValue(fd protoreflect.FieldDescriptor) protoreflect.Value {
	n, word := strangeNumbers[rand.IntN(len(strangeNumbers))], strangeWords[rand.IntN(len(strangeWords))]
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(n%2 == 1)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(int32(n)))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(int64(n))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		if fd.Name() == "protocol_version" {
			n = 3 // the library looks at nothing of another one
		}
		return protoreflect.ValueOfUint32(uint32(n))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(n)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(strings.ToValidUTF8(word, "?"))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(word))
	default:
		panic(fd.Kind())
	}
}

// methods returns those of the Raft service, or of all others, but for what ends the
// node as it should.
func methods(ofRaft bool) (all []protoreflect.MethodDescriptor) {
	protoregistry.GlobalFiles.RangeFilesByPackage("kv.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			for j := range s.Methods().Len() {
				if name := s.Methods().Get(j).Name(); (s.Name() == "Raft") == ofRaft && name != "Removed" && name != "RemoveMember" {
					all = append(all, s.Methods().Get(j))
				}
			}
		}
		return true
	})
	return all
}

// ask calls a method with random requests until that ends, and returns how.
func ask(ctx context.Context, conn grpc.ClientConnInterface, method protoreflect.MethodDescriptor) error {
	make := func(d protoreflect.MessageDescriptor) proto.Message {
		kind, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
		if err != nil {
			panic(err)
		}
		return kind.New().Interface()
	}
	path := fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name())
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, path)
	for more := true; err == nil && more; more = method.IsStreamingClient() && rand.IntN(2) == 0 {
		req := make(method.Input())
		strange(req.ProtoReflect(), 4)
		err = stream.SendMsg(req)
	}
	if err == nil {
		err = stream.CloseSend()
	}
	for err == nil {
		err = stream.RecvMsg(make(method.Output()))
	}
	return err
}

// Whatever comes to one of its ports, no request panics.
func TestNoRequestPanics(t *testing.T) {
	t.Parallel()
	for port, ofRaft := range map[string]bool{"clients": false, "nodes": true} {
		t.Run(port, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			var log lockedText
			n := openNode(ctx, t, func(cfg *node.Config) { cfg.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
			address := n.KVAddress()
			if ofRaft {
				status, err := n.Status(ctx, &kvv1.StatusRequest{})
				if err != nil {
					t.Fatal(err)
				}
				self := status.GetSelf()
				address = self.GetRaftAddress()
				id, _ := n.Cluster()
				ctx = metadata.AppendToOutgoingContext(ctx, "kv-cluster", id, "kv-from", "n9@1", "kv-to", self.GetName()+"@"+self.GetIncarnation())
			}
			conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			var asking sync.WaitGroup
			for _, method := range methods(ofRaft) {
				asking.Go(func() {
					for range 50 {
						ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
						_ = ask(ctx, conn, method) // however it ends
						cancel()
					}
				})
			}
			asking.Wait()
			if text := log.String(); strings.Contains(text, "panic") {
				t.Error(text)
			}
			if err := n.Err(); err != nil {
				t.Errorf("the node has ended: %v", err)
			}
		})
	}
}

// lockedText is a text that several may write.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
