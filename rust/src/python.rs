//! Python's str() and repr() of values.
use crate::objects::{refuse_method_in_text, Sequence, View};
use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};
use regex::Regex;
use std::sync::LazyLock;

// Tests do not wait until the most is written.
pub const MAX_RENDERED_BYTES: usize = if cfg!(test) { 1 << 20 } else { 256 << 20 };
// Python's own writers stop earlier, and as many calls fit a thread's stack.
const MAX_DEPTH: usize = 4_000;

/// A namespace can contain itself, and a list the same list twice, many times over.
pub fn refuse_too_large(depth: usize, written: &str) -> Result<(), Error> {
    let (what, most) = match () {
        () if depth > MAX_DEPTH => ("levels", MAX_DEPTH),
        () if written.len() > MAX_RENDERED_BYTES => ("bytes", MAX_RENDERED_BYTES),
        () => return Ok(()),
    };
    let text = format!("found a value of more than {most} {what}, expected at most {most}");
    Err(Error::new(ErrorKind::InvalidOperation, text))
}

pub fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        // Rust writes 1e-5 and 1e16, Python 1e-05 and 1e+16.
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(rest) => ('-', rest),
            None => ('+', exponent),
        };
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    format!("{value:?}")
}

/// str.isprintable of one character: neither of a category "other" nor a separator but the space.
fn is_printable(c: char) -> bool {
    static HIDDEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{C}\p{Z}]$").ok());
    let hides = |hidden: &Regex| hidden.is_match(c.encode_utf8(&mut [0; 4]));
    c == ' ' || c.is_ascii_graphic() || !HIDDEN.as_ref().is_some_and(hides)
}

fn escaped(c: char) -> String {
    match c as u32 {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

fn repr_of_string(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if is_printable(c) => out.push(c),
            c => out.push_str(&escaped(c)),
        }
    }
    out.push(quote);
}

pub fn number(value: &Value) -> String {
    if value.is_integer() {
        return value.to_string();
    }
    f64::try_from(value.clone()).map_or_else(|_| value.to_string(), float)
}

/// What str() gives at the top, repr() inside of containers.
pub fn write(value: &Value, inside: bool, out: &mut String) -> Result<(), Error> {
    write_at(0, value, inside, out)
}

/// str(value).
pub fn text(value: &Value) -> Result<String, Error> {
    let mut text = String::new();
    write(value, false, &mut text)?;
    Ok(text)
}

fn write_at(depth: usize, value: &Value, inside: bool, out: &mut String) -> Result<(), Error> {
    refuse_too_large(depth, out)?;
    refuse_method_in_text(value)?;
    if let Some(view) = value.downcast_object_ref::<View>() {
        out.push_str(view.name);
        out.push('(');
        write_at(depth + 1, &Value::from(view.items.clone()), true, out)?;
        out.push(')');
        return Ok(());
    }
    let is_tuple = value.downcast_object_ref::<Sequence>().is_some_and(|made| made.is_tuple);
    match value.kind() {
        ValueKind::String if inside => repr_of_string(value.as_str().unwrap_or_default(), out),
        ValueKind::Undefined if inside => out.push_str("Undefined"),
        ValueKind::Number => out.push_str(&number(value)),
        ValueKind::Seq | ValueKind::Iterable => {
            out.push(if is_tuple { '(' } else { '[' });
            for (i, item) in value.try_iter().into_iter().flatten().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write_at(depth + 1, &item, true, out)?;
            }
            out.push_str(match is_tuple {
                true if value.len() == Some(1) => ",)",
                true => ")",
                false => "]",
            });
        }
        ValueKind::Map => {
            out.push('{');
            for (i, key) in value.try_iter().into_iter().flatten().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write_at(depth + 1, &key, true, out)?;
                out.push_str(": ");
                write_at(depth + 1, &value.get_item(&key).unwrap_or_default(), true, out)?;
            }
            out.push('}');
        }
        _ => out.push_str(&value.to_string()),
    }
    Ok(())
}

#[test]
fn a_value_is_written_up_to_its_limits() {
    let nested = |depth| (0..depth).fold(Value::from(1), |inner, _| Value::from(vec![inner]));
    assert_eq!(text(&nested(MAX_DEPTH)).unwrap().len(), 2 * MAX_DEPTH + 1);
    let message = text(&nested(MAX_DEPTH + 1)).unwrap_err().to_string();
    assert!(message.contains("found a value of more than 4000 levels"), "{message}");
    let doubled = (0..60).fold(Value::from(1), |half, _| Value::from(vec![half.clone(), half]));
    let message = text(&doubled).unwrap_err().to_string();
    assert!(message.contains("found a value of more than 1048576 bytes"), "{message}");
}
