package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/sletdk/slet/scanner"
)

const (
	// ocrTime is how long the OCR of one page may take; a dense A4 page takes
	// 10 s of CPU.
	ocrTime = time.Minute
	// ocrMemory is how much memory tesseract may use; A4 takes 115 MB.
	ocrMemory = 1 << 30
	// maxImage is the largest image file given to OCR, in bytes.
	maxImage = 64 << 20
	// maxImagePixels is the largest image given to OCR; A3 at 600 dpi has 70
	// million.
	maxImagePixels = 100e6
	// maxOCRText is how much text a page can have, in bytes.
	maxOCRText = 1 << 20
)

// ocrText writes the text in an image to the part that was begun at where.
// What is wrong with the image is a gap there.
func (d *doc) ocrText(where string, img io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(img, maxImage+1))
	if lost := d.alive(); lost != nil {
		return lost
	}
	if err != nil {
		return err
	}
	if len(data) > maxImage {
		d.gap(where, scanner.TooLarge, errors.New("the image is too large for OCR"))
		return nil
	}
	text, reason, err := d.ocr(data)
	if lost := d.alive(); lost != nil {
		return lost
	}
	if err != nil {
		d.gap(where, reason, err)
		return nil
	}
	return d.sink.Text(text)
}

// tesseract runs the tesseract program over an image. With its one thread it
// takes a quarter of the CPU that it takes with several; with page segmentation
// mode 1 it turns pages that lie on their side.
func tesseract(ctx context.Context, img []byte) ([]byte, scanner.Reason, error) {
	program, err := exec.LookPath("tesseract")
	if err != nil {
		return nil, scanner.Unsupported, errors.New("OCR is on, but the program tesseract is not installed")
	}
	languages, err := ocrLanguages(ctx, program)
	if err != nil {
		return nil, scanner.Unsupported, err
	}
	timed, cancel := context.WithTimeout(ctx, ocrTime)
	defer cancel()
	var out limitedBuffer
	err = runProgram(timed, bytes.NewReader(img), &out, program, "stdin", "stdout", "-l", languages, "--psm", "1", "--dpi", "300")
	switch {
	case out.over:
		return nil, scanner.TooLarge, errors.New("OCR gave too much text")
	case timed.Err() != nil:
		return nil, scanner.Timeout, fmt.Errorf("OCR took more than %s", ocrTime)
	case err != nil:
		return nil, scanner.Corrupt, fmt.Errorf("OCR failed: %w", err)
	}
	return out.buf.Bytes(), "", nil
}

// ocrLanguages chooses Danish and English, as far as they are installed.
func ocrLanguages(ctx context.Context, program string) (string, error) {
	timed, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var out limitedBuffer
	if err := runProgram(timed, nil, &out, program, "--list-langs"); err != nil {
		return "", fmt.Errorf("OCR is on, but tesseract cannot start: %w", err)
	}
	var found []string
	for _, want := range []string{"dan", "eng"} {
		for line := range strings.Lines(out.buf.String()) {
			if strings.TrimSpace(line) == want {
				found = append(found, want)
			}
		}
	}
	if len(found) == 0 {
		return "", errors.New("OCR is on, but tesseract has neither Danish (dan) nor English (eng)")
	}
	return strings.Join(found, "+"), nil
}

// runProgram runs a program to its end, or kills its process group when ctx is
// over. Its environment holds what it needs to be found and to use one thread.
func runProgram(ctx context.Context, in io.Reader, out io.Writer, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin, cmd.Stdout = in, out
	cmd.Env = ocrEnvironment()
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { killGroup(cmd.Process); return nil }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return err
	}
	limitProgram(cmd.Process, ocrMemory)
	return cmd.Wait()
}

// ocrEnvironment is the environment of tesseract.
func ocrEnvironment() []string {
	env := []string{"OMP_THREAD_LIMIT=1"}
	for _, name := range []string{"PATH", "TESSDATA_PREFIX", "SYSTEMROOT", "TMPDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// limitedBuffer keeps up to maxOCRText bytes; a program that writes more meets
// a closed pipe. (The buffer is not embedded: its ReadFrom would have no limit.)
type limitedBuffer struct {
	buf  bytes.Buffer
	over bool
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.buf.Len()+len(p) > maxOCRText {
		b.over = true
		return 0, io.ErrShortBuffer
	}
	return b.buf.Write(p)
}
