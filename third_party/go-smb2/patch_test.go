package smb2

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/cloudsoda/go-smb2/internal/crypto/cmac"
	"github.com/cloudsoda/go-smb2/internal/smb2"
	"github.com/cloudsoda/go-smb2/internal/utf16le"
)

// TestCMACPieces: however a message is cut, its code is the same.
func TestCMACPieces(t *testing.T) {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	for size := range 200 {
		message := make([]byte, size)
		for i := range message {
			message[i] = byte(rand.Uint32())
		}
		one := cmac.New(block)
		for i := range message {
			one.Write(message[i : i+1])
		}
		whole := cmac.New(block)
		for rest := message; len(rest) > 0; {
			n := 1 + rand.IntN(len(rest))
			if got, _ := whole.Write(rest[:n]); got != n {
				t.Fatalf("wrote %d of %d", got, n)
			}
			rest = rest[n:]
		}
		if !bytes.Equal(one.Sum(nil), whole.Sum(nil)) {
			t.Fatalf("%d bytes: the code depends on the pieces", size)
		}
	}
}

// TestGMACNonce has the nonce and the rest as MS-SMB2 3.1.4.1 says.
func TestGMACNonce(t *testing.T) {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	pkt := make([]byte, 80)
	p := smb2.PacketCodec(pkt)
	p.SetMessageId(0x0102030405060708)
	for flags, last := range map[uint32]string{0: "00000000", smb2.SMB2_FLAGS_SERVER_TO_REDIR: "01000000"} {
		p.SetFlags(flags)
		nonce, err := hex.DecodeString("0807060504030201" + last)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := gmacOf(aead, pkt), aead.Seal(nil, nonce, nil, pkt); !bytes.Equal(got, want) {
			t.Errorf("flags %x: %x, want %x", flags, got, want)
		}
	}
}

// TestCreateContexts: what is encoded can be found, and its length is its own.
func TestCreateContexts(t *testing.T) {
	for _, name := range []string{"", "a", "ab", "abc", "abcd"} {
		req := &smb2.CreateRequest{Name: name, Contexts: []smb2.Encoder{smb2.QueryOnDiskID, smb2.QueryMaximalAccess}}
		pkt := make([]byte, req.Size())
		req.Encode(pkt)
		d := smb2.CreateRequestDecoder(pkt[64:])
		off, length := d.CreateContextsOffset(), d.CreateContextsLength()
		if off%8 != 0 || int(off+length) != len(pkt) || length != 48 {
			t.Errorf("%q: contexts at %d, %d bytes, of %d", name, off, length, len(pkt))
		}
		for _, c := range []smb2.CreateContext{smb2.QueryOnDiskID, smb2.QueryMaximalAccess} {
			if c.Find(pkt[off:off+length]) == nil {
				t.Errorf("%q: %s is not there", name, c[:])
			}
		}
	}
}

func FuzzFindContext(f *testing.F) {
	f.Add([]byte{24, 0, 0, 0, 16, 0, 4, 0, 0, 0, 24, 0, 8, 0, 0, 0, 'Q', 'F', 'i', 'd', 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		smb2.DiskFileID(smb2.QueryOnDiskID.Find(b))
		smb2.MaximalAccess(smb2.QueryMaximalAccess.Find(b))
	})
}

func streamInfo(names ...string) (b []byte) {
	for i, name := range names {
		enc := utf16le.Encode(name, 0)
		e := make([]byte, (24+len(enc)+7)&^7)
		if i < len(names)-1 {
			binary.LittleEndian.PutUint32(e, uint32(len(e)))
		}
		binary.LittleEndian.PutUint32(e[4:], uint32(len(enc)))
		binary.LittleEndian.PutUint64(e[8:], uint64(i))
		copy(e[24:], enc)
		b = append(b, e...)
	}
	return b
}

func TestDecodeStreams(t *testing.T) {
	want := []string{"::$DATA", ":Zone.Identifier:$DATA", ":æøå:$DATA"}
	list, err := decodeStreams(streamInfo(want...))
	if err != nil || len(list) != len(want) {
		t.Fatalf("%v, %v", list, err)
	}
	for i, s := range list {
		if s.Name != want[i] || s.Size != int64(i) {
			t.Errorf("%d: %+v", i, s)
		}
	}
	for cut := range len(streamInfo(want...)) {
		if list, err := decodeStreams(streamInfo(want...)[:cut]); err == nil && len(list) == len(want) {
			if cut < len(streamInfo(want...))-8 {
				t.Errorf("cut at %d: all is said to be there", cut)
			}
		}
	}
}

func FuzzDecodeStreams(f *testing.F) {
	f.Add(streamInfo("::$DATA", ":a:$DATA"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, _ := decodeStreams(b)
		if len(list) > len(b)/24 {
			t.Errorf("%d streams in %d bytes", len(list), len(b))
		}
	})
}

// TestBorrowAll: many who need several credits do not wait for each other, and
// none are lost.
func TestBorrowAll(t *testing.T) {
	a := openAccount(8)
	a.settle(2, 2) // three with the first
	fs := &Share{treeConn: &treeConn{session: &session{conn: &conn{account: a}}}}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	fs.ctx = ctx
	for range 3 { // nothing is left: all have to wait
		<-a.balance
	}
	done := make(chan error)
	for range 20 {
		go func() {
			err := fs.borrowAll(3)
			if err == nil {
				a.settle(1, 1)
				a.settle(2, 2)
			}
			done <- err
		}()
	}
	for range 3 { // and what comes in comes one by one
		time.Sleep(50 * time.Millisecond)
		a.settle(1, 1)
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if len(a.balance) != 3 {
		t.Errorf("%d credits are left of 3", len(a.balance))
	}
	if err := fs.borrowAll(4); err != ErrFewCredits {
		t.Errorf("more than there are: %v", err)
	}
	if len(a.balance) != 3 {
		t.Errorf("%d credits are left of 3 after a refusal", len(a.balance))
	}
}

// closedTransport is a connection that was closed.
type closedTransport struct{ transport }

func (closedTransport) ReadSize() (int, error) { return 0, net.ErrClosed }

// TestClosedUnderWaiter: who waits for an answer when another one closes the
// connection gets an error, as does who asks afterwards.
func TestClosedUnderWaiter(t *testing.T) {
	c := &conn{
		t: closedTransport{}, account: openAccount(8), rdone: make(chan struct{}, 1), wdone: make(chan struct{}), write: make(chan []byte, 1), werr: make(chan error, 1),
		outstandingRequests: newOutstandingRequests(),
	}
	rr := &requestResponse{msgId: 1, recv: make(chan []byte, 1), ctx: t.Context()}
	c.outstandingRequests.set(rr.msgId, rr)
	c.rdone <- struct{}{}
	c.runReceiver()
	if pkt, err := c.recv(rr); !errors.Is(err.(*TransportError).Err, net.ErrClosed) {
		t.Errorf("got %v, %v", pkt, err)
	}
	if c.err == nil {
		t.Error("the connection may still be asked")
	}
}
