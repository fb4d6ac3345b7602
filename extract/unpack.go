package extract

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/bodgit/sevenzip"
	"github.com/klauspost/compress/zstd"
	"github.com/nwaples/rardecode/v2"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
	"golang.org/x/text/encoding/unicode/utf32"

	"github.com/sletdk/slet/scanner"
)

// What unpacks with large dictionaries, or with a parser that is not trusted,
// is unpacked in a worker process: its memory is limited and it can be killed.
// What comes out is sent back and recognised like everything else.

// maxDictionary is the largest dictionary that is unpacked with, in bytes.
// 7-Zip and xz use 64 MiB at most unless told otherwise, RAR 32 MiB.
const maxDictionary = 128 << 20

var errDictionary = unreadable(scanner.TooLarge, "the dictionary is larger than %d bytes", maxDictionary)

// The readers of a worker, as in [jobMessage].
const (
	readerPDFium   = "pdfium"
	readerLight    = "light"
	readerXZ       = "xz"
	readerZstd     = "zstd"
	readerSevenZip = "7z"
	readerRAR      = "rar"
	readerPST      = "pst"
)

const (
	xzMagic       = "\xfd7zXZ\x00"
	zstdMagic     = "\x28\xb5\x2f\xfd"
	sevenZipMagic = "7z\xbc\xaf\x27\x1c"
	rarMagic      = "Rar!\x1a\x07"
)

func isXZ(d *doc) bool       { return bytes.HasPrefix(d.head, []byte(xzMagic)) }
func isZstd(d *doc) bool     { return bytes.HasPrefix(d.head, []byte(zstdMagic)) }
func isSevenZip(d *doc) bool { return bytes.HasPrefix(d.head, []byte(sevenZipMagic)) }
func isRAR(d *doc) bool      { return bytes.HasPrefix(d.head, []byte(rarMagic)) }

func readXZ(d *doc) error {
	return d.inWorker(jobMessage{Reader: readerXZ, Name: withoutSuffix(d.name, ".xz", ".txz")})
}

func readZstd(d *doc) error {
	return d.inWorker(jobMessage{Reader: readerZstd, Name: withoutSuffix(d.name, ".zst", ".tzst")})
}
func readSevenZip(d *doc) error { return d.inWorker(jobMessage{Reader: readerSevenZip}) }
func readRAR(d *doc) error      { return d.inWorker(jobMessage{Reader: readerRAR}) }

// unpacker is the worker's side: it sends the entries of an archive.
type unpacker struct {
	s       *server
	m       jobMessage
	content *remote
	count   int
	private int
	names   nameList
}

// unpack does a job that is not a PDF's. The error is the connection's.
func (s *server) unpack(m jobMessage, content *remote) error {
	u := &unpacker{s: s, m: m, content: content}
	var err error
	switch m.Reader {
	case readerXZ:
		err = u.xz()
	case readerZstd:
		err = u.zstd()
	case readerSevenZip:
		err = u.sevenZip()
	case readerRAR:
		err = u.rar()
	case readerPST:
		err = u.pst()
	}
	if content.broken != nil {
		return content.broken
	}
	var lost *lostError
	if errors.As(err, &lost) {
		return lost.err
	}
	if err != nil {
		s.Gap("", unpackReason(err), err)
	}
	if len(u.names.text) > 0 {
		if err := s.Part("navne i indholdet", false); err != nil {
			return err
		}
		if err := s.Text(u.names.text); err != nil {
			return err
		}
	}
	if u.private > 0 {
		s.Gap("", scanner.Denied, errPrivateEntries(u.private))
	}
	return nil
}

// lostError is an error of the connection to slet, rather than of the content.
type lostError struct{ err error }

func (e *lostError) Error() string { return e.err.Error() }

func lost(err error) error {
	if err == nil {
		return nil
	}
	return &lostError{err}
}

// unpackReason is the reason for a gap from an error of the libraries.
func unpackReason(err error) scanner.Reason {
	var re *sevenzip.ReadError
	var known *readError
	switch {
	case errors.As(err, &known):
		return known.reason
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted), errors.As(err, &re) && re.Encrypted:
		return scanner.Encrypted
	case errors.Is(err, rardecode.ErrDictionaryTooLarge), errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return scanner.TooLarge
	case errors.Is(err, rardecode.ErrMultiVolume), errors.Is(err, rardecode.ErrUnknownVersion), errors.Is(err, rardecode.ErrUnsupportedDecoder):
		return scanner.Unsupported
	}
	return scanner.Corrupt
}

// begin counts an entry and keeps its name. It reports whether the entry is to
// be read.
func (u *unpacker) begin(name string) (read bool, err error) {
	if u.count++; u.count > u.m.Parts {
		return false, unreadable(scanner.TooLarge, "has more than %d entries; what follows was not examined", u.m.Parts)
	}
	if privateEntry(name) {
		u.private++
		return false, nil
	}
	u.names.add(name)
	return true, nil
}

// entry sends what r gives as an entry. What is wrong with it goes with its end.
func (u *unpacker) entry(b blobMessage, r io.Reader) error {
	b.Kind, b.Name = blobEntry, string(clip(b.Name, maxPlace))
	if err := writeMessage(u.s.out, frameBlob, b); err != nil {
		return lost(err)
	}
	buf := make([]byte, maxText)
	for {
		n, err := r.Read(buf)
		if u.content.broken != nil {
			return lost(u.content.broken)
		}
		if n > 0 {
			if err := writeFrame(u.s.out, frameBytes, buf[:n]); err != nil {
				return lost(err)
			}
		}
		if err == io.EOF {
			return lost(writeFrame(u.s.out, frameBlobEnd, nil))
		}
		if err != nil {
			return lost(writeMessage(u.s.out, frameBlobEnd, gapMessage{Reason: string(unpackReason(err)), Err: string(clip(err.Error(), maxPlace))}))
		}
	}
}

func (u *unpacker) xz() error {
	if size := xzDictionary(u.content); size > maxDictionary {
		return errDictionary
	}
	r, err := xz.NewReader(bufio.NewReaderSize(u.content, textChunk))
	if err != nil {
		return err
	}
	return u.entry(blobMessage{Name: u.m.Name, Packed: u.m.Size}, r)
}

// xzDictionary returns the size of the dictionary that the first block asks for.
// (The worker's memory limit holds for the other blocks.)
func xzDictionary(r io.ReaderAt) int64 {
	head := readSome(r, 0, 64)
	for at := 14; at+2 < len(head) && at < 40; at++ {
		if head[at] == 0x21 && head[at+1] == 1 && head[at+2] <= 40 { // LZMA2, one byte of properties
			return lzma2Dictionary(head[at+2])
		}
	}
	return 0
}

func lzma2Dictionary(prop byte) int64 { return int64(2|prop&1) << (prop/2 + 11) }

func (u *unpacker) zstd() error {
	r, err := zstd.NewReader(bufio.NewReaderSize(u.content, textChunk),
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxDictionary))
	if err != nil {
		return err
	}
	defer r.Close()
	return u.entry(blobMessage{Name: u.m.Name, Packed: u.m.Size}, r)
}

func (u *unpacker) sevenZip() error {
	limitSevenZip()
	zr, err := sevenzip.NewReader(u.content, u.m.Size)
	if err != nil {
		return err
	}
	for _, f := range zr.File {
		switch read, err := u.begin(f.Name); {
		case err != nil:
			return err
		case !read || f.FileInfo().IsDir() || f.UncompressedSize == 0:
			continue
		}
		r, err := f.Open()
		if err != nil {
			u.s.Gap(f.Name, unpackReason(err), err)
			continue
		}
		err = u.entry(blobMessage{Name: f.Name, Packed: u.m.Size}, r)
		_ = r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// limitSevenZip has the library's decompressors refuse large dictionaries. It
// changes the library for the process, which is a worker.
func limitSevenZip() {
	sevenzip.RegisterDecompressor([]byte{0x21}, func(p []byte, _ uint64, in []io.ReadCloser) (io.ReadCloser, error) {
		if len(p) != 1 || p[0] > 40 || len(in) != 1 {
			return nil, errors.New("broken properties of LZMA2")
		}
		size := lzma2Dictionary(p[0])
		if size > maxDictionary {
			return nil, errDictionary
		}
		r, err := lzma.Reader2Config{DictCap: int(size)}.NewReader2(in[0])
		return withCloser{r, in[0]}, err
	})
	sevenzip.RegisterDecompressor([]byte{0x03, 0x01, 0x01}, func(p []byte, n uint64, in []io.ReadCloser) (io.ReadCloser, error) {
		if len(p) != 5 || len(in) != 1 {
			return nil, errors.New("broken properties of LZMA")
		}
		if binary.LittleEndian.Uint32(p[1:]) > maxDictionary {
			return nil, errDictionary
		}
		r, err := lzma.NewReader(io.MultiReader(bytes.NewReader(binary.LittleEndian.AppendUint64(bytes.Clone(p), n)), in[0]))
		return withCloser{r, in[0]}, err
	})
}

type withCloser struct {
	io.Reader
	io.Closer
}

func (u *unpacker) rar() error {
	r, err := rardecode.NewReader(bufio.NewReaderSize(u.content, textChunk), rardecode.MaxDictionarySize(maxDictionary))
	if err != nil {
		return err
	}
	for {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch read, err := u.begin(h.Name); {
		case err != nil:
			return err
		case !read || h.IsDir:
			continue
		case h.Encrypted:
			u.s.Gap(h.Name, scanner.Encrypted, errors.New("an encrypted entry"))
			continue
		}
		u.names.add(h.LinkTarget)
		if err := u.entry(blobMessage{Name: h.Name, Packed: h.PackedSize}, r); err != nil {
			return err
		}
	}
}

// isUTF32 recognises UTF-32 by its byte order mark. (UTF-16 may begin with the
// first of them too, but no text goes on with a NUL.)
func isUTF32(d *doc) bool {
	return bytes.HasPrefix(d.head, []byte("\xff\xfe\x00\x00")) && len(d.head) > 4 || bytes.HasPrefix(d.head, []byte("\x00\x00\xfe\xff"))
}

// readUTF32 reads the same text in UTF-8.
func readUTF32(d *doc) error {
	in := utf32.UTF32(utf32.BigEndian, utf32.ExpectBOM).NewDecoder().Reader(d.reader())
	return d.entry(entry{r: in, plain: true})
}
