package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"go.etcd.io/etcd/server/v3/embed"
)

// memberCommand as first argument makes this program a member of etcd.
const memberCommand = "etcd-member"

// etcdQuota keeps a long run from the end of etcd's default quota of 2 GiB; etcd
// compacts nothing by itself.
const etcdQuota = 8 << 30

// newCluster and existingCluster say whether a member is among the founders.
const (
	newCluster      = embed.ClusterStateFlagNew
	existingCluster = embed.ClusterStateFlagExisting
)

// runMember runs a member until SIGTERM, or until standard input ends: NAME DIR
// CLIENT-URL PEER-URL CLUSTER STATE. Everything that is not about where things are is etcd's default, which
// syncs every write.
func runMember(args []string) int {
	if len(args) != 6 {
		fmt.Fprintln(os.Stderr, "this is for versus itself")
		return 2
	}
	e, err := startMember(args[0], args[1], args[2], args[3], args[4], args[5])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer e.Close() // hands leadership over, as the etcd command does
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	orphaned := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(orphaned)
	}()
	select {
	case err := <-e.Err():
		fmt.Fprintln(os.Stderr, err)
		return 1
	case <-terminated:
		return 0
	case <-orphaned:
		return 0
	}
}

func startMember(name, dir, client, peer, cluster, state string) (*embed.Etcd, error) {
	clientURL, err := url.Parse(client)
	if err != nil {
		return nil, err
	}
	peerURL, err := url.Parse(peer)
	if err != nil {
		return nil, err
	}
	cfg := embed.NewConfig()
	cfg.Name, cfg.Dir, cfg.InitialCluster, cfg.ClusterState = name, dir, cluster, state
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{*clientURL}, []url.URL{*clientURL}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{*peerURL}, []url.URL{*peerURL}
	cfg.LogLevel = "error"
	cfg.QuotaBackendBytes = etcdQuota
	return embed.StartEtcd(cfg)
}
