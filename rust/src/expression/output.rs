//! What an expression gives, as JSON text.
use super::budget::{refusal, spend};
use minijinja::value::ValueKind;
use minijinja::{Error, Value};

const MAX_DEPTH: usize = 60; // one less than rows may have, with a member around it

fn write_string(text: &str, out: &mut String) -> Result<(), Error> {
    let json = serde_json::to_string(text).map_err(|e| refusal(e.to_string()))?;
    spend(json.len())?;
    out.push_str(&json);
    Ok(())
}

fn write_number(value: &Value, out: &mut String) -> Result<(), Error> {
    if value.is_integer() {
        out.push_str(&value.to_string());
        return Ok(());
    }
    let number = f64::try_from(value.clone())?;
    if !number.is_finite() {
        return Err(refusal(format!("gives {number}, expected a finite number")));
    }
    out.push_str(&serde_json::to_string(&number).map_err(|e| refusal(e.to_string()))?);
    Ok(())
}

pub fn write(value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
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
        ValueKind::None => out.push_str("null"),
        ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number => write_number(value, out)?,
        ValueKind::String => write_string(value.as_str().unwrap_or_default(), out)?,
        ValueKind::Seq | ValueKind::Iterable => {
            out.push('[');
            for (i, item) in value.try_iter()?.enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                write(&item, depth + 1, out)?;
            }
            out.push(']');
        }
        ValueKind::Map => {
            out.push('{');
            for (i, key) in value.try_iter()?.enumerate() {
                let name = key
                    .as_str()
                    .ok_or_else(|| refusal("gives an object whose keys are no strings"))?;
                out.push_str(if i > 0 { "," } else { "" });
                write_string(name, out)?;
                out.push(':');
                write(&value.get_item(&key)?, depth + 1, out)?;
            }
            out.push('}');
        }
        // An error that was kept as a value.
        ValueKind::Invalid => return Err(refusal(value.to_string())),
        kind => return Err(refusal(format!("gives {kind}, expected a value of JSON"))),
    }
    Ok(())
}

/// The name of a row: a string, or an integer, as text. A float would not be what the file says.
pub fn write_name(value: &Value, out: &mut String) -> Result<(), Error> {
    match value.kind() {
        ValueKind::None => out.push_str("null"),
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
            write(value, 0, &mut String::new()).map(|()| false)
        }
        kind => Err(refusal(format!("gives a {kind}, expected true or false"))),
    }
}
