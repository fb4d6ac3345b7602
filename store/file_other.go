//go:build !unix

package store

import "io/fs"

// insecure cannot tell here: who may write is in the access control list that
// the file inherits from its folder. The installer sets that list.
func insecure(fs.FileInfo) string { return "" }

// isFull and isReadOnly cannot tell here; SQLite's own code does, later.
func isFull(error) bool { return false }

func isReadOnly(error) bool { return false }

// syncDir: a folder cannot be synced here, and need not be.
func syncDir(string) error { return nil }
