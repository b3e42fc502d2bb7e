//! Rows of a Parquet file as lines of JSON, a few megabytes at a time.
use crate::ffi::{guard, path, Bytes, Message};
use crate::json_line::{write_bytes, write_float, write_json, Commas, Limits, Line, Lines};
use crate::meaning::{write_cell_of_json, write_name, Meaning};
use crate::parquet_guard::{self, text_of};
use crate::parquet_meaning::meaning_of_file;
use parquet::data_type::Decimal;
use parquet::file::reader::FileReader;
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use std::ffi::c_char;
use std::io::{Error, Result as WriteResult, Write};

#[allow(non_camel_case_types)]
pub struct laurel_parquet {
    rows: RowIter<'static>,
    left: u64,
    lines: Lines,
    meaning: Meaning,
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
    let meaning = meaning_of_file(metadata.file_metadata());
    Ok(laurel_parquet {
        rows: RowIter::from_file_into(Box::new(reader)).with_batch_size(BATCH),
        left: all as u64,
        lines: Lines::default(),
        meaning,
    })
}

impl laurel_parquet {
    fn lines(&mut self, limits: Limits) -> Result<Vec<u8>, String> {
        let laurel_parquet { rows, left, lines, meaning } = self;
        lines.next(limits, |to| {
            if *left == 0 {
                return Ok(false);
            }
            *left -= 1;
            let row = rows
                .next()
                .ok_or_else(|| Error::other("its row groups end before their last row"))?;
            write_object(&row.map_err(|e| Error::other(text_of(e)))?, meaning, false, to)?;
            Ok(true)
        })
    }
}

/// A struct inside a row has all its fields in every row, so a null there is a field left out.
fn write_object(
    row: &Row,
    meaning: &Meaning,
    leave_out_nulls: bool,
    to: &mut Line,
) -> WriteResult<()> {
    to.write_all(b"{")?;
    let mut commas = Commas::new();
    for (at, (name, value)) in row.get_column_iter().enumerate() {
        if leave_out_nulls && matches!(value, Field::Null) {
            continue;
        }
        commas.next(to)?;
        write_json(name, to)?;
        to.write_all(b":")?;
        write_value(value, meaning.member(at, name), to)?;
    }
    to.write_all(b"}")
}

fn write_list(elements: &[Field], meaning: &Meaning, to: &mut Line) -> WriteResult<()> {
    to.write_all(b"[")?;
    let mut commas = Commas::new();
    for element in elements {
        commas.next(to)?;
        write_value(element, meaning, to)?;
    }
    to.write_all(b"]")
}

fn write_map(entries: &[(Field, Field)], to: &mut Line) -> WriteResult<()> {
    to.write_all(b"{")?;
    let mut commas = Commas::new();
    for (key, value) in entries {
        commas.next(to)?;
        match key {
            Field::Str(text) => write_json(text, to)?,
            Field::Decimal(_) => write_json("decimal", to)?,
            other => write_json(other.to_string(), to)?,
        }
        to.write_all(b":")?;
        write_value(value, &Meaning::Plain, to)?;
    }
    to.write_all(b"}")
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

fn integer_of(value: &Field) -> Option<i128> {
    match *value {
        Field::Byte(x) => Some(x.into()),
        Field::Short(x) => Some(x.into()),
        Field::Int(x) => Some(x.into()),
        Field::Long(x) => Some(x.into()),
        Field::UByte(x) => Some(x.into()),
        Field::UShort(x) => Some(x.into()),
        Field::UInt(x) => Some(x.into()),
        Field::ULong(x) => Some(x.into()),
        _ => None,
    }
}

/// False where its type says already what it is.
fn write_by_meaning(value: &Field, meaning: &Meaning, to: &mut Line) -> WriteResult<bool> {
    match (meaning, value, integer_of(value)) {
        (Meaning::Names(names), _, Some(number)) => write_name(names, number, to)?,
        (Meaning::Json, Field::Str(text), _) => write_cell_of_json(text, to)?,
        (Meaning::Json, Field::Bytes(bytes), _) => match std::str::from_utf8(bytes.data()) {
            Ok(text) => write_cell_of_json(text, to)?,
            Err(_) => return Ok(false),
        },
        _ => return Ok(false),
    }
    Ok(true)
}

fn write_value(value: &Field, meaning: &Meaning, to: &mut Line) -> WriteResult<()> {
    if write_by_meaning(value, meaning, to)? {
        return Ok(());
    }
    if let Some(number) = timestamp_out_of_range(value) {
        return write!(to, "{number}");
    }
    match value {
        Field::Null => to.write_all(b"null"),
        Field::Str(text) => write_json(text, to),
        Field::Group(row) => write_object(row, meaning, true, to),
        Field::ListInternal(list) => write_list(list.elements(), meaning.element(), to),
        Field::MapInternal(map) => write_map(map.entries(), to),
        Field::Float16(x) => write_float(x.to_f64(), x.to_f32(), to),
        Field::Float(x) => write_float((*x).into(), x, to),
        Field::Double(x) => write_float(*x, x, to),
        Field::Decimal(x) => write_decimal(x, to),
        Field::Bytes(bytes) => write_bytes(bytes.data(), to),
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
        let limits = Limits { rows: max_rows, bytes: max_bytes, row_bytes: max_row_bytes };
        *lines = Bytes::from_vec((*parquet).lines(limits)?);
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
        write_value(&value, &Meaning::Plain, &mut Line { lines: &mut lines, left: 100 }).unwrap();
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
    assert_eq!(written(Field::Bytes("é".as_bytes().to_vec().into())), "\"é\"");
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
