package smb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"

	smb2 "github.com/cloudsoda/go-smb2"
)

// Codes of the server's answers (NTSTATUS, MS-ERREF 2.3.1).
const (
	statusInvalidParameter  = 0xC000000D
	statusNoSuchFile        = 0xC000000F
	statusNameInvalid       = 0xC0000033
	statusSharing           = 0xC0000043
	statusDeletePending     = 0xC0000056
	statusFileLock          = 0xC0000054
	statusLogonFailure      = 0xC000006D
	statusNotSupported      = 0xC00000BB
	statusBadNetworkName    = 0xC00000CC
	statusNameDeleted       = 0xC00000C9
	statusNotADirectory     = 0xC0000103
	statusDisconnected      = 0xC000020C
	statusReset             = 0xC000020D
	statusSessionDeleted    = 0xC0000203
	statusSessionExpired    = 0xC000035C
	statusStoppedOnSymlink  = 0x8000002D
	statusPathNotCovered    = 0xC0000257
	statusIORepNotHandled   = 0xC0000279
	statusCloudFileNotAvail = 0xC000CF09
)

// Errors that say what an answer means.
var (
	// errBusy: another program has the file open, or a part of it locked. It is
	// a kind of denial.
	errBusy = fmt.Errorf("in use by another program: %w", fs.ErrPermission)
	// errLink: a reparse point is on the way.
	errLink = errors.New("a link, which is never followed")
	// errSwapped: a folder is not the one that its parent's listing told of: it
	// was replaced meanwhile, or has become a link.
	errSwapped = errors.New("another folder, or a link, has taken its place")
	// errDown: the server has not answered, for as long as there was patience.
	errDown = errors.New("the server does not answer")
	// errDropped: the connection was lost during the call.
	errDropped = errors.New("the connection was lost")
)

// code returns the server's answer, 0 when the error is not one.
func code(err error) uint32 {
	var r *smb2.ResponseError
	if errors.As(err, &r) {
		return r.Code
	}
	return 0
}

// meaning says in our words what the library's error means, without the path:
// whoever reports it knows the place, and knows how to mask it.
func meaning(err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &pe):
		err = pe.Err
	case errors.As(err, &le):
		err = le.Err
	}
	var te *smb2.TransportError
	if errors.As(err, &te) && te.Err != nil {
		if errors.Is(te.Err, errClear) {
			return errClear
		}
		return fmt.Errorf("%w: %w", errDropped, te.Err)
	}
	var ie *smb2.InvalidResponseError
	switch code(err) {
	case statusSharing, statusFileLock:
		return fmt.Errorf("%w: %w", errBusy, err)
	case statusNoSuchFile, statusDeletePending, statusNotADirectory:
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	case statusStoppedOnSymlink, statusPathNotCovered, statusIORepNotHandled:
		return fmt.Errorf("%w: %w", errLink, err)
	case statusNameDeleted, statusDisconnected, statusReset, statusSessionDeleted, statusSessionExpired:
		return fmt.Errorf("%w: %w", errDropped, err)
	case statusNotSupported, statusCloudFileNotAvail:
		return fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	if errors.As(err, &ie) {
		return fmt.Errorf("%w: %w", errDropped, err)
	}
	return err
}

// hopeless reports whether an error is not about one place but about the
// server: whatever is asked next will meet it too.
func hopeless(err error) bool {
	return lost(err) || errors.Is(err, errDown) || errors.Is(err, errSignIn) || errors.Is(err, errClear)
}

// lost reports whether an error, as [meaning] returns it, says that the
// connection is of no more use. A call that ran into its deadline counts: the
// server may hang.
func lost(err error) bool {
	var ne net.Error
	return errors.Is(err, errDropped) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &ne)
}
