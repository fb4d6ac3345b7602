package extract

import "testing"

func TestEmptyIsCleanAndUnknownIsNot(t *testing.T) {
	if c := extractBytes(t, "tom.txt", nil); len(c.gaps) != 0 || len(c.parts) != 0 {
		t.Errorf("an empty file gave %v %v", c.places(), c.reasons())
	}
	c := extractBytes(t, "x.bin", []byte("\x00\x01\x02\xff\xfe\x80\x00\x07\x00"))
	if got := c.reasons(); len(got) != 1 || got[0] != ": unsupported" {
		t.Errorf("unknown content gave %v", got)
	}
}
