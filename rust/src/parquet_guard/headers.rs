//! The file as the Parquet reader sees it: each page header is walked over before that one reads it. It
//! skips what it does not know without noticing the end of the file, so that a list of billions that are
//! not there, or that take no bytes, keeps it busy for minutes or hours.
use super::format::PAGE_HEADER;
use super::thrift::Thrift;
use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{BufReader, Cursor, Error, Read};

const FIRST_BYTES: u64 = 4 << 10;
const MAX_BYTES: u64 = 16 << 20; // some writers put a page's least and greatest text there

pub struct CheckedFile(pub File);

impl Length for CheckedFile {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for CheckedFile {
    type T = Header;

    /// The reader of pages asks for nothing but their headers in this way, some of which it never reads.
    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(Header { file: self.0.get_read(start)?, start, bytes: None })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.0.get_bytes(start, length)
    }
}

/// A header that is walked over once its first byte is asked for.
pub struct Header {
    file: BufReader<File>,
    start: u64,
    bytes: Option<Cursor<Vec<u8>>>,
}

impl Read for Header {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if self.bytes.is_none() {
            let bytes = header(&mut self.file, self.start).map_err(Error::other)?;
            self.bytes = Some(Cursor::new(bytes));
        }
        self.bytes.as_mut().map_or(Ok(0), |bytes| bytes.read(to))
    }
}

/// The bytes of the header, and none after it.
fn header(mut file: impl Read, start: u64) -> std::result::Result<Vec<u8>, String> {
    let (mut bytes, mut size) = (Vec::new(), FIRST_BYTES);
    loop {
        let more = size - bytes.len() as u64;
        file.by_ref().take(more).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
        let mut thrift = Thrift(&bytes);
        if thrift.pass_struct(PAGE_HEADER).is_ok() {
            let length = bytes.len() - thrift.0.len();
            bytes.truncate(length);
            return Ok(bytes);
        }
        if (bytes.len() as u64) < size {
            return Err(format!("found a damaged page header at byte {start}"));
        }
        if size == MAX_BYTES {
            return Err(format!(
                "found a page header at byte {start} that is damaged or longer than {MAX_BYTES} bytes"
            ));
        }
        size *= 8;
    }
}

// Type, size, size of the page after it and, of a data page, four integers.
#[cfg(test)]
const SMALL: [u8; 19] =
    [0x15, 0, 0x15, 4, 0x15, 4, 0x2C, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0, b'a', b'b'];

#[test]
fn a_header_ends_where_it_ends() {
    assert_eq!(header(&SMALL[..], 0).unwrap(), SMALL[..17]);
    for size in [10, 4000, 5000, 200_000, 5_000_000] {
        let mut text = vec![0x18];
        let mut rest = size;
        while rest >= 0x80 {
            text.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        text.push(rest as u8);
        text.resize(text.len() + size, b'x');
        // Field 5 of the data page: its greatest value, its least one and that it has no nulls.
        let all = [&SMALL[..15], &[0x1C], &text, &text, &[0x16, 0, 0, 0, 0, b'a', b'b']].concat();
        assert_eq!(header(&all[..], 0).unwrap().len(), all.len() - 2);
    }
}

#[test]
fn headers_that_the_reader_would_lose_its_way_in_are_refused() {
    let error = |bytes: &[u8]| header(bytes, 7).unwrap_err();
    let damaged = "found a damaged page header at byte 7";
    let with = |bytes: &[u8]| error(&[&SMALL[..15], bytes, &[0; 100]].concat());
    // Sets in sets, each of three, and 2^31 - 1 UUIDs in the last; Booleans, a map of them.
    let sets = [&[0x1A][..], &[0x3A; 30], &[0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]].concat();
    assert_eq!(with(&sets), damaged);
    assert_eq!(with(&[0x69, 0xF1, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]), damaged);
    assert_eq!(with(&[0x6B, 1, 0x11, 1, 1]), damaged);
    assert_eq!(with(&[0x6C; 50]), damaged);
    // A text that ends after the file.
    assert_eq!(with(&[0x68, 0xFF, 0x7F]), damaged);
    // Known numbers of fields of other types, which the reader does not look at.
    assert_eq!(error(&[0x18, 1, 0x15, 0x25, 4, 0x15, 4, 0]), damaged);
    assert_eq!(error(&[0x15, 0, 0x15, 4, 0x15, 4, 0x28, 1, 0, 0]), damaged);
    assert_eq!(error(&SMALL[..10]), damaged);
    let zeros = vec![0x11; MAX_BYTES as usize + 1];
    assert!(error(&zeros).ends_with("that is damaged or longer than 16777216 bytes"));
}
