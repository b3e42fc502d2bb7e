//! What a batch may come to in memory and in time, before it is decoded.
use super::messages::DAMAGED;
use arrow_buffer::Buffer;
use arrow_ipc::{BodyCompressionMethod, RecordBatch};

const MAX_BYTES: u64 = 1 << 30;
/// Elements of all arrays that a byte may stand for: a bit each in several structs around them.
const ELEMENTS_PER_BYTE: u64 = 1 << 10;

pub fn check_bytes(bytes: u64, whose: &str) -> Result<(), String> {
    match bytes <= MAX_BYTES {
        true => Ok(()),
        false => Err(format!("found {bytes} bytes {whose}, expected at most {MAX_BYTES}")),
    }
}

/// The size of a buffer once it is decompressed: its first 8 bytes, or -1 where it is stored as it is.
fn size_of(buffer: &arrow_ipc::Buffer, body: &Buffer, compressed: bool) -> Result<u64, String> {
    let begin = usize::try_from(buffer.offset()).map_err(|_| DAMAGED)?;
    let length = usize::try_from(buffer.length()).map_err(|_| DAMAGED)?;
    let end = begin.checked_add(length).ok_or(DAMAGED)?;
    let bytes = body.as_slice().get(begin..end).ok_or(DAMAGED)?;
    if !compressed || bytes.is_empty() {
        return Ok(length as u64);
    }
    let size = i64::from_le_bytes(*bytes.first_chunk::<8>().ok_or(DAMAGED)?);
    match size {
        -1 => Ok(length as u64 - 8),
        size => u64::try_from(size).map_err(|_| DAMAGED.into()),
    }
}

/// How many bytes the batch has once it is decompressed.
pub fn check_batch(batch: &RecordBatch, body: &Buffer) -> Result<u64, String> {
    let compression = batch.compression();
    if compression.is_some_and(|c| c.method() != BodyCompressionMethod::BUFFER) {
        return Err("found a batch compressed in another way than buffer by buffer".into());
    }
    let mut bytes = 0u64;
    for buffer in batch.buffers().into_iter().flatten() {
        bytes = bytes.saturating_add(size_of(buffer, body, compression.is_some())?);
    }
    check_bytes(bytes, "in one batch")?;
    let mut elements = u64::try_from(batch.length()).map_err(|_| DAMAGED)?;
    for node in batch.nodes().into_iter().flatten() {
        let length = u64::try_from(node.length()).map_err(|_| DAMAGED)?;
        elements = elements.saturating_add(length);
    }
    let most = (bytes + 1024) * ELEMENTS_PER_BYTE;
    if elements > most {
        return Err(format!("found {elements} elements in a batch of {bytes} bytes"));
    }
    Ok(bytes)
}
