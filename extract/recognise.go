package extract

// formats is the table of formats, in the order in which they are tried: what
// has a signature first, what is known by its shape next, and binary, which is
// everything that is left, last.
func formats() []format {
	return []format{
		// Containers with a signature, the more special ones first.
		// Office formats: before zip, which they are.

		// PDF, anywhere in the first kilobyte.
		{name: "pdf", is: isPDF, read: readPDF},

		// Archives.

		// Known, and not text.
		{name: "image", is: isImage, read: readImage},
		// Text with a shape.
		{name: "text", is: isText, read: readText, stream: true},
		{name: "binary", is: func(*doc) bool { return true }, read: readBinary, stream: true},
	}
}

// recognise returns the first format in the table that d's content is of.
func (x *Extractor) recognise(d *doc) *format {
	for i := range x.formats {
		if x.formats[i].is(d) {
			return &x.formats[i]
		}
	}
	panic("the table of formats has no last line")
}
