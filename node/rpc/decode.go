package rpc

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// decodeRequest makes m of data, of which m keeps parts: a message is copied once,
// and its values then only into the log. It reports false for a message with
// anything in it that no client of this version writes, such as a field that is
// unknown; m is then to be decoded by the book.
func decodeRequest(data []byte, m *kvv1.StreamRequest) bool {
	m.Reset()
	var d decoder
	return wire.Each(data, func(f wire.Field) bool {
		switch {
		case f.Is(wire.RequestCluster, protowire.BytesType) && utf8.Valid(f.Bytes):
			m.ClusterId = string(f.Bytes)
		case f.Is(wire.RequestCalls, protowire.BytesType):
			c := d.call(f.Bytes)
			m.Calls = append(m.Calls, c)
			return c != nil
		default:
			return false
		}
		return true
	})
}

// decoder makes the calls of a message. It makes room for several at a time.
type decoder struct {
	puts []putRoom
	gets []getRoom
	made int
}

// putRoom and getRoom are what a Put and a Get are made of.
type putRoom struct {
	call  kvv1.Call
	kind  kvv1.Call_Put
	put   kvv1.PutRequest
	stamp kvv1.Stamp
}

type getRoom struct {
	call kvv1.Call
	kind kvv1.Call_Get
	get  kvv1.GetRequest
}

// maxRooms bounds the room that is made ahead.
const maxRooms = 64

// take takes the first of some rooms, and makes more of them if there is none.
func take[R any](rooms *[]R, made *int) *R {
	if len(*rooms) == 0 {
		*rooms = make([]R, min(*made+1, maxRooms))
	}
	r := &(*rooms)[0]
	*rooms = (*rooms)[1:]
	*made++
	return r
}

// call returns nil for a call that is to be decoded by the book.
func (d *decoder) call(data []byte) *kvv1.Call {
	var id, timeout uint64
	var c *kvv1.Call
	ok := wire.Each(data, func(f wire.Field) bool {
		switch {
		case f.Is(wire.CallID, protowire.VarintType):
			id = f.Number
		case f.Is(wire.CallTimeout, protowire.VarintType):
			timeout = f.Number
		case c == nil:
			c = d.request(f)
			return c != nil
		default:
			return false
		}
		return true
	})
	if !ok {
		return nil
	}
	if c == nil {
		c = new(kvv1.Call)
	}
	c.Id, c.TimeoutMs = id, timeout
	return c
}

// request returns a call with nothing but what is asked, nil if that is unknown.
func (d *decoder) request(f wire.Field) *kvv1.Call {
	switch {
	case f.Is(wire.CallCancel, protowire.VarintType):
		return &kvv1.Call{Request: &kvv1.Call_Cancel{Cancel: protowire.DecodeBool(f.Number)}}
	case f.Typ != protowire.BytesType:
		return nil
	}
	switch f.Num {
	case wire.CallPut:
		r := take(&d.puts, &d.made)
		if !decodePut(f.Bytes, &r.put, &r.stamp) {
			return nil
		}
		r.kind.Put = &r.put
		r.call.Request = &r.kind
		return &r.call
	case wire.CallGet:
		r := take(&d.gets, &d.made)
		if !decodeGet(f.Bytes, &r.get) {
			return nil
		}
		r.kind.Get = &r.get
		r.call.Request = &r.kind
		return &r.call
	case wire.CallDelete:
		r := new(kvv1.DeleteRequest)
		return ifDecoded(proto.Unmarshal(f.Bytes, r), &kvv1.Call{Request: &kvv1.Call_Delete{Delete: r}})
	case wire.CallTxn:
		r := new(kvv1.TxnRequest)
		return ifDecoded(proto.Unmarshal(f.Bytes, r), &kvv1.Call{Request: &kvv1.Call_Txn{Txn: r}})
	}
	return nil
}

func ifDecoded(err error, c *kvv1.Call) *kvv1.Call {
	if err != nil {
		return nil
	}
	return c
}

func decodePut(data []byte, r *kvv1.PutRequest, stamp *kvv1.Stamp) bool {
	return wire.Each(data, func(f wire.Field) bool {
		switch {
		case f.Is(wire.PutKey, protowire.BytesType):
			r.Key = f.Bytes
		case f.Is(wire.PutValue, protowire.BytesType):
			r.Value = f.Bytes
		case f.Is(wire.PutIf, protowire.VarintType):
			r.IfModRevision = proto.Uint64(f.Number)
		case f.Is(wire.PutPrev, protowire.VarintType):
			r.Prev = protowire.DecodeBool(f.Number)
		case f.Is(wire.PutLease, protowire.VarintType):
			r.Lease = f.Number
		case f.Is(wire.PutTTL, protowire.VarintType):
			r.TtlMs = f.Number
		case f.Is(wire.PutStamp, protowire.BytesType) && r.Stamp == nil:
			r.Stamp = stamp
			return decodeStamp(f.Bytes, stamp)
		default:
			return false
		}
		return true
	})
}

func decodeStamp(data []byte, s *kvv1.Stamp) bool {
	return wire.Each(data, func(f wire.Field) bool {
		switch {
		case f.Is(wire.StampSession, protowire.Fixed64Type):
			s.Session = f.Number
		case f.Is(wire.StampSequence, protowire.VarintType):
			s.Sequence = f.Number
		case f.Is(wire.StampAcknowledged, protowire.VarintType):
			s.Acknowledged = f.Number
		case f.Is(wire.StampOpened, protowire.VarintType):
			s.Opened = f.Number
		default:
			return false
		}
		return true
	})
}

func decodeGet(data []byte, r *kvv1.GetRequest) bool {
	return wire.Each(data, func(f wire.Field) bool {
		switch {
		case f.Is(wire.GetKey, protowire.BytesType):
			r.Key = f.Bytes
		case f.Is(wire.GetConsistency, protowire.VarintType):
			r.Consistency = kvv1.Consistency(f.Number)
		case f.Is(wire.GetRevision, protowire.VarintType):
			r.Revision = f.Number
		default:
			return false
		}
		return true
	})
}
