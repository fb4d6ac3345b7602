package scanner

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// ReasonFor says what kind of gap an error makes. An error that already is, or
// wraps, a [*Gap] keeps its reason; what is not known is [IO].
func ReasonFor(err error) Reason {
	var gap *Gap
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &gap):
		return gap.Reason
	case errors.Is(err, fs.ErrPermission), errors.Is(err, ErrPrivate):
		return Denied
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return Timeout
	case errors.Is(err, errors.ErrUnsupported):
		return Unsupported
	case errors.As(err, &timeout) && timeout.Timeout():
		return Timeout
	}
	return IO
}
