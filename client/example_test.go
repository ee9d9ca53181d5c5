package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"kv/client"
)

// A client needs the address of one member; it learns of the others by itself.
func ExampleDial() {
	c, err := client.Dial(exampleAddresses())
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	leader, err := c.Leader(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(leader.Name)
	// Output: n1
}

func ExampleClient_Put() {
	c, ctx, done := exampleClient()
	defer done()
	if _, err := c.Put(ctx, "put/greeting", []byte("hello")); err != nil {
		log.Fatal(err)
	}
	r, err := c.Put(ctx, "put/greeting", []byte("good morning"), client.Prev())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("it was %q, version %d\n", r.Prev.Value, r.Prev.Version)
	// Output: it was "hello", version 1
}

// A put with a condition does nothing if somebody else was faster.
func ExampleClient_Put_conditional() {
	c, ctx, done := exampleClient()
	defer done()
	first, err := c.Put(ctx, "cas/n", []byte("1"), client.IfAbsent())
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Put(ctx, "cas/n", []byte("2"), client.IfRevision(first.Revision)); err != nil {
		log.Fatal(err)
	}
	_, err = c.Put(ctx, "cas/n", []byte("3"), client.IfRevision(first.Revision))
	fmt.Println(errors.Is(err, client.ErrConflict), client.OutcomeOf(err))
	// Output: true not done
}

// A key with a time to live goes away by itself.
func ExampleWithTTL() {
	c, ctx, done := exampleClient()
	defer done()
	w, err := c.WatchKey(ctx, "ttl/k", client.WithoutPuts())
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Put(ctx, "ttl/k", nil, client.WithTTL(200*time.Millisecond)); err != nil {
		log.Fatal(err)
	}
	for changes, err := range w.All() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(changes.Changes[0].KV.Key, "is gone")
		break
	}
	// Output: ttl/k is gone
}

func ExampleClient_Get() {
	c, ctx, done := exampleClient()
	defer done()
	old, err := c.Put(ctx, "get/k", []byte("old"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Put(ctx, "get/k", []byte("new")); err != nil {
		log.Fatal(err)
	}
	now, err := c.Get(ctx, "get/k")
	if err != nil {
		log.Fatal(err)
	}
	then, err := c.Get(ctx, "get/k", client.AtRevision(old.Revision))
	if err != nil {
		log.Fatal(err)
	}
	none, err := c.Get(ctx, "get/nothing")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, before %s; %v\n", now.KV.Value, then.KV.Value, none.KV)
	// Output: new, before old; <nil>
}

func ExampleClient_List() {
	c, ctx, done := exampleClient()
	defer done()
	for _, k := range []string{"list/b", "list/c", "list/a"} {
		if _, err := c.Put(ctx, k, nil); err != nil {
			log.Fatal(err)
		}
	}
	list, err := c.List(ctx, "list/", client.Sorted(client.SortByCreateRevision), client.Reverse(), client.Limit(2))
	if err != nil {
		log.Fatal(err)
	}
	for kv, err := range list.All() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(kv.Key)
	}
	fmt.Println("more:", list.More())
	count, err := c.List(ctx, "", client.Within(client.Range{From: "list/a", To: "list/c"}), client.CountOnly())
	if err != nil {
		log.Fatal(err)
	}
	defer count.Close()
	fmt.Println("a and b:", count.Count())
	// Output:
	// list/a
	// list/c
	// more: true
	// a and b: 2
}

func ExampleClient_Delete() {
	c, ctx, done := exampleClient()
	defer done()
	if _, err := c.Put(ctx, "delete/k", []byte("v")); err != nil {
		log.Fatal(err)
	}
	r, err := c.Delete(ctx, "delete/k", client.Prev())
	if err != nil {
		log.Fatal(err)
	}
	again, err := c.Delete(ctx, "delete/k")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Deleted, string(r.Prev.Value), again.Deleted)
	// Output: 1 v 0
}

func ExampleClient_DeleteRange() {
	c, ctx, done := exampleClient()
	defer done()
	for _, k := range []string{"range/a", "range/b", "range/c"} {
		if _, err := c.Put(ctx, k, nil); err != nil {
			log.Fatal(err)
		}
	}
	r, err := c.DeleteRange(ctx, client.Prefix("range/"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Deleted)
	// Output: 3
}

// A transfer between two accounts happens as a whole, or not at all.
func ExampleClient_Txn() {
	c, ctx, done := exampleClient()
	defer done()
	if _, err := c.Put(ctx, "account/a", []byte("10")); err != nil {
		log.Fatal(err)
	}
	r, err := c.Txn(ctx, client.Txn{
		If: []client.Compare{client.ValueIs("account/a", []byte("10")), client.Absent("account/b")},
		Then: []client.Op{
			client.OpPut("account/a", []byte("7")),
			client.OpPut("account/b", []byte("3")),
			client.OpList(client.Prefix("account/")),
		},
		Else: []client.Op{client.OpGet("account/a")},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Succeeded)
	for _, kv := range r.Results[2].KVs {
		fmt.Printf("%s: %s\n", kv.Key, kv.Value)
	}
	// Output:
	// true
	// account/a: 7
	// account/b: 3
}

func ExampleClient_History() {
	c, ctx, done := exampleClient()
	defer done()
	for _, v := range []string{"one", "two"} {
		if _, err := c.Put(ctx, "history/k", []byte(v)); err != nil {
			log.Fatal(err)
		}
	}
	if _, err := c.Delete(ctx, "history/k"); err != nil {
		log.Fatal(err)
	}
	history, err := c.History(ctx, "history/k")
	if err != nil {
		log.Fatal(err)
	}
	for change, err := range history.All() {
		switch {
		case err != nil:
			log.Fatal(err)
		case change.Deleted:
			fmt.Println("deleted")
		default:
			fmt.Printf("%s, version %d\n", change.KV.Value, change.KV.Version)
		}
	}
	// Output:
	// deleted
	// two, version 2
	// one, version 1
}

func ExampleClient_Revert() {
	c, ctx, done := exampleClient()
	defer done()
	good, err := c.Put(ctx, "revert/k", []byte("good"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Put(ctx, "revert/k", []byte("bad")); err != nil {
		log.Fatal(err)
	}
	r, err := c.Revert(ctx, "revert/k", good.Revision)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, version %d\n", r.KV.Value, r.KV.Version)
	// Output: good, version 3
}

func ExampleClient_Compact() {
	c, ctx, done := exampleClient()
	defer done()
	old, err := c.Put(ctx, "compact/k", []byte("old"))
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		r, err := c.Put(ctx, "compact/k", []byte("new"))
		if err != nil {
			log.Fatal(err)
		}
		if _, err := c.Compact(ctx, r.Revision); err != nil {
			log.Fatal(err)
		}
	}
	_, err = c.Get(ctx, "compact/k", client.AtRevision(old.Revision))
	fmt.Println(errors.Is(err, client.ErrCompacted))
	// Output: true
}

// A watch tells what happens from now on, or from a revision on.
func ExampleClient_Watch() {
	c, ctx, done := exampleClient()
	defer done()
	first, err := c.Put(ctx, "watch/a", []byte("1"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Delete(ctx, "watch/a"); err != nil {
		log.Fatal(err)
	}
	w, err := c.Watch(ctx, client.Prefix("watch/"), client.FromRevision(first.Revision), client.WatchPrev())
	if err != nil {
		log.Fatal(err)
	}
	for changes, err := range w.All() {
		if err != nil {
			log.Fatal(err)
		}
		for _, change := range changes.Changes {
			if change.Deleted {
				fmt.Printf("%s deleted, was %s\n", change.KV.Key, change.Prev.Value)
				w.Close() // ends the loop
			} else {
				fmt.Printf("%s = %s\n", change.KV.Key, change.KV.Value)
			}
		}
	}
	// Output:
	// watch/a = 1
	// watch/a deleted, was 1
}

func ExampleClient_WatchKey() {
	c, ctx, done := exampleClient()
	defer done()
	w, err := c.WatchKey(ctx, "config")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Put(ctx, "config", []byte("debug")); err != nil {
		log.Fatal(err)
	}
	for changes, err := range w.All() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", changes.Changes[0].KV.Value)
		break
	}
	// Output: debug
}

// All attempts at a write are the same write to the cluster, so a lost connection
// needs no care. Only when the time is over may the outcome be unknown.
func ExampleOutcomeOf() {
	c, ctx, done := exampleClient()
	defer done()
	over, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.Put(over, "outcome/k", nil); err != nil {
		switch client.OutcomeOf(err) {
		case client.NotDone:
			fmt.Println("not done: try again")
		case client.Unknown:
			fmt.Println("unknown: read the key to see")
		}
	}
	// Output: not done: try again
}

func ExampleClient_Health() {
	c, ctx, done := exampleClient()
	defer done()
	h, err := c.Health(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(h.Voters, h.Reachable, h.Quorum)
	// Output: 1 1 true
}

func ExampleClient_Members() {
	c, ctx, done := exampleClient()
	defer done()
	ms, err := c.Members(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range ms.Members {
		fmt.Println(m.Name, m.Role)
	}
	// Output: n1 leader
}

func ExampleClient_Status() {
	c, ctx, done := exampleClient()
	defer done()
	s, err := c.Status(ctx, "n1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Self.Name, s.Role)
	// Output: n1 leader
}

// What was written before is in the snapshot; of the log one entry stays.
func ExampleClient_Snapshot() {
	c, ctx, done := exampleClient()
	defer done()
	put, err := c.Put(ctx, "snapshot/k", []byte("v"))
	if err != nil {
		log.Fatal(err)
	}
	s, err := c.Snapshot(ctx, "n1", 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Member, s.Index >= put.AppliedIndex)
	// Output: n1 true
}

// It takes a second node, so this example is not run: it adds one, hands
// leadership to it, and removes it again.
func ExampleClient_AddMember() {
	c, ctx, done := exampleClient()
	defer done()
	m, err := c.AddMember(ctx, "localhost:8081")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.TransferLeadership(ctx, m.Name); err != nil {
		log.Fatal(err)
	}
	if _, err := c.RemoveMember(ctx, m.Name); err != nil {
		log.Fatal(err)
	}
}
