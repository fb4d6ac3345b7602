package detectors

import "strings"

// bullets stand for the serial number in a masked CPR number.
const bullets = "••••"

// maskCPR hides the serial number of ten digits: 150370-••••.
func maskCPR(number string) string {
	if len(number) != 10 {
		return bullets
	}
	return number[:6] + "-" + bullets
}

// MaskText hides every CPR-shaped number in a path, a name or the text of an
// error: "brev 1503705008.txt" becomes "brev 150370-••••.txt". It asks less of
// a number than detection does, so that nothing that can be found stays to be
// read: with a separator every date counts, without one any day and month.
func MaskText(s string) string {
	for {
		masked := maskOnce(s)
		if masked == s {
			return s
		}
		s = masked // what was attached to a number may be one by itself now
	}
}

// maskOnce masks the numbers of s. It makes s shorter or leaves it alone, or
// at least leaves fewer digits.
func maskOnce(s string) string {
	text := []byte(s)
	var b strings.Builder
	done := 0
	for i := 0; i < len(text); {
		_, width, ok := digitAt(text, i)
		if !ok {
			i++
			continue
		}
		t, ok := parse(text, i)
		if !ok || t.shape == shapeBare && !t.plausible() {
			for ok := true; ok; _, width, ok = digitAt(text, i) {
				i += width
			}
			continue
		}
		b.WriteString(s[done:t.start])
		b.WriteString(maskCPR(t.number()))
		i, done = t.end, t.end
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// plausible reports whether the first four digits can be a day and a month.
func (t *token) plausible() bool {
	day, month := t.digits[0]*10+t.digits[1], t.digits[2]*10+t.digits[3]
	if day > replacementDays {
		day -= replacementDays
	}
	return day >= 1 && day <= 31 && month >= 1 && month <= 12
}
