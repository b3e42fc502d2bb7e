//! Rows of a Parquet file as lines of JSON, a few megabytes at a time.
use crate::border::{guard, panic_text, path, Bytes, Message};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use std::ffi::c_char;
use std::io::Write;
use std::panic::{catch_unwind, AssertUnwindSafe};

#[allow(non_camel_case_types)]
pub struct laurel_parquet {
    rows: RowIter<'static>,
    left: u64,
    // Kept until the rows before it have been handed out; then it is told again and again.
    error: Option<String>,
}

fn open(file: &std::path::Path) -> Result<laurel_parquet, String> {
    let file = std::fs::File::open(file).map_err(|e| e.to_string())?;
    let reader = SerializedFileReader::new(file).map_err(text_of)?;
    let metadata = reader.metadata();
    let groups: i64 = metadata.row_groups().iter().map(|group| group.num_rows().max(0)).sum();
    let all = metadata.file_metadata().num_rows();
    if groups != all {
        return Err(format!("the file says that it has {all} rows, its row groups {groups}"));
    }
    Ok(laurel_parquet {
        rows: RowIter::from_file_into(Box::new(reader)),
        left: all as u64,
        error: None,
    })
}

fn text_of(error: parquet::errors::ParquetError) -> String {
    let text = error.to_string();
    text.strip_prefix("Parquet error: ").unwrap_or(&text).into()
}

impl laurel_parquet {
    /// A line for each of the next rows, until there are `most_rows` or, behind a row, `most_bytes`.
    fn lines(&mut self, most_rows: usize, most_bytes: usize) -> Result<String, String> {
        let mut lines = Vec::new();
        let mut rows = 0;
        while self.error.is_none() && self.left > 0 && rows < most_rows && lines.len() < most_bytes
        {
            let whole = lines.len();
            match self.row(&mut lines) {
                Ok(()) => rows += 1,
                Err(text) => {
                    lines.truncate(whole);
                    self.error = Some(text);
                }
            }
        }
        match &self.error {
            Some(text) if rows == 0 => Err(text.clone()),
            _ => String::from_utf8(lines).map_err(|e| e.to_string()),
        }
    }

    /// Damaged pages make the reader panic; which row it was must still be known.
    fn row(&mut self, line: &mut Vec<u8>) -> Result<(), String> {
        let read = catch_unwind(AssertUnwindSafe(|| {
            let row = self.rows.next().ok_or("its row groups end before their last row")?;
            write_object(&row.map_err(text_of)?, false, line);
            line.push(b'\n');
            Ok(())
        }));
        self.left -= 1;
        read.unwrap_or_else(|panic| Err(panic_text(panic)))
    }
}

fn write_string(text: &str, to: &mut Vec<u8>) {
    serde_json::to_writer(to, text).expect("a string is always JSON");
}

/// A struct inside a row has all its fields in every row, so a null there is a field left out.
fn write_object(row: &Row, leave_out_nulls: bool, to: &mut Vec<u8>) {
    to.push(b'{');
    let mut first = true;
    for (name, value) in row.get_column_iter() {
        if leave_out_nulls && matches!(value, Field::Null) {
            continue;
        }
        if !std::mem::take(&mut first) {
            to.push(b',');
        }
        write_string(name, to);
        to.push(b':');
        write_value(value, to);
    }
    to.push(b'}');
}

fn write_list(elements: &[Field], to: &mut Vec<u8>) {
    to.push(b'[');
    for (i, element) in elements.iter().enumerate() {
        if i > 0 {
            to.push(b',');
        }
        write_value(element, to);
    }
    to.push(b']');
}

fn write_map(entries: &[(Field, Field)], to: &mut Vec<u8>) {
    to.push(b'{');
    for (i, (key, value)) in entries.iter().enumerate() {
        if i > 0 {
            to.push(b',');
        }
        match key {
            Field::Str(text) => write_string(text, to),
            other => write_string(&other.to_string(), to),
        }
        to.push(b':');
        write_value(value, to);
    }
    to.push(b'}');
}

/// JSON has neither NaN, which pandas writes for a missing number, nor infinities.
fn write_float(value: f64, finite: impl serde::Serialize, to: &mut Vec<u8>) {
    if value.is_nan() {
        to.extend(b"null");
    } else if value.is_infinite() {
        write_string(if value > 0.0 { "Infinity" } else { "-Infinity" }, to);
    } else {
        serde_json::to_writer(to, &finite).expect("a finite number is always JSON");
    }
}

fn write_value(value: &Field, to: &mut Vec<u8>) {
    match value {
        Field::Null => to.extend(b"null"),
        Field::Str(text) => write_string(text, to),
        Field::Group(row) => write_object(row, true, to),
        Field::ListInternal(list) => write_list(list.elements(), to),
        Field::MapInternal(map) => write_map(map.entries(), to),
        Field::Float16(x) => write_float(x.to_f64(), x.to_f32(), to),
        Field::Float(x) => write_float((*x).into(), x, to),
        Field::Double(x) => write_float(*x, x, to),
        Field::Bytes(bytes) => {
            write!(to, "{{\"binary_bytes\":{}}}", bytes.len()).expect("memory takes all")
        }
        Field::Date(_)
        | Field::TimeMillis(_)
        | Field::TimeMicros(_)
        | Field::TimestampMillis(_)
        | Field::TimestampMicros(_) => write_string(&value.to_string(), to),
        // Integers, Booleans and decimals are written as JSON writes them.
        _ => write!(to, "{value}").expect("memory takes all"),
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
    most_rows: usize,
    most_bytes: usize,
    lines: *mut Bytes,
) -> Message {
    guard(|| {
        *lines = Bytes::from_string((*parquet).lines(most_rows, most_bytes)?);
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
        let mut line = Vec::new();
        write_value(&value, &mut line);
        String::from_utf8(line).unwrap()
    };
    assert_eq!(written(Field::Double(f64::NAN)), "null");
    assert_eq!(written(Field::Float(f32::NEG_INFINITY)), "\"-Infinity\"");
    assert_eq!(written(Field::Float(0.1)), "0.1");
    assert_eq!(written(Field::Double(3.0)), "3.0");
    assert_eq!(written(Field::ULong(u64::MAX)), u64::MAX.to_string());
    assert_eq!(written(Field::Date(-1)), "\"1969-12-31\"");
    assert_eq!(written(Field::Bytes(vec![0, 255].into())), r#"{"binary_bytes":2}"#);
}
