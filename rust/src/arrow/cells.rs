//! One cell of an Arrow array as JSON, in the form that the same cell of a Parquet file has.
use crate::json_line::{write_bytes, write_float, write_json, Commas, Line};
use crate::meaning::{write_cell_of_json, write_name, Meaning};
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType};
use arrow_schema::{DataType, TimeUnit};
use chrono::NaiveDateTime;
use std::io::{Error, Result as WriteResult, Write};

fn number<T: ArrowPrimitiveType>(array: &dyn Array, at: usize) -> T::Native {
    array.as_primitive::<T>().value(at)
}

/// Of the integer types.
fn integer(array: &dyn Array, at: usize) -> Option<i128> {
    Some(match array.data_type() {
        DataType::Int8 => number::<Int8Type>(array, at).into(),
        DataType::Int16 => number::<Int16Type>(array, at).into(),
        DataType::Int32 => number::<Int32Type>(array, at).into(),
        DataType::Int64 => number::<Int64Type>(array, at).into(),
        DataType::UInt8 => number::<UInt8Type>(array, at).into(),
        DataType::UInt16 => number::<UInt16Type>(array, at).into(),
        DataType::UInt32 => number::<UInt32Type>(array, at).into(),
        DataType::UInt64 => number::<UInt64Type>(array, at).into(),
        _ => return None,
    })
}

fn text(array: &dyn Array, at: usize) -> Option<&str> {
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(at),
        DataType::LargeUtf8 => array.as_string::<i64>().value(at),
        DataType::Utf8View => array.as_string_view().value(at),
        _ => return None,
    })
}

fn bytes(array: &dyn Array, at: usize) -> Option<&[u8]> {
    Some(match array.data_type() {
        DataType::Binary => array.as_binary::<i32>().value(at),
        DataType::LargeBinary => array.as_binary::<i64>().value(at),
        DataType::BinaryView => array.as_binary_view().value(at),
        DataType::FixedSizeBinary(_) => array.as_fixed_size_binary().value(at),
        _ => return None,
    })
}

fn elements(array: &dyn Array, at: usize) -> Option<ArrayRef> {
    Some(match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().value(at),
        DataType::LargeList(_) => array.as_list::<i64>().value(at),
        DataType::FixedSizeList(_, _) => array.as_fixed_size_list().value(at),
        _ => return None,
    })
}

/// The values of a dictionary and where the cell's is among them.
fn entry(array: &dyn Array, at: usize) -> Option<(&ArrayRef, usize)> {
    let dictionary = array.as_any_dictionary_opt()?;
    let key = integer(dictionary.keys(), at)?;
    Some((dictionary.values(), usize::try_from(key).ok()?))
}

fn write_decimal(array: &dyn Array, at: usize, to: &mut Line) -> WriteResult<bool> {
    let text = match array.data_type() {
        DataType::Decimal32(_, _) => array.as_primitive::<Decimal32Type>().value_as_string(at),
        DataType::Decimal64(_, _) => array.as_primitive::<Decimal64Type>().value_as_string(at),
        DataType::Decimal128(_, _) => array.as_primitive::<Decimal128Type>().value_as_string(at),
        DataType::Decimal256(_, _) => array.as_primitive::<Decimal256Type>().value_as_string(at),
        _ => return Ok(false),
    };
    to.write_all(text.as_bytes())?;
    Ok(true)
}

/// A time that no calendar holds is written as the number that it is stored as.
fn write_moment(
    when: Option<NaiveDateTime>,
    form: &str,
    stored: i64,
    to: &mut Line,
) -> WriteResult<()> {
    match when {
        Some(when) => write!(to, "\"{}\"", when.format(form)),
        None => write!(to, "{stored}"),
    }
}

fn write_timestamp(unit: TimeUnit, array: &dyn Array, at: usize, to: &mut Line) -> WriteResult<()> {
    const MILLIS: &str = "%Y-%m-%d %H:%M:%S%.3f +00:00";
    const MICROS: &str = "%Y-%m-%d %H:%M:%S%.6f +00:00";
    const NANOS: &str = "%Y-%m-%d %H:%M:%S%.9f +00:00";
    fn of<T: ArrowTimestampType>(array: &dyn Array, at: usize) -> (Option<NaiveDateTime>, i64) {
        let array = array.as_primitive::<T>();
        (arrow_array::temporal_conversions::as_datetime::<T>(array.value(at)), array.value(at))
    }
    let ((when, stored), form) = match unit {
        TimeUnit::Second => (of::<TimestampSecondType>(array, at), MILLIS),
        TimeUnit::Millisecond => (of::<TimestampMillisecondType>(array, at), MILLIS),
        TimeUnit::Microsecond => (of::<TimestampMicrosecondType>(array, at), MICROS),
        TimeUnit::Nanosecond => (of::<TimestampNanosecondType>(array, at), NANOS),
    };
    write_moment(when, form, stored, to)
}

/// False for what is no time.
fn write_time(array: &dyn Array, at: usize, to: &mut Line) -> WriteResult<bool> {
    let clock = |per_second: i64, digits: usize, time: i64, to: &mut Line| -> WriteResult<()> {
        let (seconds, part) = (time.div_euclid(per_second), time.rem_euclid(per_second));
        let (hours, minutes) = (seconds.div_euclid(3600), seconds.div_euclid(60).rem_euclid(60));
        write!(to, "\"{hours:02}:{minutes:02}:{:02}.{part:0digits$}\"", seconds.rem_euclid(60))
    };
    match array.data_type() {
        DataType::Date32 => {
            let days = number::<Date32Type>(array, at);
            let when = arrow_array::temporal_conversions::as_datetime::<Date32Type>(days.into());
            write_moment(when, "%Y-%m-%d", days.into(), to)?
        }
        DataType::Date64 => {
            let millis = number::<Date64Type>(array, at);
            let when = arrow_array::temporal_conversions::as_datetime::<Date64Type>(millis);
            write_moment(when, "%Y-%m-%d", millis, to)?
        }
        DataType::Timestamp(unit, _) => write_timestamp(*unit, array, at, to)?,
        DataType::Time32(TimeUnit::Second) => {
            clock(1000, 3, i64::from(number::<Time32SecondType>(array, at)) * 1000, to)?
        }
        DataType::Time32(_) => {
            clock(1000, 3, number::<Time32MillisecondType>(array, at).into(), to)?
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            clock(1_000_000, 6, number::<Time64MicrosecondType>(array, at), to)?
        }
        DataType::Time64(_) => {
            clock(1_000_000_000, 9, number::<Time64NanosecondType>(array, at), to)?
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// A struct has all its fields in every row, so a null there is a field left out.
fn write_struct(array: &dyn Array, at: usize, meaning: &Meaning, to: &mut Line) -> WriteResult<()> {
    let array = array.as_struct();
    to.write_all(b"{")?;
    let mut commas = Commas::new();
    for (i, (field, column)) in array.fields().iter().zip(array.columns()).enumerate() {
        if is_null(column, at) {
            continue;
        }
        commas.next(to)?;
        write_json(field.name(), to)?;
        to.write_all(b":")?;
        write(column, at, meaning.member(i, field.name()), to)?;
    }
    to.write_all(b"}")
}

fn write_list(list: &ArrayRef, meaning: &Meaning, to: &mut Line) -> WriteResult<()> {
    to.write_all(b"[")?;
    let mut commas = Commas::new();
    for at in 0..list.len() {
        commas.next(to)?;
        write(list, at, meaning, to)?;
    }
    to.write_all(b"]")
}

fn write_map(array: &dyn Array, at: usize, to: &mut Line) -> WriteResult<()> {
    let entries = array.as_map().value(at);
    to.write_all(b"{")?;
    let mut commas = Commas::new();
    for i in 0..entries.len() {
        commas.next(to)?;
        let mut key = Vec::new();
        let mut line = Line { lines: &mut key, left: to.left };
        write(entries.column(0), i, &Meaning::Plain, &mut line)?;
        match key.first() {
            Some(b'"') => to.write_all(&key)?,
            _ => write_json(String::from_utf8_lossy(&key), to)?,
        }
        to.write_all(b":")?;
        write(entries.column(1), i, &Meaning::Plain, to)?;
    }
    to.write_all(b"}")
}

/// Also of a dictionary whose value is null.
fn is_null(array: &ArrayRef, at: usize) -> bool {
    array.is_null(at)
        || array.data_type().is_null()
        || entry(array, at).is_some_and(|(values, key)| is_null(values, key))
}

pub fn write(array: &ArrayRef, at: usize, meaning: &Meaning, to: &mut Line) -> WriteResult<()> {
    if is_null(array, at) {
        return to.write_all(b"null");
    }
    if let Some((values, key)) = entry(array, at) {
        return write(values, key, meaning, to);
    }
    if let Some(number) = integer(array, at) {
        return match meaning {
            Meaning::Names(names) => write_name(names, number, to),
            _ => write!(to, "{number}"),
        };
    }
    if let Some(text) = text(array, at) {
        return match meaning {
            Meaning::Json => write_cell_of_json(text, to),
            _ => write_json(text, to),
        };
    }
    if let Some(list) = elements(array, at) {
        return write_list(&list, meaning.element(), to);
    }
    match array.data_type() {
        DataType::Struct(_) => write_struct(array, at, meaning, to),
        DataType::Map(_, _) => write_map(array, at, to),
        DataType::Boolean => write!(to, "{}", array.as_boolean().value(at)),
        DataType::Float16 => {
            let x = number::<Float16Type>(array, at);
            write_float(x.to_f64(), x.to_f32(), to)
        }
        DataType::Float32 => {
            let x = number::<Float32Type>(array, at);
            write_float(x.into(), x, to)
        }
        DataType::Float64 => {
            let x = number::<Float64Type>(array, at);
            write_float(x, x, to)
        }
        other => {
            if let Some(bytes) = bytes(array, at) {
                return write_bytes(bytes, to);
            }
            if write_decimal(array, at, to)? || write_time(array, at, to)? {
                return Ok(());
            }
            Err(Error::other(format!("found a cell of type {other}, which is not read")))
        }
    }
}
