//! The messages of an Arrow file or stream, one after the other. A file is a stream between its name and
//! a footer, which only repeats what the stream says.
use arrow_buffer::Buffer;
use arrow_ipc::{root_as_footer, root_as_message};
use std::io::Read;

const MAX_METADATA: u64 = 256 << 20;
const CONTINUES: [u8; 4] = [0xFF; 4];
const NAME: &[u8; 6] = b"ARROW1";

pub const DAMAGED: &str = "found a message that is damaged";

pub struct IpcMessage {
    metadata: Vec<u8>,
    pub body: Buffer,
}

impl IpcMessage {
    /// Verified again at every call: a message cannot be kept beside the bytes that it refers to.
    pub fn message(&self) -> Result<arrow_ipc::Message<'_>, String> {
        root_as_message(&self.metadata).map_err(|_| DAMAGED.into())
    }
}

pub struct Messages<R> {
    from: R,
    is_file: bool,
    batches: usize,
    ended: bool,
}

fn cut_off() -> String {
    "it ends before its last message is complete; is the file cut off?".into()
}

impl<R: Read> Messages<R> {
    pub fn new(from: R) -> Result<Self, String> {
        let mut messages = Messages { from, is_file: false, batches: 0, ended: false };
        let beginning: [u8; 4] = messages.array()?;
        messages.is_file = beginning == NAME[..4];
        if messages.is_file {
            let name: [u8; 4] = messages.array()?;
            if name[..2] != NAME[4..] {
                return Err("found no Arrow file of version 1".into());
            }
        } else if beginning != CONTINUES {
            return Err("found neither an Arrow file nor a stream".into());
        }
        if messages.is_file && messages.array()? != CONTINUES {
            return Err(
                "found messages as they were before Arrow 0.15; write the file again".into()
            );
        }
        Ok(messages)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.bytes(N as u64)?;
        bytes.try_into().map_err(|_| cut_off())
    }

    /// Memory grows with what is there, not with what is said to be there.
    fn bytes(&mut self, count: u64) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        (&mut self.from).take(count).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
        match bytes.len() as u64 == count {
            true => Ok(bytes),
            false => Err(cut_off()),
        }
    }

    /// The next one; None at the end, which is marked. The marker of the first one has been read.
    pub fn next(&mut self) -> Result<Option<IpcMessage>, String> {
        if self.ended {
            return Ok(None);
        }
        let size = u32::from_le_bytes(self.array()?);
        if size == 0 {
            self.ended = true;
            return self.check_end().map(|()| None);
        }
        if u64::from(size) > MAX_METADATA {
            return Err(format!(
                "found a message of {size} bytes, expected at most {MAX_METADATA}"
            ));
        }
        let metadata = self.bytes(size.into())?;
        let message = root_as_message(&metadata).map_err(|_| DAMAGED)?;
        let length = u64::try_from(message.bodyLength()).map_err(|_| DAMAGED)?;
        super::limits::check_bytes(length, "in one batch")?;
        self.batches += usize::from(message.header_as_record_batch().is_some());
        let body = Buffer::from_vec(self.bytes(length)?);
        if self.array()? != CONTINUES {
            return Err(DAMAGED.into());
        }
        Ok(Some(IpcMessage { metadata, body }))
    }

    /// What comes after the last message: nothing, or a file's footer, its length and its name.
    fn check_end(&mut self) -> Result<(), String> {
        let mut rest = Vec::new();
        let most = if self.is_file { MAX_METADATA } else { 1 };
        (&mut self.from).take(most).read_to_end(&mut rest).map_err(|e| e.to_string())?;
        if !self.is_file {
            return match rest.is_empty() {
                true => Ok(()),
                false => Err("found bytes after its end".into()),
            };
        }
        let named = rest.strip_suffix(NAME.as_slice()).ok_or_else(cut_off)?;
        let (footer, size) = named.split_last_chunk::<4>().ok_or_else(cut_off)?;
        if footer.len() != u32::from_le_bytes(*size) as usize {
            return Err("found a footer that is damaged".into());
        }
        let footer = root_as_footer(footer).map_err(|_| "found a footer that is damaged")?;
        let batches = footer.recordBatches().map_or(0, |batches| batches.len());
        if batches != self.batches {
            return Err(format!(
                "its footer names {batches} batches of rows, it has {}",
                self.batches
            ));
        }
        Ok(())
    }
}
