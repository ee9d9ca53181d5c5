package rpc

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// Field numbers of kv.proto that are read and written by hand. Tests hold them
// against the generated code.
const (
	fieldCluster = 1 // StreamRequest.cluster_id
	fieldCalls   = 2 // StreamRequest.calls

	fieldID      = 1 // Call.id
	fieldTimeout = 2 // Call.timeout_ms
	fieldPut     = 3 // Call.put
	fieldGet     = 4 // Call.get
	fieldDelete  = 5 // Call.delete
	fieldTxn     = 6 // Call.txn
	fieldCancel  = 7 // Call.cancel

	fieldKey   = 1 // PutRequest.key, GetRequest.key
	fieldValue = 2 // PutRequest.value
	fieldIf    = 3 // PutRequest.if_mod_revision
	fieldPrev  = 4 // PutRequest.prev
	fieldLease = 5 // PutRequest.lease
	fieldTTL   = 6 // PutRequest.ttl_ms
	fieldStamp = 7 // PutRequest.stamp

	fieldConsistency = 2 // GetRequest.consistency
	fieldRevision    = 3 // GetRequest.revision

	fieldSession      = 1 // Stamp.session
	fieldSequence     = 2 // Stamp.sequence
	fieldAcknowledged = 3 // Stamp.acknowledged
	fieldOpened       = 4 // Stamp.opened
)

// decodeRequest makes m of data, of which m keeps parts: a message is copied once,
// and its values then only into the log. It reports false for a message with
// anything in it that no client of this version writes, such as a field that is
// unknown; m is then to be decoded by the book.
func decodeRequest(data []byte, m *kvv1.StreamRequest) bool {
	m.Reset()
	var d decoder
	return eachField(data, func(f field) bool {
		switch {
		case f.is(fieldCluster, protowire.BytesType) && utf8.Valid(f.bytes):
			m.ClusterId = string(f.bytes)
		case f.is(fieldCalls, protowire.BytesType):
			c := d.call(f.bytes)
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
	ok := eachField(data, func(f field) bool {
		switch {
		case f.is(fieldID, protowire.VarintType):
			id = f.number
		case f.is(fieldTimeout, protowire.VarintType):
			timeout = f.number
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
func (d *decoder) request(f field) *kvv1.Call {
	switch {
	case f.is(fieldCancel, protowire.VarintType):
		return &kvv1.Call{Request: &kvv1.Call_Cancel{Cancel: protowire.DecodeBool(f.number)}}
	case f.typ != protowire.BytesType:
		return nil
	}
	switch f.num {
	case fieldPut:
		r := take(&d.puts, &d.made)
		if !decodePut(f.bytes, &r.put, &r.stamp) {
			return nil
		}
		r.kind.Put = &r.put
		r.call.Request = &r.kind
		return &r.call
	case fieldGet:
		r := take(&d.gets, &d.made)
		if !decodeGet(f.bytes, &r.get) {
			return nil
		}
		r.kind.Get = &r.get
		r.call.Request = &r.kind
		return &r.call
	case fieldDelete:
		r := new(kvv1.DeleteRequest)
		return ifDecoded(proto.Unmarshal(f.bytes, r), &kvv1.Call{Request: &kvv1.Call_Delete{Delete: r}})
	case fieldTxn:
		r := new(kvv1.TxnRequest)
		return ifDecoded(proto.Unmarshal(f.bytes, r), &kvv1.Call{Request: &kvv1.Call_Txn{Txn: r}})
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
	return eachField(data, func(f field) bool {
		switch {
		case f.is(fieldKey, protowire.BytesType):
			r.Key = f.bytes
		case f.is(fieldValue, protowire.BytesType):
			r.Value = f.bytes
		case f.is(fieldIf, protowire.VarintType):
			r.IfModRevision = proto.Uint64(f.number)
		case f.is(fieldPrev, protowire.VarintType):
			r.Prev = protowire.DecodeBool(f.number)
		case f.is(fieldLease, protowire.VarintType):
			r.Lease = f.number
		case f.is(fieldTTL, protowire.VarintType):
			r.TtlMs = f.number
		case f.is(fieldStamp, protowire.BytesType) && r.Stamp == nil:
			r.Stamp = stamp
			return decodeStamp(f.bytes, stamp)
		default:
			return false
		}
		return true
	})
}

func decodeStamp(data []byte, s *kvv1.Stamp) bool {
	return eachField(data, func(f field) bool {
		switch {
		case f.is(fieldSession, protowire.Fixed64Type):
			s.Session = f.number
		case f.is(fieldSequence, protowire.VarintType):
			s.Sequence = f.number
		case f.is(fieldAcknowledged, protowire.VarintType):
			s.Acknowledged = f.number
		case f.is(fieldOpened, protowire.VarintType):
			s.Opened = f.number
		default:
			return false
		}
		return true
	})
}

func decodeGet(data []byte, r *kvv1.GetRequest) bool {
	return eachField(data, func(f field) bool {
		switch {
		case f.is(fieldKey, protowire.BytesType):
			r.Key = f.bytes
		case f.is(fieldConsistency, protowire.VarintType):
			r.Consistency = kvv1.Consistency(f.number)
		case f.is(fieldRevision, protowire.VarintType):
			r.Revision = f.number
		default:
			return false
		}
		return true
	})
}

// field is one field of a message; number is its value if that is no bytes.
type field struct {
	num    protowire.Number
	typ    protowire.Type
	bytes  []byte
	number uint64
}

func (f field) is(num protowire.Number, typ protowire.Type) bool {
	return f.num == num && f.typ == typ
}

// eachField calls take with the fields of a message until it reports false. It
// reports whether all were taken, and well formed.
func eachField(data []byte, take func(field) bool) bool {
	for len(data) > 0 {
		var f field
		n := f.read(data)
		if n <= 0 || !take(f) {
			return false
		}
		data = data[n:]
	}
	return true
}

// read takes the first field off data. It returns how many bytes it has, below 1 if
// it is malformed or of a type that no field here has.
func (f *field) read(data []byte) int {
	num, typ, head := protowire.ConsumeTag(data)
	if head < 0 {
		return head
	}
	f.num, f.typ = num, typ
	body := -1
	switch typ {
	case protowire.VarintType:
		f.number, body = protowire.ConsumeVarint(data[head:])
	case protowire.Fixed64Type:
		f.number, body = protowire.ConsumeFixed64(data[head:])
	case protowire.BytesType:
		f.bytes, body = protowire.ConsumeBytes(data[head:])
		f.bytes = f.bytes[:len(f.bytes):len(f.bytes)]
	}
	if body < 0 {
		return body
	}
	return head + body
}
