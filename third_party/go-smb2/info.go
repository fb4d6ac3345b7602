package smb2

import (
	"crypto/cipher"
	"encoding/binary"
	"os"
	"time"

	"github.com/cloudsoda/go-smb2/internal/erref"
	"github.com/cloudsoda/go-smb2/internal/smb2"
	"github.com/cloudsoda/go-smb2/internal/utf16le"
)

// ConnectionInfo is what was agreed on with a server.
type ConnectionInfo struct {
	Dialect        uint16 // 0x0311 for 3.1.1
	SigningAlways  bool   // every message is signed, as one side requires it
	SigningGMAC    bool   // with AES-GMAC instead of AES-CMAC or HMAC-SHA256
	SessionSealed  bool   // the server has everything encrypted
	ServerTime     time.Time
	ServerTimeSeen time.Time // by our clock, when ServerTime was received
}

// Info tells what was agreed on with the server.
func (c *Session) Info() ConnectionInfo {
	return ConnectionInfo{
		Dialect:        c.s.dialect,
		SigningAlways:  c.s.requireSigning,
		SigningGMAC:    c.s.gmac != nil,
		SessionSealed:  c.s.sessionFlags&smb2.SMB2_SESSION_FLAG_ENCRYPT_DATA != 0,
		ServerTime:     c.s.serverTime,
		ServerTimeSeen: c.s.serverTimeAt,
	}
}

// Sealed reports whether the server has this share encrypted.
func (fs *Share) Sealed() bool {
	return fs.sessionFlags&smb2.SMB2_SESSION_FLAG_ENCRYPT_DATA != 0 || fs.shareFlags&smb2.SMB2_SHAREFLAG_ENCRYPT_DATA != 0
}

// gmacOf is the signature of a message (MS-SMB2 3.1.4.1), whose signature field
// must be zero.
func gmacOf(aead cipher.AEAD, pkt []byte) []byte {
	p := smb2.PacketCodec(pkt)
	var nonce [12]byte
	binary.LittleEndian.PutUint64(nonce[:], p.MessageId())
	if p.Flags()&smb2.SMB2_FLAGS_SERVER_TO_REDIR != 0 {
		nonce[8] |= 1
	}
	if p.Command() == smb2.SMB2_CANCEL {
		nonce[8] |= 2
	}
	return aead.Seal(nil, nonce[:], nil, pkt)
}

// Classes of information (MS-FSCC 2.4, 2.5), and a control code (MS-SMB2
// 2.2.31).
const (
	fileStreamInformation      = 22
	fileFsAttributeInformation = 5
	fsctlEnumerateSnapshots    = 0x00144064
)

// Stream is one stream of a file.
type Stream struct {
	Name string // as in ":Zone.Identifier:$DATA"; "::$DATA" is the content
	Size int64  // bytes
}

// Streams lists the file's streams.
func (f *File) Streams() ([]Stream, error) {
	list, err := f.streams()
	if err != nil {
		return nil, &os.PathError{Op: "streams", Path: f.name, Err: err}
	}
	return list, nil
}

func (f *File) streams() ([]Stream, error) {
	info, err := f.infoOf(smb2.SMB2_0_INFO_FILE, fileStreamInformation)
	if err != nil {
		return nil, err
	}
	return decodeStreams(info)
}

func decodeStreams(info []byte) (list []Stream, err error) {
	le := binary.LittleEndian
	for len(info) > 0 {
		if len(info) < 24 {
			return nil, &InvalidResponseError{"broken stream information format"}
		}
		next, n := le.Uint32(info), le.Uint32(info[4:])
		if uint64(n) > uint64(len(info)-24) || next != 0 && (next < 24 || uint64(next) > uint64(len(info))) {
			return nil, &InvalidResponseError{"broken stream information format"}
		}
		list = append(list, Stream{
			Name: utf16le.Decode(info[24:24+n], 0),
			Size: int64(le.Uint64(info[8:])),
		})
		if next == 0 {
			break
		}
		info = info[next:]
	}
	return list, nil
}

// infoOf asks for information whose length is not known: for as much as the
// server tells, if less is too little.
func (f *File) infoOf(infoType, class uint8) (info []byte, err error) {
	for size := singleCreditMaxPayloadSize; ; size = f.maxTransactSize() {
		info, err = f.queryInfo(&smb2.QueryInfoRequest{InfoType: infoType, FileInfoClass: class, OutputBufferLength: uint32(min(size, f.maxTransactSize()))})
		re, ok := err.(*ResponseError)
		if !ok || erref.NtStatus(re.Code) != erref.STATUS_BUFFER_OVERFLOW || size >= f.maxTransactSize() {
			return info, err
		}
	}
}

// FileSystem says what the server tells of the file system below the share.
type FileSystem struct {
	Name       string // as in "NTFS", which Samba says of all
	Attributes uint32 // MS-FSCC 2.5.1
}

// FileSystem asks what kind of file system the file is on.
func (f *File) FileSystem() (FileSystem, error) {
	info, err := f.infoOf(smb2.SMB2_0_INFO_FILESYSTEM, fileFsAttributeInformation)
	if err == nil && len(info) < 12 {
		err = &InvalidResponseError{"broken file system information format"}
	}
	if err != nil {
		return FileSystem{}, &os.PathError{Op: "filesystem", Path: f.name, Err: err}
	}
	n := min(uint64(binary.LittleEndian.Uint32(info[8:])), uint64(len(info)-12))
	return FileSystem{
		Name:       utf16le.Decode(info[12:12+n], 0),
		Attributes: binary.LittleEndian.Uint32(info),
	}, nil
}

// Snapshots asks how many snapshots (previous versions) of the volume the file
// is on can be read.
func (f *File) Snapshots() (int, error) {
	out, err := f.ioctl(&smb2.IoctlRequest{
		CtlCode: fsctlEnumerateSnapshots, MaxOutputResponse: 16, Flags: smb2.SMB2_0_IOCTL_IS_FSCTL,
	})
	if err != nil && len(out) < 12 {
		return 0, &os.PathError{Op: "snapshots", Path: f.name, Err: err}
	}
	if len(out) < 12 {
		return 0, &os.PathError{Op: "snapshots", Path: f.name, Err: &InvalidResponseError{"broken snapshots format"}}
	}
	return int(binary.LittleEndian.Uint32(out)), nil
}
