package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a password hash: OWASP's first choice for argon2id (Password
// Storage Cheat Sheet), 19 MiB and two passes.
const (
	argonMemory  = 19 * 1024 // KiB
	argonTime    = 2
	argonThreads = 1
	argonKey     = 32 // bytes
	argonSalt    = 16 // bytes
)

// MinPassword is the least number of characters of a password. Length is what
// counts (NIST SP 800-63B §5.1.1); there are no rules about which.
const MinPassword = 12

// ErrPassword: the password is too short.
var ErrPassword = fmt.Errorf("the password needs at least %d characters", MinPassword)

// HashPassword returns the argon2id hash of a password in its PHC string form.
func HashPassword(password string) (string, error) {
	if len([]rune(password)) < MinPassword {
		return "", ErrPassword
	}
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, b64(salt), b64(key)), nil
}

// errHash: the stored hash is not one that HashPassword made.
var errHash = errors.New("not an argon2id hash")

// checkPassword compares in time that does not depend on the password. Hashes
// with other costs than ours are read too, within bounds: the costs come from
// the database.
func checkPassword(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false, errHash
	}
	var version int
	var memory, passes uint32
	var threads uint8
	_, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &threads)
	if err != nil || version != argon2.Version || memory > 1<<20 || passes == 0 || passes > 64 || threads == 0 {
		return false, errHash
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errKey != nil || len(key) == 0 {
		return false, errHash
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1, nil
}

// nobodysHash is checked when there is no such user, so that the time an
// answer takes does not say which names exist.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$c2xldHNsZXRzbGV0c2xldA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
