package wire

// Numbers of fields of kv.proto, by message. A test holds them against the generated
// code.
const (
	RequestCluster = 1 // StreamRequest.cluster_id
	RequestCalls   = 2 // StreamRequest.calls

	CallID      = 1 // Call.id
	CallTimeout = 2 // Call.timeout_ms
	CallPut     = 3 // Call.put
	CallGet     = 4 // Call.get
	CallDelete  = 5 // Call.delete
	CallTxn     = 6 // Call.txn
	CallCancel  = 7 // Call.cancel

	PutKey   = 1 // PutRequest.key
	PutValue = 2 // PutRequest.value
	PutIf    = 3 // PutRequest.if_mod_revision
	PutPrev  = 4 // PutRequest.prev
	PutLease = 5 // PutRequest.lease
	PutTTL   = 6 // PutRequest.ttl_ms
	PutStamp = 7 // PutRequest.stamp

	GetKey         = 1 // GetRequest.key
	GetConsistency = 2 // GetRequest.consistency
	GetRevision    = 3 // GetRequest.revision

	StampSession      = 1 // Stamp.session
	StampSequence     = 2 // Stamp.sequence
	StampAcknowledged = 3 // Stamp.acknowledged
	StampOpened       = 4 // Stamp.opened

	ResponseHeader  = 1 // StreamResponse.header
	ResponseAnswers = 2 // StreamResponse.answers

	AnswerID       = 1 // Answer.id
	AnswerRevision = 2 // Answer.revision
	AnswerApplied  = 3 // Answer.applied_index
	AnswerPut      = 4 // Answer.put
	AnswerGet      = 5 // Answer.get
	AnswerDelete   = 6 // Answer.delete
	AnswerTxn      = 7 // Answer.txn
	AnswerFailure  = 8 // Answer.failure

	GotKV = 2 // GetResponse.kv

	KVKey     = 1 // KeyValue.key
	KVValue   = 2 // KeyValue.value
	KVCreated = 3 // KeyValue.create_revision
	KVChanged = 4 // KeyValue.mod_revision
	KVVersion = 5 // KeyValue.version
	KVLease   = 6 // KeyValue.lease
)
