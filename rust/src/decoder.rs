//! gzip, Zstandard and xz data, decompressed as the caller reads them.
use crate::ffi::{guard, Message};
use flate2::bufread::GzDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{Stream, CONCATENATED};
use std::ffi::{c_char, c_void};
use std::io::{BufRead, BufReader, Error, ErrorKind, Read};

pub type ReadFrom = unsafe extern "C" fn(*mut c_void, *mut c_char, usize, *mut usize) -> bool;

#[allow(non_camel_case_types)]
pub struct laurel_decoder {
    name: &'static str,
    data: Box<dyn Read>,
}

/// The caller's bytes.
pub struct Source {
    pub read: ReadFrom,
    pub context: *mut c_void,
}

const GZIP: u8 = 0;
const ZSTANDARD: u8 = 1;
const XZ: u8 = 2;

/// What decompressing xz data may take: xz itself makes data that take up to 65 MiB.
const XZ_MEMORY: u64 = 256 << 20;

impl Read for Source {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let mut got = 0;
        let done = unsafe { (self.read)(self.context, to.as_mut_ptr().cast(), to.len(), &mut got) };
        if !done {
            return Err(Error::other("cannot be read"));
        }
        Ok(got.min(to.len()))
    }
}

/// The members of gzip data, concatenated. Other bytes after them are an error of their own: they would
/// look like a truncated member.
struct GzipMembers {
    member: Option<GzDecoder<BufReader<Source>>>,
}

impl GzipMembers {
    fn new(source: Source) -> GzipMembers {
        let source = BufReader::with_capacity(1 << 16, source);
        GzipMembers { member: Some(GzDecoder::new(source)) }
    }
}

impl Read for GzipMembers {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        while let Some(member) = self.member.as_mut() {
            let got = member.read(to)?;
            if got > 0 || to.is_empty() {
                return Ok(got);
            }
            match member.get_mut().fill_buf()?.first() {
                None => return Ok(0),
                Some(0x1F) => {}
                Some(_) => {
                    let what = "bytes after its end that are not gzip data";
                    return Err(Error::new(ErrorKind::InvalidData, what));
                }
            }
            self.member = self.member.take().map(|ended| GzDecoder::new(ended.into_inner()));
        }
        Ok(0)
    }
}

impl laurel_decoder {
    fn read(&mut self, to: &mut [u8]) -> Result<usize, String> {
        self.data.read(to).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => {
                format!("the {} data end before they are complete; is the file cut off?", self.name)
            }
            _ => format!("found damaged {} data ({e})", self.name),
        })
    }
}

#[no_mangle]
unsafe extern "C" fn laurel_decoder_new(
    kind: u8,
    read: ReadFrom,
    context: *mut c_void,
    decoder: *mut *mut laurel_decoder,
) -> Message {
    guard(|| {
        let source = Source { read, context };
        let made = match kind {
            GZIP => laurel_decoder { name: "gzip", data: Box::new(GzipMembers::new(source)) },
            ZSTANDARD => {
                let data = zstd::Decoder::new(source).map_err(|e| e.to_string())?;
                laurel_decoder { name: "Zstandard", data: Box::new(data) }
            }
            XZ => {
                let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED);
                let source = BufReader::with_capacity(1 << 16, source);
                let data = XzDecoder::new_stream(source, stream.map_err(|e| e.to_string())?);
                laurel_decoder { name: "xz", data: Box::new(data) }
            }
            _ => return Err(format!("found no kind {kind} of compressed data")),
        };
        *decoder = Box::into_raw(Box::new(made));
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_decoder_read(
    decoder: *mut laurel_decoder,
    to: *mut c_char,
    size: usize,
    got: *mut usize,
) -> Message {
    guard(|| {
        *got = (*decoder).read(std::slice::from_raw_parts_mut(to.cast(), size))?;
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_decoder_free(decoder: *mut laurel_decoder) {
    if !decoder.is_null() {
        drop(Box::from_raw(decoder));
    }
}
