package client

import "time"

// Field is what a Compare looks at.
type Field uint8

// The fields of a key. Of a key that is not there all numbers are 0, and no
// condition on its value holds, not even NotEqual.
const (
	FieldValue Field = iota + 1
	FieldVersion
	FieldCreateRevision
	FieldModRevision
	FieldLease
)

// Relation is how a Compare compares the field with its operand.
type Relation uint8

// The relations. Values are compared by their bytes.
const (
	Equal Relation = iota + 1
	NotEqual
	Less
	Greater
	LessOrEqual
	GreaterOrEqual
)

// Compare is a condition of a Txn.
type Compare struct {
	Key      string
	Field    Field
	Relation Relation
	// Value is the operand for FieldValue.
	Value []byte
	// Number is the operand for all other fields.
	Number uint64
}

// Absent holds if key is not there.
func Absent(key string) Compare {
	return Compare{Key: key, Field: FieldModRevision, Relation: Equal}
}

// Present holds if key is there.
func Present(key string) Compare {
	return Compare{Key: key, Field: FieldModRevision, Relation: NotEqual}
}

// ValueIs holds if key is there and has that value.
func ValueIs(key string, value []byte) Compare {
	return Compare{Key: key, Field: FieldValue, Relation: Equal, Value: value}
}

// ModRevisionIs holds if the last change of key was at that revision; 0 means
// that it is not there.
func ModRevisionIs(key string, revision uint64) Compare {
	return Compare{Key: key, Field: FieldModRevision, Relation: Equal, Number: revision}
}

// CreateRevisionIs holds if this life of key began at that revision, as with the
// fencing token of a Mutex or an Election.
func CreateRevisionIs(key string, revision uint64) Compare {
	return Compare{Key: key, Field: FieldCreateRevision, Relation: Equal, Number: revision}
}

// OpKind is what an Op does.
type OpKind uint8

// The kinds of operation.
const (
	KindPut OpKind = iota + 1
	KindDelete
	KindGet
	KindList
)

// Op is one operation of a Txn; make it with OpPut, OpGet, OpDelete,
// OpDeleteRange or OpList.
type Op struct {
	Kind OpKind
	// Key is what a put, a get, or a delete of one key is about.
	Key string
	// Range is what a list, or a delete of many keys, is about; nil for one key.
	Range *Range
	Value []byte
	// Prev asks a put, or a delete of one key, for the key as it was before.
	Prev bool
	// Lease and TTL are those of WriteOption.
	Lease LeaseID
	TTL   time.Duration
	// Limit, KeysOnly, CountOnly and Reverse are those of a list.
	Limit                        int
	KeysOnly, CountOnly, Reverse bool
}

// OpPut puts a key. IfRevision and IfAbsent do not apply: the transaction has
// conditions of its own.
func OpPut(key string, value []byte, opts ...WriteOption) Op {
	o := writeOptions(opts)
	return Op{Kind: KindPut, Key: key, Value: value, Prev: o.prev, Lease: o.lease, TTL: o.ttl}
}

// OpDelete deletes a key.
func OpDelete(key string) Op { return Op{Kind: KindDelete, Key: key} }

// OpDeleteRange deletes the keys of a range; the zero Range is all keys.
func OpDeleteRange(r Range) Op { return Op{Kind: KindDelete, Range: &r} }

// OpGet reads a key. It sees what the operations before it have written.
func OpGet(key string) Op { return Op{Kind: KindGet, Key: key} }

// OpList reads a range. It sees what the operations before it have written. Of
// the options Limit, KeysOnly, CountOnly and Reverse apply.
func OpList(r Range, opts ...ReadOption) Op {
	o := readOptions(opts)
	return Op{Kind: KindList, Range: &r, Limit: o.limit, KeysOnly: o.keysOnly, CountOnly: o.countOnly, Reverse: o.reverse}
}

// Txn is a transaction: if all conditions of If hold, Then is carried out, and
// otherwise Else, all at one revision or, on an error, not at all. Each list may
// write a key only once, and all three together have 128 parts at most unless
// the members say otherwise.
type Txn struct {
	If         []Compare
	Then, Else []Op
}

// TxnResult is what Txn returns.
type TxnResult struct {
	Header
	// Succeeded tells whether all conditions held.
	Succeeded bool
	// Results has one element for each operation that was carried out, in order.
	Results []OpResult
}

// OpResult is what one operation of a Txn came to. The receiver owns the values.
type OpResult struct {
	Kind OpKind
	// KV is what a get found, nil if the key is not there.
	KV *KeyValue
	// Prev is what a put or a delete replaced, if that was asked for.
	Prev *KeyValue
	// Lease is the one that a put with a TTL made.
	Lease LeaseID
	// Deleted is the number of keys that a delete removed.
	Deleted uint64
	// KVs, More and Count are what a list found: Count is for CountOnly, and More
	// tells that Limit held keys back.
	KVs   []KeyValue
	More  bool
	Count uint64
}
