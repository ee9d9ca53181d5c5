package node

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/raft"

	"kv/node/guard"
	"kv/node/logstore"
	kvv1 "kv/proto/kv/v1"
)

// identity is who a data folder belongs to. It is written whole and atomically
// to DATA_DIR/member.json, so that a restart needs no flags.
type identity struct {
	Name string `json:"name"`
	// Incarnation is random and made with the folder: a wiped disk under an old
	// name is another member, which cannot break the promises of the first
	// (RAFT.md row 9: a log that forgot what it acknowledged).
	Incarnation string `json:"incarnation"`
	// ClusterID is empty while the node waits to be joined.
	ClusterID   string `json:"cluster_id,omitempty"`
	ClusterName string `json:"cluster_name,omitempty"`
	// Founding is true from the decision to found a cluster until its first
	// configuration is in the log.
	Founding bool `json:"founding,omitempty"`
	// Removed is true once the cluster has removed this member.
	Removed bool `json:"removed,omitempty"`
	// Sponsors are the members there were when this one was taken in. They are whom to ask
	// until the log has told who the members are.
	Sponsors []sponsor `json:"sponsors,omitempty"`

	Host          string `json:"host,omitempty"`
	AdvertiseHost string `json:"advertise_host,omitempty"`
	KVPort        int    `json:"kv_port,omitempty"`
	RaftPort      int    `json:"raft_port,omitempty"`
}

// sponsor is a member of the cluster and its address for Raft.
type sponsor struct {
	ID      raft.ServerID      `json:"id"`
	Address raft.ServerAddress `json:"address"`
}

const identityFile = "member.json"

// loadIdentity reads the identity of a data folder; a new folder has the zero
// identity.
func loadIdentity(dir string) (identity, error) {
	var id identity
	path := filepath.Join(dir, identityFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return id, nil
	}
	if err != nil {
		return id, fmt.Errorf("read identity: %w", err)
	}
	if err := json.Unmarshal(data, &id); err != nil {
		return id, fmt.Errorf("%s is damaged (%w): remove this member from its cluster, empty the folder and join again", path, err)
	}
	if id.Name == "" || id.Incarnation == "" {
		return id, fmt.Errorf("%s is damaged (no name or incarnation): remove this member from its cluster, empty the folder and join again", path)
	}
	return id, nil
}

func (id identity) save(dir string, disk guard.Disk) error {
	data, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return fmt.Errorf("encode identity: %w", err)
	}
	if err := logstore.WriteFileAtomic(filepath.Join(dir, identityFile), append(data, '\n'), 0o600, disk); err != nil {
		return fmt.Errorf("write identity: %w", err)
	}
	return nil
}

// randomID returns 16 random hex digits.
func randomID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// serverID is how Raft knows a member: its name for the reader of logs, its
// incarnation for safety.
func serverID(name, incarnation string) raft.ServerID {
	return raft.ServerID(name + "@" + incarnation)
}

func memberID(m *kvv1.Member) raft.ServerID { return serverID(m.GetName(), m.GetIncarnation()) }

// nameOf returns the name in a Raft server id.
func nameOf(id raft.ServerID) string {
	name, _, _ := strings.Cut(string(id), "@")
	return name
}
