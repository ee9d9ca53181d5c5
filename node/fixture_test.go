package node_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kv/node"
	kvv1 "kv/proto/kv/v1"
)

// unpack puts a folder from testdata under t.TempDir.
func unpack(t *testing.T, name string) string {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for in := tar.NewReader(plain); ; {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, head.Name)
		if head.FileInfo().IsDir() {
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// What the folder holds. Version 0.1.0 wrote it: a member of three made a snapshot
// at index 31, wrote on to index 45, and removed the other two.
var fixtureKeys = []kvv1.KeyValue{
	{Key: []byte("\x00binary\xff"), Value: []byte("\x00\x01\xfe\xff"), CreateRevision: 4, ModRevision: 4, Version: 1},
	{Key: []byte("after/empty"), CreateRevision: 25, ModRevision: 25, Version: 1},
	{Key: []byte("after/new"), Value: []byte("made after the snapshot"), CreateRevision: 21, ModRevision: 21, Version: 1},
	{Key: []byte("after/\xfe"), Value: []byte("\xff\x00"), CreateRevision: 26, ModRevision: 26, Version: 1},
	{Key: []byte("counter"), Value: []byte("30"), CreateRevision: 18, ModRevision: 20, Version: 3},
	{Key: []byte("empty"), CreateRevision: 3, ModRevision: 3, Version: 1},
	{Key: []byte("greeting"), Value: []byte("hello, world"), CreateRevision: 1, ModRevision: 2, Version: 2},
	{Key: []byte("last"), Value: []byte("alone"), CreateRevision: 29, ModRevision: 29, Version: 1},
	{Key: []byte("long"), Value: []byte(strings.Repeat("0", 299) + "4"), CreateRevision: 13, ModRevision: 17, Version: 5},
	{Key: []byte("overwritten/after"), Value: []byte("new"), CreateRevision: 12, ModRevision: 22, Version: 2},
	{Key: []byte("reborn"), Value: []byte("third"), CreateRevision: 23, ModRevision: 23, Version: 1},
	{Key: []byte("umlaut/ä"), Value: []byte("größe"), CreateRevision: 5, ModRevision: 5, Version: 1},
}

const (
	fixtureRevision  = 29
	fixtureClusterID = "0c2e4c0daa4fcf06"
)

// fixtureNode starts on the folder and returns once it leads.
func fixtureNode(ctx context.Context, t *testing.T, dir string) *node.Node {
	t.Helper()
	cfg := node.Config{DataDir: dir, HeartbeatTimeout: 100 * time.Millisecond}
	bind(t, &cfg) // the folder remembers ports that others may have by now
	n, err := node.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Kill)
	await(ctx, t, "the node to serve reads", func() bool {
		attempt, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := n.Get(attempt, &kvv1.GetRequest{Key: []byte("greeting")})
		return err == nil
	})
	return n
}

// checkFixture reads all keys in one listing.
func checkFixture(ctx context.Context, t *testing.T, n *node.Node) {
	t.Helper()
	var got []*kvv1.KeyValue
	err := n.List(ctx, &kvv1.ListRequest{}, func(page *kvv1.ListResponse) error {
		if r := page.GetHeader().GetRevision(); r != fixtureRevision {
			t.Errorf("revision %d, want %d", r, fixtureRevision)
		}
		got = append(got, page.GetKvs()...)
		return nil
	})
	if err != nil || len(got) != len(fixtureKeys) {
		t.Fatalf("%d keys, error %v, want %d keys", len(got), err, len(fixtureKeys))
	}
	for i, kv := range got {
		want := &fixtureKeys[i]
		if !bytes.Equal(kv.GetKey(), want.GetKey()) || !bytes.Equal(kv.GetValue(), want.GetValue()) ||
			kv.GetCreateRevision() != want.GetCreateRevision() || kv.GetModRevision() != want.GetModRevision() ||
			kv.GetVersion() != want.GetVersion() {
			t.Errorf("key %d is %v, want %v", i, kv, want)
		}
	}
}

// A folder that an earlier version has left opens, with its snapshot and with the
// log behind it, reads as it did, and goes on. It does so again after a restart.
func TestDataDirOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dir := unpack(t, "data-dir-0.1.0.tar.gz")
	n := fixtureNode(ctx, t, dir)
	checkFixture(ctx, t, n)
	if id, name := n.Cluster(); id != fixtureClusterID || name != "playground" || len(n.Voters()) != 1 {
		t.Errorf("cluster %q %q with the voters %v", id, name, n.Voters())
	}
	n.Kill()
	n = fixtureNode(ctx, t, dir)
	checkFixture(ctx, t, n)

	put, err := n.Put(ctx, &kvv1.PutRequest{Key: []byte("counter"), Value: []byte("31")})
	if err != nil || put.GetHeader().GetRevision() != fixtureRevision+1 {
		t.Fatalf("put: %v, error %v, want revision %d", put, err, fixtureRevision+1)
	}
	gone, err := n.Delete(ctx, &kvv1.DeleteRequest{Key: []byte("empty")})
	if err != nil || gone.GetDeleted() != 1 || gone.GetHeader().GetRevision() != fixtureRevision+2 {
		t.Fatalf("delete: %v, error %v", gone, err)
	}
	got, err := n.Get(ctx, &kvv1.GetRequest{Key: []byte("counter")})
	kv := got.GetKv()
	if err != nil || string(kv.GetValue()) != "31" || kv.GetCreateRevision() != 18 || kv.GetVersion() != 4 {
		t.Fatalf("get: %v, error %v", got, err)
	}
}
