// Package mailserver is a small IMAP server within the process, with its mail
// in memory. The demonstration has its mailboxes in it, so that what is shown
// crosses a real connection and nothing has to be installed. It listens on this
// machine only and is not made for anything else.
package mailserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// Message is a message to begin with.
type Message struct {
	Folder   string // with slashes between folders; INBOX is one
	Received time.Time
	Content  []byte // RFC 5322, with CRLF
	Seen     bool
}

// Server is a running server.
type Server struct {
	// Address is where it listens: 127.0.0.1 and a port.
	Address string

	mail   *imapmemserver.Server
	server *imapserver.Server
	done   chan struct{}
}

// Start starts a server without accounts.
func Start() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	s := &Server{Address: l.Addr().String(), mail: imapmemserver.New(), done: make(chan struct{})}
	s.server = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return s.mail.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}, imap.CapNamespace: {}},
		InsecureAuth: true, // the connection does not leave this machine
		Logger:       log.New(io.Discard, "", 0),
	})
	go func() {
		defer close(s.done)
		_ = s.server.Serve(l) // it ends when Close closes the listener
	}()
	return s, nil
}

// AddAccount adds a mailbox with its messages. An INBOX is there in any case.
func (s *Server) AddAccount(name, password string, messages []Message) error {
	user := imapmemserver.NewUser(name, password)
	made := map[string]bool{}
	for _, m := range append([]Message{{Folder: "INBOX"}}, messages...) {
		// The library does not list a parent that is not a folder itself.
		for i := range len(m.Folder) + 1 {
			folder := m.Folder[:i]
			if made[folder] || i < len(m.Folder) && m.Folder[i] != '/' {
				continue
			}
			if err := user.Create(folder, nil); err != nil {
				return fmt.Errorf("mail server: folder %s: %w", folder, err)
			}
			made[folder] = true
		}
		if m.Content == nil {
			continue
		}
		options := &imap.AppendOptions{Time: m.Received}
		if m.Seen {
			options.Flags = []imap.Flag{imap.FlagSeen}
		}
		if _, err := user.Append(m.Folder, bytes.NewReader(m.Content), options); err != nil {
			return fmt.Errorf("mail server: message in %s: %w", m.Folder, err)
		}
	}
	s.mail.AddUser(user)
	return nil
}

// Close ends the server and all connections.
func (s *Server) Close() error {
	err := s.server.Close()
	<-s.done
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return err
}
