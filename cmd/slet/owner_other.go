//go:build !unix

package main

import "io/fs"

// ownState: who may write to the state directory is for its access list to say.
func ownState(string, fs.FileInfo) error { return nil }
