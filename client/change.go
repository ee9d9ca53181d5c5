package client

// Change is what one revision did to one key: a part of a watch's or of a key's
// history. The receiver owns the values.
type Change struct {
	// Deleted: the key was deleted. KV then has its key and, as ModRevision, the
	// revision of the deletion.
	Deleted bool
	KV      KeyValue
	// Prev is the key as it was before, if that was asked for and it was there.
	Prev *KeyValue
}

// Changes is what a watch delivers at a time: all that happened up to a revision
// since the delivery before.
type Changes struct {
	// Revision is how far the watch has come: to resume it elsewhere, begin at
	// Revision + 1.
	Revision uint64
	// Changes is in the order of the revisions, never a part of one. It is empty in
	// progress notices.
	Changes []Change
}
