//! Rows of a Parquet file as lines of JSON, a few megabytes at a time.
use crate::ffi::{guard, panic_text, path, Bytes, Message};
use crate::parquet_guard::{self, text_of};
use parquet::data_type::Decimal;
use parquet::file::reader::FileReader;
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use std::ffi::c_char;
use std::io::{Error, ErrorKind, Result as WriteResult, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};

#[allow(non_camel_case_types)]
pub struct laurel_parquet {
    rows: RowIter<'static>,
    left: u64,
    // Returned once the rows before it have been returned, and from then on.
    error: Option<String>,
}

// Rows are read in batches of columns: what a row's lists may hold is in memory BATCH times.
const BATCH: usize = 16;
const MAX_DECIMAL_BYTES: usize = 32;

fn open(file: &std::path::Path) -> Result<laurel_parquet, String> {
    let reader = parquet_guard::open(file)?;
    let metadata = reader.metadata();
    let mut counts = metadata.row_groups().iter().map(|group| group.num_rows().max(0));
    let groups = counts.try_fold(0, i64::checked_add).ok_or("found more than 2^63 rows")?;
    let all = metadata.file_metadata().num_rows();
    if groups != all {
        return Err(format!("the file says that it has {all} rows, its row groups {groups}"));
    }
    if all > 0 && metadata.file_metadata().schema_descr().num_columns() == 0 {
        return Err(format!("found {all} rows of no column"));
    }
    Ok(laurel_parquet {
        rows: RowIter::from_file_into(Box::new(reader)).with_batch_size(BATCH),
        left: all as u64,
        error: None,
    })
}

impl laurel_parquet {
    /// A line for each of the next rows, until there are `max_rows` or, after a row, `max_bytes`.
    /// A row of more than `max_row_bytes` is cut after the first byte too many.
    fn lines(
        &mut self,
        max_rows: usize,
        max_bytes: usize,
        max_row_bytes: usize,
    ) -> Result<Vec<u8>, String> {
        let mut lines = Vec::new();
        let mut rows = 0;
        while self.error.is_none() && self.left > 0 && rows < max_rows && lines.len() < max_bytes
        {
            let whole = lines.len();
            match self.row(&mut lines, max_row_bytes) {
                Ok(()) => rows += 1,
                Err(text) => {
                    lines.truncate(whole);
                    self.error = Some(text);
                }
            }
        }
        match &self.error {
            Some(text) if rows == 0 => Err(text.clone()),
            _ => Ok(lines),
        }
    }

    /// Damaged pages make the reader panic; which row it was must still be known.
    fn row(&mut self, lines: &mut Vec<u8>, max_bytes: usize) -> Result<(), String> {
        let read = catch_unwind(AssertUnwindSafe(|| {
            let row = self.rows.next().ok_or("its row groups end before their last row")?;
            let mut line = Line { lines: &mut *lines, left: max_bytes.saturating_add(1) };
            match write_object(&row.map_err(text_of)?, false, &mut line) {
                Err(e) if e.kind() != ErrorKind::FileTooLarge => return Err(e.to_string()),
                _ => lines.push(b'\n'),
            }
            Ok(())
        }));
        self.left -= 1;
        read.unwrap_or_else(|panic| Err(panic_text(panic)))
    }
}

/// The end of `lines`, which takes no more than `left` bytes and says so by FileTooLarge.
struct Line<'a> {
    lines: &'a mut Vec<u8>,
    left: usize,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> WriteResult<usize> {
        let count = bytes.len().min(self.left);
        self.lines.extend(&bytes[..count]);
        self.left -= count;
        if count < bytes.len() {
            return Err(ErrorKind::FileTooLarge.into());
        }
        Ok(count)
    }
    fn flush(&mut self) -> WriteResult<()> {
        Ok(())
    }
}

fn write_json(value: impl serde::Serialize, to: &mut Line) -> WriteResult<()> {
    serde_json::to_writer(to, &value).map_err(Error::from)
}

/// A struct inside a row has all its fields in every row, so a null there is a field left out.
fn write_object(row: &Row, leave_out_nulls: bool, to: &mut Line) -> WriteResult<()> {
    to.write_all(b"{")?;
    let mut first = true;
    for (name, value) in row.get_column_iter() {
        if leave_out_nulls && matches!(value, Field::Null) {
            continue;
        }
        if !std::mem::take(&mut first) {
            to.write_all(b",")?;
        }
        write_json(name, to)?;
        to.write_all(b":")?;
        write_value(value, to)?;
    }
    to.write_all(b"}")
}

fn write_list(elements: &[Field], to: &mut Line) -> WriteResult<()> {
    to.write_all(b"[")?;
    for (i, element) in elements.iter().enumerate() {
        if i > 0 {
            to.write_all(b",")?;
        }
        write_value(element, to)?;
    }
    to.write_all(b"]")
}

fn write_map(entries: &[(Field, Field)], to: &mut Line) -> WriteResult<()> {
    to.write_all(b"{")?;
    for (i, (key, value)) in entries.iter().enumerate() {
        if i > 0 {
            to.write_all(b",")?;
        }
        match key {
            Field::Str(text) => write_json(text, to)?,
            Field::Decimal(_) => write_json("decimal", to)?,
            other => write_json(other.to_string(), to)?,
        }
        to.write_all(b":")?;
        write_value(value, to)?;
    }
    to.write_all(b"}")
}

/// JSON has neither NaN, which pandas writes for a missing number, nor infinities.
fn write_float(value: f64, finite: impl serde::Serialize, to: &mut Line) -> WriteResult<()> {
    if value.is_nan() {
        to.write_all(b"null")
    } else if value.is_infinite() {
        write_json(if value > 0.0 { "Infinity" } else { "-Infinity" }, to)
    } else {
        write_json(finite, to)
    }
}

/// The time to write a number grows with the square of its digits.
fn write_decimal(value: &Decimal, to: &mut Line) -> WriteResult<()> {
    let (bytes, scale) = (value.data().len(), value.scale());
    if bytes > MAX_DECIMAL_BYTES || !(0..=100).contains(&scale) {
        let found =
            format!("found a decimal of {bytes} bytes and scale {scale}, expected at most ");
        return Err(Error::other(format!("{found}{MAX_DECIMAL_BYTES} and 100")));
    }
    write!(to, "{}", Field::Decimal(value.clone()))
}

/// The number of a timestamp outside the years that the library supports: it would panic.
fn timestamp_out_of_range(value: &Field) -> Option<i64> {
    const DAYS: u64 = 95_000_000; // of 260,000 years
    const MILLIS: u64 = DAYS * 86_400_000;
    let (number, most) = match *value {
        Field::Date(days) => (days.into(), DAYS),
        Field::TimestampMillis(millis) => (millis, MILLIS),
        Field::TimestampMicros(micros) => (micros, MILLIS * 1000),
        _ => return None,
    };
    (number.unsigned_abs() > most).then_some(number)
}

fn write_value(value: &Field, to: &mut Line) -> WriteResult<()> {
    if let Some(number) = timestamp_out_of_range(value) {
        return write!(to, "{number}");
    }
    match value {
        Field::Null => to.write_all(b"null"),
        Field::Str(text) => write_json(text, to),
        Field::Group(row) => write_object(row, true, to),
        Field::ListInternal(list) => write_list(list.elements(), to),
        Field::MapInternal(map) => write_map(map.entries(), to),
        Field::Float16(x) => write_float(x.to_f64(), x.to_f32(), to),
        Field::Float(x) => write_float((*x).into(), x, to),
        Field::Double(x) => write_float(*x, x, to),
        Field::Decimal(x) => write_decimal(x, to),
        Field::Bytes(bytes) => write!(to, "{{\"binary_bytes\":{}}}", bytes.len()),
        Field::Date(_)
        | Field::TimeMillis(_)
        | Field::TimeMicros(_)
        | Field::TimestampMillis(_)
        | Field::TimestampMicros(_) => write_json(value.to_string(), to),
        // Integers and Booleans are written as JSON writes them.
        _ => write!(to, "{value}"),
    }
}

#[no_mangle]
unsafe extern "C" fn laurel_parquet_new(
    file: *const c_char,
    parquet: *mut *mut laurel_parquet,
    rows: *mut u64,
) -> Message {
    guard(|| {
        let opened = open(path(file))?;
        *rows = opened.left;
        *parquet = Box::into_raw(Box::new(opened));
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_parquet_next(
    parquet: *mut laurel_parquet,
    max_rows: usize,
    max_bytes: usize,
    max_row_bytes: usize,
    lines: *mut Bytes,
) -> Message {
    guard(|| {
        *lines = Bytes::from_vec((*parquet).lines(max_rows, max_bytes, max_row_bytes)?);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_parquet_free(parquet: *mut laurel_parquet) {
    if !parquet.is_null() {
        drop(Box::from_raw(parquet));
    }
}

#[test]
fn numbers_that_json_lacks_are_null_or_words() {
    let written = |value: Field| {
        let mut lines = Vec::new();
        write_value(&value, &mut Line { lines: &mut lines, left: 100 }).unwrap();
        String::from_utf8(lines).unwrap()
    };
    assert_eq!(written(Field::Double(f64::NAN)), "null");
    assert_eq!(written(Field::Float(f32::NEG_INFINITY)), "\"-Infinity\"");
    assert_eq!(written(Field::Float(0.1)), "0.1");
    assert_eq!(written(Field::Double(3.0)), "3.0");
    assert_eq!(written(Field::ULong(u64::MAX)), u64::MAX.to_string());
    assert_eq!(written(Field::Date(-1)), "\"1969-12-31\"");
    assert_eq!(written(Field::Date(i32::MIN)), i32::MIN.to_string());
    assert_eq!(written(Field::TimestampMillis(i64::MAX)), i64::MAX.to_string());
    assert_eq!(written(Field::TimestampMicros(i64::MIN)), i64::MIN.to_string());
    assert_eq!(written(Field::Bytes(vec![0, 255].into())), r#"{"binary_bytes":2}"#);
}

#[test]
fn a_row_is_written_no_further_than_it_may_be_long() {
    let mut lines = b"x\n".to_vec();
    let text = Field::Str("a".repeat(1 << 20));
    let error = write_value(&text, &mut Line { lines: &mut lines, left: 10 }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    assert_eq!(lines, b"x\n\"aaaaaaaaa");
}

#[test]
fn decimals_of_any_size_are_refused_or_written() {
    let written = |bytes: usize, scale: i32| {
        let decimal = Decimal::from_bytes(vec![1; bytes].into(), scale, scale);
        let mut lines = Vec::new();
        let result = write_decimal(&decimal, &mut Line { lines: &mut lines, left: 1000 });
        result.map(|()| lines.len()).map_err(|e| e.to_string())
    };
    assert_eq!(written(1, 2), Ok(4)); // 0.01
    assert!(written(1, i32::MAX).unwrap_err().contains("scale 2147483647, expected at most 32"));
    assert!(written(1 << 20, 1).unwrap_err().starts_with("found a decimal of 1048576 bytes"));
}
