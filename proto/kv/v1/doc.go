// Package kvv1 holds the messages and services of the kv API, version 1,
// generated from the .proto files beside it: kv.proto is for clients,
// cluster.proto for operators, raft.proto between nodes, and log.proto is the
// disk format. `make gen` writes the code anew.
package kvv1
