//! The columns of an Arrow file: those whose types are read, and what their cells mean.
use crate::meaning::{self, Meaning, FEATURES_KEY};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_schema::{DataType, Field, Fields, Schema};

const MAX_FIELDS: usize = 20_000;
const MAX_DEPTH: usize = 40;
const EXTENSION: &str = "ARROW:extension:name";

pub fn read(described: arrow_ipc::Schema) -> Result<Schema, String> {
    if described.endianness() != arrow_ipc::Endianness::Little {
        return Err("found numbers in big-endian order, expected little-endian".into());
    }
    let schema = try_fb_to_schema(described).map_err(super::text_of)?;
    if schema.fields().is_empty() {
        return Err("found no column".into());
    }
    let mut left = MAX_FIELDS;
    check_fields(schema.fields(), &mut left, 0)?;
    Ok(schema)
}

fn check_fields(fields: &Fields, left: &mut usize, depth: usize) -> Result<(), String> {
    fields.iter().try_for_each(|field| check_field(field, left, depth))
}

fn check_field(field: &Field, left: &mut usize, depth: usize) -> Result<(), String> {
    *left = left.checked_sub(1).ok_or(format!(
        "found more columns and groups than {MAX_FIELDS}, expected at most those"
    ))?;
    if depth > MAX_DEPTH {
        return Err(format!("found columns nested deeper than {MAX_DEPTH} levels"));
    }
    match field.data_type() {
        DataType::List(inner) | DataType::LargeList(inner) | DataType::Map(inner, _) => {
            check_field(inner, left, depth + 1)
        }
        DataType::FixedSizeList(inner, size) if *size >= 0 => check_field(inner, left, depth + 1),
        DataType::Struct(fields) => check_fields(fields, left, depth + 1),
        DataType::FixedSizeBinary(size) if *size >= 0 => Ok(()),
        DataType::Dictionary(_, values) if is_plain(values) => Ok(()),
        plain if is_plain(plain) => Ok(()),
        other => {
            let name = field.name();
            Err(format!("found the type {other} in column {name:?}, expected numbers, texts, lists or structs"))
        }
    }
}

fn is_plain(of: &DataType) -> bool {
    use DataType::*;
    match of {
        Null | Boolean | Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary | BinaryView => true,
        Duration(_) | Interval(_) => false,
        other => other.is_primitive(),
    }
}

fn of_field(field: &Field) -> Meaning {
    if field.metadata().get(EXTENSION).is_some_and(|name| name == "arrow.json") {
        return Meaning::Json;
    }
    match field.data_type() {
        DataType::List(inner) | DataType::LargeList(inner) | DataType::FixedSizeList(inner, _) => {
            Meaning::List(Box::new(of_field(inner)))
        }
        DataType::Struct(fields) => of_fields(fields),
        _ => Meaning::Plain,
    }
}

fn of_fields(fields: &Fields) -> Meaning {
    Meaning::Struct(fields.iter().map(|f| (f.name().clone(), of_field(f))).collect())
}

pub fn meaning_of(schema: &Schema) -> Meaning {
    let described = schema.metadata().get(FEATURES_KEY);
    of_fields(schema.fields()).and(meaning::of_table(described.map(String::as_str)))
}
