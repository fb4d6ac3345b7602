package smb2

import (
	"errors"
	"os"
	"runtime"
	"time"

	"github.com/cloudsoda/go-smb2/internal/smb2"
)

// Shot is what one compound request has told of a file.
type Shot struct {
	Opened FileStat // from the answer to CREATE
	// Closed is from the answer to CLOSE; its FileId is not told. It is nil
	// when the server has not said what it closed.
	Closed *FileStat
	// Access is what the user may do, when that was asked for and told.
	Access     uint32
	AccessTold bool
	// Data is what was read, which is less than was asked for when the file is
	// shorter. It is the caller's.
	Data []byte
}

// ShotOptions say how a file is opened.
type ShotOptions struct {
	// Access is the access mask asked for; 0 is FILE_READ_ATTRIBUTES, and
	// FILE_READ_DATA too when something is read.
	Access uint32
	// NoFollow opens a link itself.
	NoFollow bool
	// QueryAccess asks for Shot.Access.
	QueryAccess bool
}

// Shoot opens a file, reads its first size bytes (none for 0) and closes it, in
// one compound request: one round trip, and no handle that could be left open.
// No symbolic link is followed. While it is open, others may do with the file
// what they like. size is at most 1 MiB.
func (fs *Share) Shoot(name string, size int, o ShotOptions) (*Shot, error) {
	name = normPath(name)
	shot, err := fs.shoot(name, size, o)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return shot, nil
}

func (fs *Share) shoot(name string, size int, o ShotOptions) (*Shot, error) {
	if err := validatePath("open", name, false); err != nil {
		return nil, err
	}
	if size < 0 || size > winMaxPayloadSize || uint32(size) > fs.maxReadSize {
		return nil, &InternalError{"too much for one answer"}
	}
	readCharge := uint16(0)
	if size > 0 {
		readCharge = uint16((size-1)/(64*1024) + 1)
	}
	if fs.capabilities&smb2.SMB2_GLOBAL_CAP_LARGE_MTU == 0 && readCharge > 1 {
		return nil, &InternalError{"too much for one answer"}
	}
	if err := fs.borrowAll(2 + readCharge); err != nil {
		return nil, err
	}

	create := fs.createRequest(name, o.Access, o.NoFollow)
	if o.Access == 0 {
		create.DesiredAccess = smb2.FILE_READ_ATTRIBUTES
		if size > 0 {
			create.DesiredAccess |= smb2.FILE_READ_DATA
		}
	}
	if o.QueryAccess {
		create.Contexts = append(create.Contexts, smb2.QueryMaximalAccess)
	}
	create.CreditCharge = 1
	entries := []compoundEntry{{req: create, tc: fs.treeConn}}
	if size > 0 {
		entries = append(entries, compoundEntry{tc: fs.treeConn, related: true, req: &smb2.ReadRequest{
			PacketHeader: smb2.PacketHeader{CreditCharge: readCharge},
			Length:       uint32(size), FileId: sentinelFileId,
		}})
	}
	entries = append(entries, compoundEntry{tc: fs.treeConn, related: true, req: &smb2.CloseRequest{
		PacketHeader: smb2.PacketHeader{CreditCharge: 1},
		Flags:        smb2.SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB, FileId: sentinelFileId,
	}})

	rrs, err := fs.sendCompound(fs.ctx, entries)
	if err != nil {
		return nil, err
	}
	shot := new(Shot)
	err = fs.shotOpened(rrs[0], name, shot)
	for i, rr := range rrs[1:] {
		e := err
		if i == len(rrs)-2 {
			e = fs.shotClosed(rr, shot)
		} else {
			e = fs.shotRead(rr, shot)
		}
		if err == nil {
			err = e // the others follow from the first
		}
	}
	if err != nil {
		return nil, err
	}
	return shot, nil
}

// ErrFewCredits: the server has not granted the credits that a compound request
// takes, or they are all in use. Single requests are the way then.
var ErrFewCredits = errors.New("too few credits for a compound request")

// patientCharge is up to how many credits are waited for: any server grants as
// many.
const patientCharge = 3

// borrowAll borrows exactly so many credits. Only one request at a time waits
// with a part of its credits in hand, so that no two wait for each other.
func (fs *Share) borrowAll(charge uint16) error {
	got, complete, err := fs.account.borrow(fs.ctx, charge)
	if err != nil || complete {
		return err
	}
	if charge > patientCharge {
		fs.refundCredits(got)
		return ErrFewCredits
	}
	fs.refundCredits(got)
	select {
	case fs.account.gathering <- struct{}{}:
		defer func() { <-fs.account.gathering }()
	case <-fs.ctx.Done():
		return fs.ctx.Err()
	}
	for got = 0; got < charge; {
		n, _, err := fs.account.borrow(fs.ctx, charge-got)
		if err != nil {
			fs.refundCredits(got)
			return err
		}
		got += n
	}
	return nil
}

// createRequest asks to open what is there.
func (fs *Share) createRequest(name string, access uint32, noFollow bool) *smb2.CreateRequest {
	req := &smb2.CreateRequest{
		RequestedOplockLevel: smb2.SMB2_OPLOCK_LEVEL_NONE,
		ImpersonationLevel:   smb2.Impersonation,
		DesiredAccess:        access,
		FileAttributes:       smb2.FILE_ATTRIBUTE_NORMAL,
		ShareAccess:          smb2.FILE_SHARE_READ | smb2.FILE_SHARE_WRITE | smb2.FILE_SHARE_DELETE,
		CreateDisposition:    smb2.FILE_OPEN,
		Name:                 name,
		Mapping:              fs.mapping,
		Contexts:             []smb2.Encoder{smb2.QueryOnDiskID},
	}
	if noFollow {
		req.CreateOptions |= smb2.FILE_OPEN_REPARSE_POINT
	}
	return req
}

func (fs *Share) shotOpened(rr *requestResponse, name string, shot *Shot) error {
	res, err := fs.answer(rr, smb2.SMB2_CREATE)
	if err != nil {
		return err
	}
	defer rr.freeRecvBuf()
	r := smb2.CreateResponseDecoder(res)
	if r.IsInvalid() {
		return &InvalidResponseError{"broken create response format"}
	}
	shot.Opened = *createdStat(r, name)
	shot.Access, shot.AccessTold = smb2.MaximalAccess(smb2.QueryMaximalAccess.Find(r.CreateContexts()))
	return nil
}

func (fs *Share) shotRead(rr *requestResponse, shot *Shot) error {
	res, err := fs.answer(rr, smb2.SMB2_READ)
	if err != nil {
		return err
	}
	r := smb2.ReadResponseDecoder(res)
	if r.IsInvalid() {
		rr.freeRecvBuf()
		return &InvalidResponseError{"broken read response format"}
	}
	// The buffer is not given back to the pool: it is the caller's now.
	shot.Data = r.Data()
	return nil
}

func (fs *Share) shotClosed(rr *requestResponse, shot *Shot) error {
	res, err := fs.answer(rr, smb2.SMB2_CLOSE)
	if err != nil {
		return err
	}
	defer rr.freeRecvBuf()
	r := smb2.CloseResponseDecoder(res)
	switch {
	case r.IsInvalid():
		return &InvalidResponseError{"broken close response format"}
	case r.Flags()&smb2.SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB == 0:
		return nil
	}
	shot.Closed = &FileStat{
		CreationTime:   time.Unix(0, r.CreationTime().Nanoseconds()),
		LastAccessTime: time.Unix(0, r.LastAccessTime().Nanoseconds()),
		LastWriteTime:  time.Unix(0, r.LastWriteTime().Nanoseconds()),
		ChangeTime:     time.Unix(0, r.ChangeTime().Nanoseconds()),
		EndOfFile:      r.EndofFile(),
		AllocationSize: r.AllocationSize(),
		FileAttributes: r.FileAttributes(),
	}
	return nil
}

// answer waits for an answer and looks whether it is a good one.
func (fs *Share) answer(rr *requestResponse, cmd uint16) ([]byte, error) {
	pkt, err := fs.recv(rr)
	if err != nil {
		return nil, err
	}
	res, err := accept(cmd, pkt)
	if err != nil {
		rr.freeRecvBuf()
		return nil, err
	}
	return res, nil
}

// createdStat is what the answer to a CREATE tells, with the file's number if
// that was asked for.
func createdStat(r smb2.CreateResponseDecoder, name string) *FileStat {
	return &FileStat{
		CreationTime:   time.Unix(0, r.CreationTime().Nanoseconds()),
		LastAccessTime: time.Unix(0, r.LastAccessTime().Nanoseconds()),
		LastWriteTime:  time.Unix(0, r.LastWriteTime().Nanoseconds()),
		ChangeTime:     time.Unix(0, r.ChangeTime().Nanoseconds()),
		EndOfFile:      r.EndofFile(),
		AllocationSize: r.AllocationSize(),
		FileAttributes: r.FileAttributes(),
		FileId:         smb2.DiskFileID(smb2.QueryOnDiskID.Find(r.CreateContexts())),
		FileName:       base(name),
	}
}

// OpenExisting opens a file or folder with exactly that access mask. No
// symbolic link is followed, and others may read, write and delete meanwhile.
// [File.Opened] tells what was opened.
func (fs *Share) OpenExisting(name string, access uint32) (*File, error) {
	name = normPath(name)
	if err := validatePath("open", name, false); err != nil {
		return nil, err
	}
	f, err := fs.openExisting(name, access)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return f, nil
}

func (fs *Share) openExisting(name string, access uint32) (*File, error) {
	req := fs.createRequest(name, access, false)
	var err error
	if req.CreditCharge, _, err = fs.borrowCredits(0); err != nil {
		return nil, err
	}
	res, err := fs.sendRecv(smb2.SMB2_CREATE, req)
	if err != nil {
		return nil, err
	}
	r := smb2.CreateResponseDecoder(res)
	if r.IsInvalid() {
		return nil, &InvalidResponseError{"broken create response format"}
	}
	f := &File{fs: fs, fd: r.FileId().Decode(), name: name, fileStat: createdStat(r, name), mapping: fs.mapping}
	runtime.SetFinalizer(f, (*File).close)
	return f, nil
}

// Opened is what the file was when it was opened. Its FileId is 0 when it was
// not opened by [Share.OpenExisting], or the server did not tell.
func (f *File) Opened() *FileStat { return f.fileStat }

// PendingRead is a READ that has been sent.
type PendingRead struct {
	fs   *Share
	rr   *requestResponse
	want int
}

// StartRead asks for n bytes at off, or for fewer if one answer cannot hold
// them or the credits do not pay for more; it does not wait for the answer.
func (f *File) StartRead(n int, off int64) (*PendingRead, error) {
	charge, granted, err := f.fs.borrowCredits(min(n, f.maxReadSize()))
	if err != nil {
		return nil, err
	}
	n = min(n, f.maxReadSize(), granted)
	req := &smb2.ReadRequest{Length: uint32(n), Offset: uint64(off), FileId: f.fd, MinimumCount: 1}
	req.CreditCharge = charge
	rr, err := f.fs.send(f.fs.ctx, req)
	if err != nil {
		return nil, err
	}
	return &PendingRead{fs: f.fs, rr: rr, want: n}, nil
}

// Len is how many bytes were asked for.
func (p *PendingRead) Len() int { return p.want }

// Wait returns what was read, which is nothing at the end of the file. It may
// be used until Free.
func (p *PendingRead) Wait() ([]byte, error) {
	res, err := p.fs.answer(p.rr, smb2.SMB2_READ)
	var re *ResponseError
	if errors.As(err, &re) && re.Code == statusEndOfFile {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := smb2.ReadResponseDecoder(res)
	if r.IsInvalid() {
		return nil, &InvalidResponseError{"broken read response format"}
	}
	return r.Data(), nil
}

const statusEndOfFile = 0xC0000011

// Free gives the buffer back after Wait, or gives up a read that nobody waits
// for any more.
func (p *PendingRead) Free() {
	if _, ok := p.fs.outstandingRequests.pop(p.rr.msgId); ok {
		p.fs.refundCredits(p.rr.claimLoan())
	}
	p.rr.freeRecvBuf()
}
