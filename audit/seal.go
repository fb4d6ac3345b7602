package audit

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
)

// A sealed document is a JSON object whose first member is its signature,
//
//	{"signature":"<88 characters>","…
//
// which covers every byte of the file but that member, as a line of the log
// does with its hash. A sealed page is a text with its signature in the comment
// at its end. What each is for is signed too, so that one cannot pass for another.

// ErrSeal: not sealed, changed since it was sealed, or sealed by another key.
var ErrSeal = errors.New("the signature does not hold")

const (
	sealBegin = `{"signature":"`
	sealEnd   = `",`
	sealLen   = 88 // of an Ed25519 signature in base64
	pageBegin = "<!-- slet-signature: "
	pageEnd   = " -->\n"
)

// SealJSON signs a JSON object with at least one member.
func (k *Key) SealJSON(purpose string, object []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(object, []byte("{"))
	if !ok || len(bytes.TrimSpace(rest)) < 2 {
		return nil, errors.New("seal: not a JSON object with members")
	}
	sig, err := k.seal(purpose, object)
	if err != nil {
		return nil, err
	}
	return append([]byte(sealBegin+sig+sealEnd), rest...), nil
}

// OpenJSON checks a sealed object and returns it without its signature.
// Errors wrap [ErrSeal], or [ErrKey] for a bad verifier key.
func OpenJSON(purpose string, sealed []byte, verifier string) ([]byte, error) {
	object, sig, err := SplitJSON(sealed)
	if err != nil {
		return nil, err
	}
	return object, checkSeal(purpose, object, sig, verifier)
}

// SplitJSON takes the signature off a sealed object and checks nothing.
func SplitJSON(sealed []byte) (object []byte, signature string, err error) {
	rest, ok := bytes.CutPrefix(sealed, []byte(sealBegin))
	if !ok || len(rest) < sealLen || !bytes.HasPrefix(rest[sealLen:], []byte(sealEnd)) {
		return nil, "", fmt.Errorf("%w: there is none", ErrSeal)
	}
	return append([]byte("{"), rest[sealLen+len(sealEnd):]...), string(rest[:sealLen]), nil
}

// SealPage signs a text.
func (k *Key) SealPage(purpose string, page []byte) ([]byte, error) {
	sig, err := k.seal(purpose, page)
	if err != nil {
		return nil, err
	}
	return append(bytes.Clone(page), pageBegin+sig+pageEnd...), nil
}

// OpenPage checks a sealed text and returns it without its signature.
// Errors wrap [ErrSeal], or [ErrKey] for a bad verifier key.
func OpenPage(purpose string, sealed []byte, verifier string) ([]byte, error) {
	at := len(sealed) - len(pageBegin) - sealLen - len(pageEnd)
	if at < 0 || !bytes.HasPrefix(sealed[at:], []byte(pageBegin)) || !bytes.HasSuffix(sealed, []byte(pageEnd)) {
		return nil, fmt.Errorf("%w: there is none at the end", ErrSeal)
	}
	page, sig := sealed[:at], sealed[at+len(pageBegin):][:sealLen]
	return page, checkSeal(purpose, page, string(sig), verifier)
}

func (k *Key) seal(purpose string, data []byte) (string, error) {
	sig, err := k.signer.Sign(sealed(purpose, data))
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

func checkSeal(purpose string, data []byte, signature, verifier string) error {
	v, err := verifierOf(verifier)
	if err != nil {
		return err
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil || base64.StdEncoding.EncodeToString(sig) != signature || !v.Verify(sealed(purpose, data), sig) {
		return fmt.Errorf("%w: it was changed, or %s did not sign it", ErrSeal, v.Name())
	}
	return nil
}

// sealed is what is signed. It is no checkpoint, whose second line is a number.
func sealed(purpose string, data []byte) []byte {
	return append([]byte("slet sealed "+purpose+"\n\n"), data...)
}
