package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"testing"
)

type timeoutError struct{ yes bool }

func (timeoutError) Error() string   { return "i/o timeout" }
func (e timeoutError) Timeout() bool { return e.yes }

func TestReasonFor(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want Reason
	}{
		{fmt.Errorf("open: %w", fs.ErrPermission), Denied},
		{fmt.Errorf("open: %w", ErrPrivate), Denied},
		{fmt.Errorf("read: %w", context.DeadlineExceeded), Timeout},
		{fmt.Errorf("read: %w", os.ErrDeadlineExceeded), Timeout},
		{fmt.Errorf("read: %w", timeoutError{true}), Timeout},
		{fmt.Errorf("read: %w", timeoutError{false}), IO},
		{fmt.Errorf("open: %w", errors.ErrUnsupported), Unsupported},
		{fmt.Errorf("look: %w", &Gap{Reason: Encrypted, Err: fs.ErrPermission}), Encrypted},
		{io.ErrUnexpectedEOF, IO},
	} {
		if got := ReasonFor(tc.err); got != tc.want {
			t.Errorf("ReasonFor(%v) = %s, want %s", tc.err, got, tc.want)
		}
	}
}
