package erase

import (
	"context"

	"github.com/sletdk/slet/scanner"
)

// FolderPruner is an [Eraser] that can take away the folders that its erasures
// leave empty, for storages in which folders are named by day and hour.
type FolderPruner interface {
	// PruneFolders removes the folder that the item lay in when there is
	// nothing left in it, then the one above, and so on, levels folders at
	// most and never the root. It removes empty folders only, each by a call
	// that fails for any other, goes where the eraser may go, and stops
	// without an error at the first that stays. It returns how many went.
	PruneFolders(ctx context.Context, it scanner.Item, levels int) (int, error)
}
