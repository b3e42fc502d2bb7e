//! Walks over the header of each page of a Parquet column before the reader reads it. That one skips what
//! it does not know without noticing the end of the file, so that a list of billions that are not there,
//! or that take no bytes, keeps it busy for minutes or hours.
use crate::thrift::{Damaged, Parse, Thrift, LIST, MAP, SET, STRUCT, UUID};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

const FIRST_BYTES: u64 = 4 << 10;
const MAX_BYTES: u64 = 16 << 20; // some writers put a page's least and greatest text there
const MAX_DEPTH: usize = 10;

// The fields of PageHeader: four integers, then a struct for each kind of page.
const TYPE: i64 = 1;
const PLAIN_BYTES: i64 = 2;
const PAGE_BYTES: i64 = 3;
const CHECKSUM: i64 = 4;
const DATA: i64 = 5;
const INDEX: i64 = 6;
const DICTIONARY: i64 = 7;
const DATA_V2: i64 = 8;

// What TYPE can be.
const INDEX_TYPE: i32 = 1;
const DATA_V2_TYPE: i32 = 3;

/// What a page header has no use for: lists of any kind, whose sizes the reader believes, and UUIDs.
fn skip(thrift: &mut Thrift, kind: u8, depth: usize) -> Parse<()> {
    match kind {
        LIST | SET | MAP | UUID => Err(Damaged),
        STRUCT => skip_struct(thrift, 0, depth + 1),
        _ => thrift.skip(kind, false, 0),
    }
}

/// The reader takes its fields 1 to `integers` for integers without a look at their types.
fn skip_struct(thrift: &mut Thrift, integers: i64, depth: usize) -> Parse<()> {
    if depth > MAX_DEPTH {
        return Err(Damaged);
    }
    let mut id = 0;
    while let Some((next, kind)) = thrift.field(id)? {
        id = next;
        if (1..=integers).contains(&id) {
            thrift.integer(kind)?;
        } else {
            skip(thrift, kind, depth)?;
        }
    }
    Ok(())
}

fn skip_page_struct(thrift: &mut Thrift, kind: u8, integers: i64) -> Parse<()> {
    match kind {
        STRUCT => skip_struct(thrift, integers, 1),
        _ => Err(Damaged),
    }
}

/// Type and size of the page after the header.
fn walk(thrift: &mut Thrift) -> Parse<(i32, u64)> {
    let (mut id, mut page_type, mut page_bytes) = (0, None, None);
    while let Some((next, kind)) = thrift.field(id)? {
        id = next;
        match id {
            TYPE => page_type = Some(thrift.integer(kind)?),
            PAGE_BYTES => page_bytes = Some(thrift.integer(kind)?),
            PLAIN_BYTES | CHECKSUM => {
                thrift.integer(kind)?;
            }
            DATA => skip_page_struct(thrift, kind, 4)?,
            INDEX => skip_page_struct(thrift, kind, 0)?,
            DICTIONARY => skip_page_struct(thrift, kind, 2)?,
            DATA_V2 => skip_page_struct(thrift, kind, 6)?,
            _ => skip(thrift, kind, 0)?,
        }
    }
    let page_bytes = u64::try_from(page_bytes.ok_or(Damaged)?).map_err(|_| Damaged)?;
    Ok((page_type.ok_or(Damaged)?, page_bytes))
}

struct Header {
    page_type: i32,
    bytes: u64, // its own and the page's
}

/// Where the reader is in a column: what it reads next is what is checked next.
pub struct PageHeaders {
    file: Arc<File>,
    offset: u64,
    left: u64,
}

impl PageHeaders {
    /// The bytes of a column, as the reader takes them, which does not look into the index of pages here.
    pub fn new(file: Arc<File>, offset: u64, bytes: u64) -> Self {
        PageHeaders { file, offset, left: bytes }
    }

    /// Skips the next page, which the reader may then read.
    pub fn pass(&mut self) -> Result<(), String> {
        if let Some(header) = self.next()? {
            self.advance(&header);
        }
        Ok(())
    }

    /// Whether no row continues in the next page: so in pages of version 2, and where there is none. The
    /// reader itself would look at the next header for this, and lose its way at an index page.
    pub fn at_record_boundary(&mut self) -> Result<bool, String> {
        Ok(self.next()?.is_none_or(|header| header.page_type == DATA_V2_TYPE))
    }

    /// The next page's, after pages of an index, which the reader passes over too.
    fn next(&mut self) -> Result<Option<Header>, String> {
        while self.left > 0 {
            let header = self.read()?;
            if header.page_type != INDEX_TYPE {
                return Ok(Some(header));
            }
            self.advance(&header);
        }
        Ok(None)
    }

    fn advance(&mut self, header: &Header) {
        self.offset += header.bytes;
        self.left -= header.bytes;
    }

    fn read(&self) -> Result<Header, String> {
        let most = self.left.min(MAX_BYTES);
        let (mut bytes, mut size) = (Vec::new(), FIRST_BYTES.min(most));
        loop {
            self.read_up_to(size as usize, &mut bytes).map_err(|e| e.to_string())?;
            let mut thrift = Thrift(&bytes);
            if let Ok((page_type, page_bytes)) = walk(&mut thrift) {
                let header_bytes = (bytes.len() - thrift.0.len()) as u64;
                return self.header(page_type, header_bytes, page_bytes);
            }
            if (bytes.len() as u64) < size || size == self.left {
                return Err(format!("found a damaged page header at byte {}", self.offset));
            }
            if size == MAX_BYTES {
                return Err(format!(
                    "found a page header at byte {} that is damaged or longer than {MAX_BYTES} bytes",
                    self.offset
                ));
            }
            size = size.saturating_mul(8).min(most);
        }
    }

    fn header(&self, page_type: i32, header: u64, page: u64) -> Result<Header, String> {
        let most = self.left - header;
        if page > most {
            return Err(format!(
                "found a page of {page} bytes, whose header is at byte {}, expected at most {most}",
                self.offset
            ));
        }
        Ok(Header { page_type, bytes: header + page })
    }

    /// Fewer than `size` at the end of the file.
    fn read_up_to(&self, size: usize, bytes: &mut Vec<u8>) -> std::io::Result<()> {
        let mut done = bytes.len();
        bytes.resize(size, 0);
        while done < size {
            match self.file.read_at(&mut bytes[done..], self.offset + done as u64) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            }
        }
        bytes.truncate(done);
        Ok(())
    }
}

#[cfg(test)]
fn headers_of(bytes: &[u8]) -> PageHeaders {
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!("laurel_page_headers_{}_{number}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, bytes).unwrap();
    let file = File::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    PageHeaders::new(Arc::new(file), 0, bytes.len() as u64)
}

// Type, size, size of the page after it and, of a data page, four integers.
#[cfg(test)]
const SMALL: [u8; 19] =
    [0x15, 0, 0x15, 4, 0x15, 4, 0x2C, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0, b'a', b'b'];

#[test]
fn pages_are_passed_up_to_the_end_of_their_column() {
    let index: &[u8] = &[0x15, 2, 0x15, 2, 0x15, 2, 0x3C, 0, 0, 0xFF];
    let second: &[u8] = &[0x15, 6, 0x15, 0, 0x15, 0, 0];
    let mut headers = headers_of(&[index, index, &SMALL, &SMALL, index, second, index].concat());
    assert_eq!(headers.at_record_boundary(), Ok(false));
    headers.pass().unwrap();
    assert_eq!(headers.offset, 39);
    assert_eq!(headers.at_record_boundary(), Ok(false));
    headers.pass().unwrap();
    assert_eq!(headers.at_record_boundary(), Ok(true));
    headers.pass().unwrap();
    assert_eq!((headers.offset, headers.left), (75, 10));
    assert_eq!(headers.at_record_boundary(), Ok(true)); // there is none
    headers.pass().unwrap();
    assert_eq!((headers.offset, headers.left), (85, 0));
}

#[test]
fn long_statistics_of_a_page_are_passed() {
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
        let mut headers = headers_of(&all);
        headers.pass().unwrap();
        assert_eq!(headers.left, 0);
    }
}

#[test]
fn headers_that_the_reader_would_lose_its_way_in_are_refused() {
    let error = |bytes: &[u8]| headers_of(bytes).pass().unwrap_err();
    let damaged = "found a damaged page header at byte 0";
    let with = |bytes: &[u8]| error(&[&SMALL[..15], bytes, &[0; 100]].concat());
    // Sets in sets, each of three, and 2^31 - 1 UUIDs in the last; Booleans, a map, a UUID.
    let sets = [&[0x1A][..], &[0x3A; 30], &[0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]].concat();
    assert_eq!(with(&sets), damaged);
    assert_eq!(with(&[0x19, 0xF1, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]), damaged);
    assert_eq!(with(&[0x1B, 1, 0x55, 0, 0]), damaged);
    assert_eq!(with(&[0x1D]), damaged);
    assert_eq!(with(&[0x1C; 50]), damaged);
    // A text that ends after the column.
    assert_eq!(with(&[0x18, 0xFF, 0x7F]), damaged);
    // Known numbers of fields of other types, which the reader does not look at.
    assert_eq!(error(&[0x18, 1, 0x15, 0x25, 4, 0x15, 4, 0]), damaged);
    assert_eq!(error(&[0x15, 0, 0x15, 4, 0x15, 4, 0x28, 1, 0, 0]), damaged);
    assert_eq!(error(&[0x15, 0, 0x15, 4, 0]), damaged); // no size
    assert_eq!(error(&[0x15, 0, 0x15, 4, 0x15, 1, 0]), damaged); // a negative one
    assert_eq!(error(&SMALL[..10]), damaged);
    let long = "found a page of 2 bytes, whose header is at byte 0, expected at most 1";
    assert_eq!(error(&SMALL[..18]), long);
    let zeros = vec![0x11; MAX_BYTES as usize + 1];
    assert!(error(&zeros).ends_with("that is damaged or longer than 16777216 bytes"));
}
