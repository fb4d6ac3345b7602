package scanner

import (
	"context"
	"iter"
)

// Watchable is a source on this machine whose folders can be watched, and
// walked one at a time. A folder is named by what is [Item].ID for an item: the
// escaped path below the root, "" for the root itself.
//
// Every method holds to what [Source].Walk promises: nothing private is opened
// or listed, nothing excluded is entered, no link is followed. What may not be
// entered gives an error. Where the system cannot watch without opening what
// lies in a folder, or the storage is not on this machine, the error wraps
// errors.ErrUnsupported.
type Watchable interface {
	Source
	// Place is where the folder lies on this machine, after having looked that
	// the path leads to it, and through no link. A path may be led elsewhere
	// right after: whoever watches it asks again.
	Place(folder string) (string, error)
	// Folders are the folders in a folder that a walk would enter.
	Folders(ctx context.Context, folder string) ([]string, error)
	// WalkFolder yields, as Walk does, what lies in a folder and not below it.
	WalkFolder(ctx context.Context, folder string) iter.Seq2[Item, error]
}
