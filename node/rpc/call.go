package rpc

import (
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Call is one call of a stream on its way through the Backend. It is the Backend's
// from when it is given one until it returns it, or gives it to finish.
type Call struct {
	// Request is what is asked; its kind is Put, Get, Delete or Txn. It has been
	// checked, and is only to be read.
	Request *kvv1.Call
	// Answer is for the Backend to fill: the result with its revision and applied
	// index. A header within the result is for what another member has answered.
	Answer kvv1.Answer

	deadline time.Time // zero for none
	bytes    int       // of the request
	counted  bool      // for Pressure
	state    atomic.Uint32
	cancel   func() // guarded by session.mu; nil unless the call has a context of its own
}

// States of a Call that its caller may give up.
const (
	callWaits uint32 = iota
	callTaken
	callGone
)

// Take says that from now on the call may be done. It reports false if the caller
// has given up: then it must not be, and is not finished.
func (c *Call) Take() bool { return c.state.CompareAndSwap(callWaits, callTaken) }

// Fail makes an error the answer.
func (c *Call) Fail(err error) {
	c.Answer.Result = &kvv1.Answer_Failure{Failure: kverr.ToFailure(err)}
}

// giveUp ends the call for its caller, and reports whether it is surely not done.
func (c *Call) giveUp() bool {
	if c.cancel != nil {
		c.cancel()
	}
	return c.state.CompareAndSwap(callWaits, callGone)
}

// expired is the error of a call whose time is over.
func (c *Call) expired() error {
	if !c.giveUp() {
		return kverr.ErrTimeout
	}
	e := *kverr.ErrTimeout.Withf("the call ended while it waited for its turn; it was not done")
	e.Outcome = kverr.NotDone
	return &e
}

// check is what the unary calls are checked for.
func (l Limits) check(c *kvv1.Call) error {
	switch r := c.GetRequest().(type) {
	case *kvv1.Call_Put:
		return l.checkPut(r.Put)
	case *kvv1.Call_Get:
		return l.checkGet(r.Get)
	case *kvv1.Call_Delete:
		return l.checkDelete(r.Delete)
	case *kvv1.Call_Txn:
		return l.checkTxn(r.Txn)
	default:
		return kverr.ErrInvalid.Withf("a call of no kind that this version knows")
	}
}

// callSlack is what a call counts for besides keys and values.
const callSlack = 64

// requestBytes is about how many bytes a call has.
func requestBytes(c *kvv1.Call) int {
	switch r := c.GetRequest().(type) {
	case *kvv1.Call_Put:
		return callSlack + len(r.Put.GetKey()) + len(r.Put.GetValue())
	case *kvv1.Call_Get:
		return callSlack + len(r.Get.GetKey())
	default:
		return proto.Size(c)
	}
}

// answerBytes is about how many bytes an answer has.
func answerBytes(a *kvv1.Answer) int {
	switch r := a.GetResult().(type) {
	case *kvv1.Answer_Put:
		return callSlack + pairBytes(r.Put.GetPrev())
	case *kvv1.Answer_Get:
		return callSlack + pairBytes(r.Get.GetKv())
	default:
		return proto.Size(a)
	}
}

func pairBytes(kv *kvv1.KeyValue) int { return len(kv.GetKey()) + len(kv.GetValue()) }
