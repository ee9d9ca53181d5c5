package wire

import (
	"testing"

	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

func TestBuffersHaveTheLengthThatIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 1, 1023, 1024, 1025, 75_000, 1 << 20, 1<<23 - 1, 1 << 23, 1<<23 + 1} {
		for range 3 { // fresh, and used
			b := Buffers.Get(length)
			if len(*b) != length {
				t.Fatalf("%d bytes, want %d", len(*b), length)
			}
			if most := max(2*length, 1<<smallestRoom); cap(*b) > most {
				t.Errorf("room for %d bytes to keep %d", cap(*b), length)
			}
			for i := range *b {
				(*b)[i] = 0xff
			}
			*b = (*b)[:length/2] // as gRPC gives it back
			Buffers.Put(b)
		}
	}
	odd := make([]byte, 0, 3000) // of another's making: good for 2048
	Buffers.Put(&odd)
	for range 100 {
		if b := Buffers.Get(2048); len(*b) != 2048 {
			t.Fatal(len(*b))
		}
		if b := Buffers.Get(4096); len(*b) != 4096 {
			t.Fatal(len(*b))
		}
	}
}

// Our codec and gRPC's read what the other writes.
func TestCodecIsThatOfGRPC(t *testing.T) {
	t.Parallel()
	theirs := encoding.GetCodecV2("proto")
	if ours := (Codec{}).Name(); ours != theirs.Name() {
		t.Fatalf("name %q", ours)
	}
	for _, size := range []int{0, 10, 2000, 100_000, 9 << 20} {
		for range 3 { // the second time in a buffer that was used
			want := &kvv1.PutRequest{Key: []byte("k"), Value: make([]byte, size)}
			data, err := Codec{}.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			other, err := theirs.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			var got, same kvv1.PutRequest
			if err := theirs.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			if err := (Codec{}).Unmarshal(other, &same); err != nil {
				t.Fatal(err)
			}
			data.Free()
			other.Free()
			if !proto.Equal(want, &got) || !proto.Equal(want, &same) {
				t.Fatalf("%d bytes come out differently", size)
			}
		}
	}
}

func TestCodecRefusesWhatIsNoMessage(t *testing.T) {
	t.Parallel()
	if _, err := (Codec{}).Marshal("text"); err == nil {
		t.Error("a text is encoded")
	}
	if err := (Codec{}).Unmarshal(nil, new(string)); err == nil {
		t.Error("a text is decoded")
	}
}
