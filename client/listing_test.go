package client_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func pages(m *member, n int, end error) func(grpc.ServerStreamingServer[kvv1.ListResponse]) error {
	return func(stream grpc.ServerStreamingServer[kvv1.ListResponse]) error {
		for i := range n {
			page := &kvv1.ListResponse{Header: m.header(), Kvs: []*kvv1.KeyValue{{Key: fmt.Append(nil, "k", i)}}, More: i == n-1}
			if err := stream.Send(page); err != nil {
				return err
			}
		}
		return end
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	broken, m := newMember(t, "n1"), newMember(t, "n2")
	broken.script(func(m *member) { m.list = pages(m, 0, kverr.ErrShutdown) })
	m.script(func(m *member) { m.list = pages(m, 3, nil) })
	c := newClient(t, []string{broken.address, m.address})
	l, err := c.List(within(t, 10*time.Second), "k", client.Limit(3))
	if err != nil {
		t.Fatal(err)
	}
	if l.Member != "n2" {
		t.Errorf("header %+v before iterating", l.Header)
	}
	var keys []string
	for kv, err := range l.All() {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, kv.Key)
	}
	if got := fmt.Sprint(keys); got != "[k0 k1 k2]" || !l.More() {
		t.Errorf("keys %s, more %v", got, l.More())
	}
	for _, err := range l.All() {
		if !errors.Is(err, client.ErrInvalid) {
			t.Errorf("second iteration: %v", err)
		}
	}
	l.Close()
	l.Close()
}

func TestListingThatBreaksSaysSo(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	m.script(func(m *member) { m.list = pages(m, 2, kverr.ErrShutdown) })
	c := newClient(t, []string{m.address})
	l, err := c.List(within(t, 10*time.Second), "")
	if err != nil {
		t.Fatal(err)
	}
	var got []error
	for _, err := range l.All() {
		got = append(got, err)
	}
	if len(got) != 3 || got[0] != nil || got[1] != nil || !errors.Is(got[2], client.ErrShutdown) {
		t.Errorf("got %v", got)
	}
}

func TestListingLeftEarlyAndStalled(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	ended := make(chan struct{}, 2)
	m.script(func(m *member) {
		m.list = func(s grpc.ServerStreamingServer[kvv1.ListResponse]) error {
			err := pages(m, 1, nil)(s)
			<-s.Context().Done()
			ended <- struct{}{}
			return err
		}
	})
	c := newClient(t, []string{m.address}, client.WithTimeout(200*time.Millisecond))
	l, err := c.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for range l.All() {
		break
	}
	<-ended // leaving the loop ended the stream
	if l, err = c.List(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range l.All() {
		last = err
	}
	if !errors.Is(last, client.ErrTimeout) {
		t.Errorf("a page that never came: %v", last)
	}
	<-ended
}
