package extract

// formats is the table of formats, in the order in which they are tried: what
// has a signature first, what is known by its shape next, and binary, which is
// everything that is left, last.
func formats() []format {
	return []format{
		// Containers with a signature, the more special ones first.
		// Office formats: before zip, which they are.
		{name: "ole", is: isOLE, read: readOLE, pictures: pictureAlbum},
		{name: "ooxml", is: isOOXML, read: readOOXML, pictures: pictureAlbum},
		{name: "odf", is: isODF, read: readODF, pictures: pictureAlbum},
		{name: "flat odf", is: isFlatODF, read: readFlatODF, stream: true, pictures: pictureAlbum},

		// PDF, anywhere in the first kilobyte.
		{name: "pdf", is: isPDF, read: readPDF, pictures: pictureAlbum},

		// Archives.
		{name: "zip", is: isZip, read: readZip},
		{name: "gzip", is: isGzip, read: readGzip, stream: true, pictures: picturePassed},
		{name: "bzip2", is: isBzip2, read: readBzip2, stream: true, pictures: picturePassed},
		{name: "xz", is: isXZ, read: readXZ, pictures: picturePassed},
		{name: "zstd", is: isZstd, read: readZstd, pictures: picturePassed},
		{name: "7z", is: isSevenZip, read: readSevenZip},
		{name: "rar", is: isRAR, read: readRAR},
		{name: "pst", is: isPST, read: readPST, pictures: pictureAlbum},
		{name: "tnef", is: isTNEF, read: readTNEF, pictures: pictureAlbum},
		{name: "tar", is: isTar, read: readTar, stream: true},

		// Known, and not text.
		{name: "drawing", is: isDrawing, read: readDrawing, stream: true},
		{name: "image", is: isImage, read: readImage},
		{name: "encrypted", is: isEncrypted, read: readEncrypted, stream: true},
		{name: "media", is: isMedia, read: readMedia, stream: true},

		// Text with a shape.
		{name: "utf-32", is: isUTF32, read: readUTF32, stream: true, pictures: picturePassed},
		{name: "rtf", is: isRTF, read: readRTF, stream: true, pictures: pictureAlbum},
		{name: "mbox", is: isMbox, read: readMbox, stream: true},
		{name: "eml", is: isEML, read: readEML, stream: true, pictures: pictureAlbum},
		{name: "html", is: isHTML, read: readHTML, stream: true, pictures: pictureAlbum},
		{name: "xml", is: isXML, read: readXML, stream: true, pictures: pictureAlbum},
		{name: "json", is: isJSON, read: readJSON, stream: true},
		{name: "csv", is: isCSV, read: readCSV, stream: true},
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

// format returns the format of a name, nil if there is none.
func (x *Extractor) format(name string) *format {
	for i := range x.formats {
		if name != "" && x.formats[i].name == name {
			return &x.formats[i]
		}
	}
	return nil
}
