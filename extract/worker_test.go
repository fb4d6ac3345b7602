package extract

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The test binary is its own worker: started with one of these arguments it
// serves, or misbehaves as a worker can that hostile content has taken over.
const (
	workerArg  = "worker-process"
	badArg     = "bad-worker"
	parentArg  = "parent-of-a-worker"
	cacheInTmp = "slet-test-cache" // compiled code, shared by the tests of a machine
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case workerArg:
			if err := ServeWorker(os.Stdin, os.Stdout); err != nil {
				os.Exit(1)
			}
			os.Exit(0)
		case badArg:
			misbehave(os.Args[2])
			os.Exit(0)
		case parentArg:
			parentOfWorker()
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// workerOptions are options with this test binary as the worker.
func workerOptions(t testing.TB) Options {
	t.Helper()
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("%s-%d", cacheInTmp, os.Geteuid()))
	if err := CheckCache(dir); err != nil {
		dir = t.TempDir()
	}
	return Options{Worker: []string{os.Args[0], workerArg}, Cache: dir}
}

// misbehave is a worker gone wrong.
func misbehave(how string) {
	in := newFrameReader(os.Stdin)
	if how == "dead at start" {
		return
	}
	for {
		if _, _, err := in.next(); err != nil {
			return
		}
		_ = writeFrame(os.Stdout, framePart, []byte("side 1"))
		_ = writeFrame(os.Stdout, frameText, []byte("150370-5008 er modtaget\n"))
		switch how {
		case "hang":
			for {
			}
		case "sleep":
			time.Sleep(time.Hour)
		case "crash":
			panic("a bug")
		case "exit":
			return
		case "garbage":
			fmt.Print("Segmentation fault (core dumped)")
			time.Sleep(time.Hour)
		case "large frame":
			_, _ = os.Stdout.Write([]byte{byte(frameText), 0xff, 0xff, 0xff, 0xff})
			time.Sleep(time.Hour)
		case "cut frame":
			_, _ = os.Stdout.Write([]byte{byte(frameText), 0, 0, 0, 9, 'x'})
			return
		case "outside read":
			_ = writeFrame(os.Stdout, frameRead, []byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9})
			time.Sleep(time.Hour)
		case "endless gaps":
			for writeMessage(os.Stdout, frameGap, gapMessage{"x", "corrupt", "y"}) == nil {
			}
		case "endless text":
			text := bytes.Repeat([]byte("tekst "), 1000)
			for writeFrame(os.Stdout, frameText, text) == nil {
			}
		case "asks and never listens":
			for writeFrame(os.Stdout, frameRead, make([]byte, 12)) == nil {
			}
		}
		_ = writeMessage(os.Stdout, frameEnd, endMessage{})
	}
}

// parentOfWorker starts a hanging worker, prints its process number and waits
// to be killed.
func parentOfWorker() {
	w, err := startWorker([]string{os.Args[0], badArg, "hang"})
	if err != nil {
		os.Exit(1)
	}
	_ = writeMessage(w.in, frameJob, jobMessage{})
	fmt.Println(w.cmd.Process.Pid)
	time.Sleep(time.Hour)
}

// tinyPDF is what the bad workers are given.
var tinyPDF = []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n")

func extractTimed(t *testing.T, o Options, data []byte) (*collector, time.Duration) {
	t.Helper()
	x := New(o)
	defer x.Close()
	c := &collector{}
	start := time.Now()
	if err := x.Extract(context.Background(), "x.pdf", bytes.NewReader(data), int64(len(data)), c); err != nil {
		t.Fatal(err)
	}
	return c, time.Since(start)
}
