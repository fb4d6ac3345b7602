package detectors

import (
	"bytes"
	"slices"
	"strings"
)

const (
	maxLocal  = 64  // of an address, RFC 5321
	maxDomain = 255 // likewise
	// reachEmail covers an address and what stands before it in a URL.
	reachEmail = maxLocal + maxDomain + 16
)

// email finds e-mail addresses.
type email struct{}

// Name implements Detector.
func (email) Name() string { return "email" }

// Reach implements Detector.
func (email) Reach() int { return reachEmail }

// Mask implements Detector: the domain stays, with the first letter.
func (email) Mask(value string) string {
	local, domain, ok := strings.Cut(value, "@")
	if !ok || local == "" {
		return bullets
	}
	return firstRune(local) + bullets + "@" + domain
}

// firstRune returns the first character of s.
func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

// roles are mailboxes that belong to nobody, or to whoever is at work.
var roles = []string{"info", "kontakt", "contact", "post", "mail", "noreply", "no-reply", "support", "admin", "postmaster", "webmaster",
	"dpo", "databeskyttelse", "hr", "bogholderi", "faktura", "salg", "sales", "kommune", "kommunen", "borgerservice", "abuse", "root", "git", "job", "office"}

// filesNotDomains are what comes after an @ in names of files, not of domains.
var filesNotDomains = []string{"png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "ts", "html", "md"}

// Find implements Detector.
func (e email) Find(text []byte) []Hit {
	var hits []Hit
	end := 0
	each(text, '@', func(i int) {
		if h, ok := addressAt(text, i); ok && h.Start >= end {
			hits = append(hits, h)
			end = h.End
		}
	})
	return hits
}

// addressAt reads the address whose @ is at i.
func addressAt(text []byte, i int) (h Hit, ok bool) {
	start := i
	for start > 0 && i-start <= maxLocal && isLocal(text, start-1) {
		start--
	}
	for start < i && (text[start] == '.' || text[start] == '-' || text[start] == '\'') {
		start++
	}
	if start == i || i-start > maxLocal || text[i-1] == '.' {
		return h, false
	}
	if start > 0 && (text[start-1] == ':' || text[start-1] == '/') && inURL(text, start) {
		return h, false // https://name:password@host
	}
	end, tld := i+1, 0
	for end < len(text) && end-i <= maxDomain && isDomain(text, end) {
		if text[end] == '.' {
			if text[end-1] == '.' || text[end-1] == '@' {
				break
			}
			tld = end
		}
		end++
	}
	for end > i && (text[end-1] == '.' || text[end-1] == '-') {
		if end--; tld == end {
			tld = bytes.LastIndexByte(text[i:end], '.') + i
		}
	}
	if tld <= i+1 || end-tld < 3 || end < len(text) && text[end] == '@' {
		return h, false
	}
	domain := string(text[tld+1 : end])
	if strings.ContainsAny(domain, "0123456789_-") || slices.Contains(filesNotDomains, domain) {
		return h, false
	}
	local := strings.ToLower(string(text[start:i]))
	h = Hit{Start: start, End: end, Value: string(text[start:end]), Category: categoryContact, Confidence: Confirmed,
		Reasons: []string{string(codeAddress)}}
	if slices.Contains(roles, local) {
		h.Confidence, h.Reasons = Possible, []string{string(codeRole)}
	}
	return h, true
}

// isLocal reports whether the byte at i may be part of the name before the @.
func isLocal(text []byte, i int) bool {
	b := text[i]
	return isAlnum(b) || b == '.' || b == '-' || b == '_' || b == '+' || b == '%' || b == '\'' || b >= 0x80 && isLetterByte(text, i)
}

// isDomain reports whether the byte at i may be part of a domain.
func isDomain(text []byte, i int) bool {
	b := text[i]
	return isAlnum(b) || b == '.' || b == '-' || b >= 0x80 && isLetterByte(text, i)
}

// inURL reports whether "//" stands shortly before i.
func inURL(text []byte, i int) bool {
	return bytes.Contains(text[max(0, i-maxLocal):i], []byte("//"))
}
