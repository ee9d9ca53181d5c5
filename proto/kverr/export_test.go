package kverr

// Dictionary lets the tests go through all entries.
func Dictionary() map[string]*Error { return dictionary }
