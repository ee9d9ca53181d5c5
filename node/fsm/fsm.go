// Package fsm is the state machine that the Raft log drives: the keyspace with
// its revisions, the member table and the cluster's name. It is pure. It reads
// no clock, starts no goroutine and logs nothing, and nothing that others see
// depends on a random source, so that all members that applied the same log hold
// the same state, which Hash shows.
//
// An entry travels through three steps, each in a file of its own:
//
//	raft entry ──decode.go──▶ []command ──state.go──▶ []Result
//	               machine.go holds the lock around the second
//
// DESIGN.md tells why.
package fsm
