//! Rows of an Arrow file or stream as lines of JSON. The `arrow` crates decode and validate a batch; what
//! a made file could do to them is bounded here: the sizes of messages (messages) and of what they
//! become (limits), and the types of columns (schema).
mod cells;
mod limits;
mod messages;
mod schema;

use crate::decoder::{ReadFrom, Source};
use crate::ffi::{guard, Bytes, Message};
use crate::json_line::{write_json, Commas, Limits, Line, Lines};
use crate::meaning::Meaning;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::reader::{read_dictionary, RecordBatchDecoder};
use arrow_ipc::{MessageHeader, MetadataVersion};
use arrow_schema::{ArrowError, SchemaRef};
use messages::{IpcMessage, Messages};
use std::collections::HashMap;
use std::ffi::c_void;
use std::io::{Error, Read, Result as WriteResult, Write};

#[allow(non_camel_case_types)]
pub struct laurel_arrow {
    table: Table<Source>,
    lines: Lines,
}

struct Table<R> {
    messages: Messages<R>,
    schema: SchemaRef,
    meaning: Meaning,
    dictionaries: HashMap<i64, ArrayRef>,
    dictionary_bytes: HashMap<i64, u64>,
    batch: Option<RecordBatch>,
    row: usize, // of the batch: the next one
    done: bool,
}

fn text_of(error: ArrowError) -> String {
    match error {
        ArrowError::ParseError(text)
        | ArrowError::SchemaError(text)
        | ArrowError::IpcError(text)
        | ArrowError::InvalidArgumentError(text) => text,
        other => other.to_string(),
    }
}

impl<R: Read> Table<R> {
    fn open(from: R) -> Result<Self, String> {
        let mut messages = Messages::new(from)?;
        let first = messages.next()?.ok_or("found no schema at its beginning")?;
        let message = first.message()?;
        let Some(described) = message.header_as_schema() else {
            return Err(format!(
                "found {:?} at its beginning, expected its schema",
                message.header_type()
            ));
        };
        let schema = schema::read(described)?;
        Ok(Table {
            messages,
            meaning: schema::meaning_of(&schema),
            schema: SchemaRef::new(schema),
            dictionaries: HashMap::new(),
            dictionary_bytes: HashMap::new(),
            batch: None,
            row: 0,
            done: false,
        })
    }

    fn take_dictionary(
        &mut self,
        from: IpcMessage,
        version: MetadataVersion,
    ) -> Result<(), String> {
        let message = from.message()?;
        let dictionary = message.header_as_dictionary_batch().ok_or(messages::DAMAGED)?;
        if dictionary.isDelta() {
            let found =
                "found a dictionary that adds to an earlier one (delta), expected whole ones";
            return Err(found.into());
        }
        let batch = dictionary.data().ok_or(messages::DAMAGED)?;
        self.dictionary_bytes.insert(dictionary.id(), limits::check_batch(&batch, &from.body)?);
        let bytes = self.dictionary_bytes.values().sum();
        limits::check_bytes(bytes, "in the values of its dictionaries")?;
        let all = &mut self.dictionaries;
        read_dictionary(&from.body, dictionary, &self.schema, all, &version).map_err(text_of)
    }

    fn take_batch(&mut self, from: IpcMessage, version: MetadataVersion) -> Result<(), String> {
        let message = from.message()?;
        let batch = message.header_as_record_batch().ok_or(messages::DAMAGED)?;
        limits::check_batch(&batch, &from.body)?;
        let schema = self.schema.clone();
        let decoder =
            RecordBatchDecoder::try_new(&from.body, batch, schema, &self.dictionaries, &version);
        self.batch = Some(decoder.and_then(|d| d.read_record_batch()).map_err(text_of)?);
        self.row = 0;
        Ok(())
    }

    /// Whether there is a next row; `batch` then holds it.
    fn find_row(&mut self) -> Result<bool, String> {
        while self.batch.as_ref().is_none_or(|batch| self.row == batch.num_rows()) {
            self.batch = None;
            if self.done {
                return Ok(false);
            }
            let Some(next) = self.messages.next()? else {
                self.done = true;
                continue;
            };
            let message = next.message()?;
            let version = message.version();
            match message.header_type() {
                MessageHeader::DictionaryBatch => self.take_dictionary(next, version)?,
                MessageHeader::RecordBatch => self.take_batch(next, version)?,
                other => return Err(format!("found a message {other:?}, expected rows")),
            }
        }
        Ok(true)
    }

    fn write_row(&mut self, to: &mut Line) -> WriteResult<bool> {
        if !self.find_row().map_err(Error::other)? {
            return Ok(false);
        }
        let Some(batch) = &self.batch else { return Ok(false) };
        let row = self.row;
        self.row += 1;
        to.write_all(b"{")?;
        let mut commas = Commas::new();
        for (at, (field, column)) in self.schema.fields().iter().zip(batch.columns()).enumerate() {
            commas.next(to)?;
            write_json(field.name(), to)?;
            to.write_all(b":")?;
            cells::write(column, row, self.meaning.member(at, field.name()), to)?;
        }
        to.write_all(b"}")?;
        Ok(true)
    }
}

#[no_mangle]
unsafe extern "C" fn laurel_arrow_new(
    read: ReadFrom,
    context: *mut c_void,
    arrow: *mut *mut laurel_arrow,
) -> Message {
    guard(|| {
        let table = Table::open(Source { read, context })?;
        *arrow = Box::into_raw(Box::new(laurel_arrow { table, lines: Lines::default() }));
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_arrow_next(
    arrow: *mut laurel_arrow,
    max_rows: usize,
    max_bytes: usize,
    max_row_bytes: usize,
    lines: *mut Bytes,
) -> Message {
    guard(|| {
        let laurel_arrow { table, lines: rows } = &mut *arrow;
        let limits = Limits { rows: max_rows, bytes: max_bytes, row_bytes: max_row_bytes };
        *lines = Bytes::from_vec(rows.next(limits, |to| table.write_row(to))?);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_arrow_free(arrow: *mut laurel_arrow) {
    if !arrow.is_null() {
        drop(Box::from_raw(arrow));
    }
}
