//! What an expression gives, as CBOR (RFC 8949): lengths stand before texts, so that nobody looks at their bytes.
use super::budget::{refusal, spend};
use minijinja::value::ValueKind;
use minijinja::{Error, Value};

const MAX_DEPTH: usize = 60; // one less than rows may have, with a member around it

pub const NULL: u8 = 0xf6;
pub const TRUE: u8 = 0xf5;
pub const LIST: u8 = 0x9f; // of any length, as OBJECT, up to its END
pub const END: u8 = 0xff;
const OBJECT: u8 = 0xbf;
const FALSE: u8 = 0xf4;
const DOUBLE: u8 = 0xfb;
const UNSIGNED: u8 = 0; // major types
const NEGATIVE: u8 = 1;
const TEXT: u8 = 3;

/// A major type with its number: the value, or the bytes that follow.
fn write_head(major: u8, number: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    match number {
        0..24 => out.push(major | number as u8),
        24..0x100 => out.extend([major | 24, number as u8]),
        _ => {
            out.push(major | 27);
            out.extend(number.to_be_bytes());
        }
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) -> Result<(), Error> {
    spend(text.len())?;
    write_head(TEXT, text.len() as u64, out);
    out.extend(text.as_bytes());
    Ok(())
}

/// An integer of more than 64 bits becomes the double next to it, as in a row.
fn write_number(value: &Value, out: &mut Vec<u8>) -> Result<(), Error> {
    let number = if value.is_integer() {
        if let Ok(number) = u64::try_from(value.clone()) {
            write_head(UNSIGNED, number, out);
            return Ok(());
        }
        if let Ok(number) = i64::try_from(value.clone()) {
            write_head(NEGATIVE, !number as u64, out);
            return Ok(());
        }
        value.to_string().parse().map_err(|_| refusal(format!("gives {value}")))?
    } else {
        f64::try_from(value.clone())?
    };
    if !number.is_finite() {
        return Err(refusal(format!("gives {number}, expected a finite number")));
    }
    out.push(DOUBLE);
    out.extend(number.to_be_bytes());
    Ok(())
}

pub fn write(value: &Value, depth: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    spend(8)?;
    if depth > MAX_DEPTH {
        return Err(refusal(format!("gives values of more than {MAX_DEPTH} levels")));
    }
    match value.kind() {
        ValueKind::Undefined => {
            let inside =
                if depth == 0 { "is undefined" } else { "gives a list with undefined in it" };
            return Err(refusal(format!("{inside}: the row lacks what it asks for")));
        }
        ValueKind::None => out.push(NULL),
        ValueKind::Bool => out.push(if value.is_true() { TRUE } else { FALSE }),
        ValueKind::Number => write_number(value, out)?,
        ValueKind::String => write_string(value.as_str().unwrap_or_default(), out)?,
        ValueKind::Seq | ValueKind::Iterable => {
            out.push(LIST);
            for item in value.try_iter()? {
                write(&item, depth + 1, out)?;
            }
            out.push(END);
        }
        ValueKind::Map => {
            out.push(OBJECT);
            for key in value.try_iter()? {
                let name = key
                    .as_str()
                    .ok_or_else(|| refusal("gives an object whose keys are no strings"))?;
                write_string(name, out)?;
                write(&value.get_item(&key)?, depth + 1, out)?;
            }
            out.push(END);
        }
        // An error that was kept as a value.
        ValueKind::Invalid => return Err(refusal(value.to_string())),
        kind => return Err(refusal(format!("gives {kind}, expected a value of JSON"))),
    }
    Ok(())
}

/// The name of a row: a string, or an integer, as text. A float would not be what the file says.
pub fn write_name(value: &Value, out: &mut Vec<u8>) -> Result<(), Error> {
    match value.kind() {
        ValueKind::None => out.push(NULL),
        ValueKind::String => write_string(value.as_str().unwrap_or_default(), out)?,
        ValueKind::Number if value.is_integer() => write_string(&value.to_string(), out)?,
        ValueKind::Undefined | ValueKind::Invalid => write(value, 0, out)?,
        kind => {
            let found = match kind {
                ValueKind::Number => format!("the number {value}"),
                kind => format!("a {kind}"),
            };
            return Err(refusal(format!("gives {found}, expected a string or a whole number")));
        }
    }
    Ok(())
}

/// Whether a filter keeps the row.
pub fn kept(value: &Value) -> Result<bool, Error> {
    match value.kind() {
        ValueKind::Bool => Ok(value.is_true()),
        ValueKind::Undefined | ValueKind::Invalid => {
            write(value, 0, &mut Vec::new()).map(|()| false)
        }
        kind => Err(refusal(format!("gives a {kind}, expected true or false"))),
    }
}
