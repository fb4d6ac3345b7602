//go:build !unix

package config

import "io/fs"

// The permission bits that Go reports here do not say who can reach a file:
// access lists do, and they are not looked at. The state folder must be
// protected by whoever installs slet.

func notWritableByOthers(string, fs.FileInfo) error { return nil }

func ownerOnly(string, fs.FileInfo) error { return nil }

// syncDir does nothing: folders cannot be synced here.
func syncDir(string) error { return nil }
