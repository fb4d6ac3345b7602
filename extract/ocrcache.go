package extract

import (
	"container/list"
	"crypto/sha256"
	"strings"
	"sync"

	"github.com/sletdk/slet/scanner"
)

// The cache of what OCR has read holds so many pictures and bytes of text: a
// letterhead is read once. It is in memory only, and goes with the extractor.
const (
	ocrCacheItems = 512
	ocrCacheBytes = 4 << 20
)

// ocrCache remembers what was read from a picture, by the SHA-256 of its bytes;
// what was used longest ago is forgotten first.
type ocrCache struct {
	mu    sync.Mutex
	items map[[sha256.Size]byte]*list.Element
	order *list.List // of *ocrRead, the latest in front
	bytes int
}

type ocrRead struct {
	sum    [sha256.Size]byte
	text   []byte
	reason scanner.Reason
	err    error
}

func newOCRCache() *ocrCache {
	return &ocrCache{items: map[[sha256.Size]byte]*list.Element{}, order: list.New()}
}

func (c *ocrCache) get(sum [sha256.Size]byte) *ocrRead {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.items[sum]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*ocrRead)
}

func (c *ocrCache) put(r *ocrRead) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items[r.sum] != nil || len(r.text) > ocrCacheBytes {
		return
	}
	c.items[r.sum] = c.order.PushFront(r)
	c.bytes += len(r.text)
	for c.order.Len() > ocrCacheItems || c.bytes > ocrCacheBytes {
		old := c.order.Remove(c.order.Back()).(*ocrRead)
		delete(c.items, old.sum)
		c.bytes -= len(old.text)
	}
}

// ocr reads a picture. What depends on the moment (the time ran out) is tried
// again the next time.
func (d *doc) ocr(img []byte) ([]byte, scanner.Reason, error) {
	sum := sha256.Sum256(img)
	if r := d.x.seen.get(sum); r != nil {
		return r.text, r.reason, r.err
	}
	text, reason, err := tesseract(d.ctx, img)
	text = appendPDFText(nil, strings.ToValidUTF8(string(text), "\uFFFD"))
	if d.ctx.Err() == nil && (err == nil || reason == scanner.Corrupt) {
		d.x.seen.put(&ocrRead{sum, text, reason, err})
	}
	return text, reason, err
}
