package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"kv/client"
)

// The keys of a lease disappear together, when it ends.
func ExampleClient_Grant() {
	c, ctx, done := exampleClient()
	defer done()
	lease, err := c.Grant(ctx, time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	for _, k := range []string{"grant/a", "grant/b"} {
		if _, err := c.Put(ctx, k, nil, client.WithLease(lease.ID)); err != nil {
			log.Fatal(err)
		}
	}
	kept, err := c.KeepAlive(ctx, lease.ID)
	if err != nil {
		log.Fatal(err)
	}
	info, err := c.LeaseInfo(ctx, lease.ID)
	if err != nil {
		log.Fatal(err)
	}
	gone, err := c.Revoke(ctx, lease.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(kept.TTL, info.Keys, gone.Deleted)
	// Output: 1m0s [grant/a grant/b] 2
}

func ExampleClient_KeepAlive() {
	c, ctx, done := exampleClient()
	defer done()
	lease, err := c.Grant(ctx, time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.KeepAlive(ctx, lease.ID); err != nil {
		log.Fatal(err)
	}
	if _, err := c.Revoke(ctx, lease.ID); err != nil {
		log.Fatal(err)
	}
	_, err = c.KeepAlive(ctx, lease.ID)
	fmt.Println(errors.Is(err, client.ErrLeaseNotFound))
	// Output: true
}

func ExampleClient_Leases() {
	c, ctx, done := exampleClient()
	defer done()
	lease, err := c.Grant(ctx, time.Hour)
	if err != nil {
		log.Fatal(err)
	}
	leases, err := c.Leases(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range leases {
		if l.ID == lease.ID {
			fmt.Println(l.TTL, l.KeyCount)
		}
	}
	if _, err := c.Revoke(ctx, lease.ID); err != nil {
		log.Fatal(err)
	}
	// Output: 1h0m0s 0
}

// A program announces itself for as long as it lives.
func ExampleClient_NewSession() {
	c, ctx, done := exampleClient()
	defer done()
	s, err := c.NewSession(ctx, 10*time.Second)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Put(ctx, "services/web", []byte("localhost:80"), client.WithLease(s.Lease())); err != nil {
		log.Fatal(err)
	}
	select {
	case <-s.Done(): // the lease was lost: announce again
	default:
		fmt.Println("announced")
	}
	if err := s.Close(ctx); err != nil {
		log.Fatal(err)
	}
	r, err := c.Get(ctx, "services/web")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.KV, s.Err())
	// Output:
	// announced
	// <nil> the session is closed
}

// The condition Held keeps a program that has lost its lock from writing.
func ExampleMutex() {
	c, ctx, done := exampleClient()
	defer done()
	s, err := c.NewSession(ctx, 10*time.Second)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close(ctx)
	m := client.NewMutex(s, "locks/report")
	if err := m.Lock(ctx); err != nil {
		log.Fatal(err)
	}
	r, err := c.Txn(ctx, client.Txn{
		If:   []client.Compare{m.Held()},
		Then: []client.Op{client.OpPut("report", []byte("mine"))},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Succeeded, m.Token() > 0)
	if err := m.Unlock(ctx); err != nil {
		log.Fatal(err)
	}
	// Output: true true
}

func ExampleMutex_TryLock() {
	c, ctx, done := exampleClient()
	defer done()
	var sessions [2]*client.Session
	for i := range sessions {
		s, err := c.NewSession(ctx, 10*time.Second)
		if err != nil {
			log.Fatal(err)
		}
		defer s.Close(ctx)
		sessions[i] = s
	}
	if err := client.NewMutex(sessions[0], "locks/try").Lock(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(client.NewMutex(sessions[1], "locks/try").TryLock(ctx))
	// Output: another holds the lock
}

func ExampleElection() {
	c, ctx, done := exampleClient()
	defer done()
	s, err := c.NewSession(ctx, 10*time.Second)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close(ctx)
	e := client.NewElection(s, "elections/primary")
	if err := e.Campaign(ctx, []byte("at home")); err != nil {
		log.Fatal(err)
	}
	if err := e.Proclaim(ctx, []byte("at work")); err != nil {
		log.Fatal(err)
	}
	leader, err := e.Leader(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %v\n", leader.Value, leader.CreateRevision == e.Token())
	if err := e.Resign(ctx); err != nil {
		log.Fatal(err)
	}
	_, err = e.Leader(ctx)
	fmt.Println(err)
	// Output:
	// at work, true
	// not elected
}

func ExampleElection_Observe() {
	c, ctx, done := exampleClient()
	defer done()
	s, err := c.NewSession(ctx, 10*time.Second)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close(ctx)
	e := client.NewElection(s, "elections/observed")
	if err := e.Campaign(ctx, []byte("first")); err != nil {
		log.Fatal(err)
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	for leader, err := range e.Observe(watching) {
		if err != nil {
			log.Fatal(err)
		}
		if leader.Key == "" {
			fmt.Println("nobody")
			break
		}
		fmt.Printf("%s\n", leader.Value)
		if err := e.Resign(ctx); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// first
	// nobody
}
