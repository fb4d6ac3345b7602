package smb2

// CreateContext is a create context that only has a name (MS-SMB2 2.2.13.2):
// QFid and MxAc.
type CreateContext [4]byte

// Create contexts, and what they ask the answer to a CREATE for.
var (
	QueryOnDiskID      = CreateContext{'Q', 'F', 'i', 'd'} // the file's number
	QueryMaximalAccess = CreateContext{'M', 'x', 'A', 'c'} // what the user may do
)

func (c CreateContext) Size() int { return 24 }

func (c CreateContext) Encode(p []byte) {
	le.PutUint16(p[4:6], 16) // NameOffset
	le.PutUint16(p[6:8], 4)  // NameLength
	copy(p[16:20], c[:])
}

// Find returns the data of the context of that name in the contexts of an
// answer, nil if it is not there.
func (c CreateContext) Find(list []byte) []byte {
	for len(list) >= 20 {
		next := int64(le.Uint32(list[:4]))
		name, nameLen := int(le.Uint16(list[4:6])), int(le.Uint16(list[6:8]))
		data, dataLen := int(le.Uint16(list[10:12])), int64(le.Uint32(list[12:16]))
		if name+nameLen > len(list) || int64(data)+dataLen > int64(len(list)) {
			return nil
		}
		if string(list[name:name+nameLen]) == string(c[:]) {
			return list[data : int64(data)+dataLen]
		}
		if next < 16 || next > int64(len(list)) {
			return nil
		}
		list = list[next:]
	}
	return nil
}

// DiskFileID is the file's number in the data of a QueryOnDiskID answer, 0 when
// there is none.
func DiskFileID(data []byte) uint64 {
	if len(data) < 8 {
		return 0
	}
	return le.Uint64(data)
}

// MaximalAccess is the access mask in the data of a QueryMaximalAccess answer.
func MaximalAccess(data []byte) (mask uint32, ok bool) {
	if len(data) < 8 || le.Uint32(data) != 0 { // QueryStatus
		return 0, false
	}
	return le.Uint32(data[4:]), true
}
