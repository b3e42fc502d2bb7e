//! Python's string methods where pycompat lacks them or treats white space in another way.
use crate::{filters, objects};
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};
use minijinja_contrib::pycompat;

/// str.isspace: Unicode's white space and the four separators of ASCII.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
    Both,
}

fn strip(text: &str, characters: Option<&Value>, side: Side) -> String {
    let set = characters.and_then(|v| v.as_str().map(str::to_owned));
    let outside = |c: char| set.as_ref().map_or(is_space(c), |set| set.contains(c));
    match side {
        Side::Left => text.trim_start_matches(outside),
        Side::Right => text.trim_end_matches(outside),
        Side::Both => text.trim_matches(outside),
    }
    .to_string()
}

/// The filter: soft_str(value).strip(characters).
pub fn trim(value: &Value, characters: Option<Value>) -> Result<String, Error> {
    let text = crate::python::text(value)?;
    Ok(strip(&text, characters.as_ref(), Side::Both))
}

fn split_at_spaces(text: &str, limit: Option<usize>) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        if limit == Some(parts.len()) {
            parts.push(rest.to_string());
            break;
        }
        let end = rest.find(is_space).unwrap_or(rest.len());
        parts.push(rest[..end].to_string());
        rest = rest[end..].trim_start_matches(is_space);
    }
    parts
}

fn reversed(parts: Vec<String>) -> Vec<String> {
    parts.into_iter().rev().map(|part| part.chars().rev().collect()).collect()
}

fn split(text: &str, separator: Option<&str>, limit: Option<usize>, right: bool) -> Vec<String> {
    match (separator, limit, right) {
        (None, limit, false) => split_at_spaces(text, limit),
        (None, limit, true) => {
            let backwards: String = text.chars().rev().collect();
            reversed(split_at_spaces(&backwards, limit))
        }
        (Some(s), None, _) => text.split(s).map(str::to_owned).collect(),
        (Some(s), Some(n), false) => text.splitn(n + 1, s).map(str::to_owned).collect(),
        (Some(s), Some(n), true) => {
            let mut parts: Vec<_> = text.rsplitn(n + 1, s).map(str::to_owned).collect();
            parts.reverse();
            parts
        }
    }
}

/// str.title: a letter after a letter is small, any other letter is large.
fn title(text: &str) -> Result<String, Error> {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.push(title_letter(c)?);
        }
        inside = c.is_alphabetic();
    }
    Ok(out)
}

/// The filter title: words begin after white space, hyphens and opening brackets only.
pub fn title_filter(text: String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        inside = !(is_space(c) || matches!(c, '-' | '(' | '{' | '[' | '<'));
    }
    out
}

fn three(parts: [&str; 3]) -> Value {
    objects::tuple(parts.map(Value::from).to_vec())
}

/// str.splitlines: at every line end of Unicode, and at none after the last.
pub fn split_lines(text: &str, keep_ends: bool) -> Vec<&str> {
    let is_end = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let size = rest.find(is_end).unwrap_or(rest.len());
        let end = match rest[size..].chars().next() {
            Some('\r') if rest[size..].starts_with("\r\n") => 2,
            Some(c) => c.len_utf8(),
            None => 0,
        };
        lines.push(&rest[..if keep_ends { size + end } else { size }]);
        rest = &rest[size + end..];
    }
    lines
}

fn split_lines_method(text: &str, arguments: &[Value]) -> Result<Value, Error> {
    let keeps = match arguments.last().filter(|v| v.is_kwargs()) {
        Some(named) => named.get_attr("keepends")?.is_true(),
        None => argument(arguments, 0).is_some_and(Value::is_true),
    };
    let lines = split_lines(text, keeps).into_iter().map(str::to_owned);
    Ok(Value::from(lines.collect::<Vec<_>>()))
}

/// What Python's tables make of a letter at the start of a word, where that is its capital in Rust too.
fn title_letter(c: char) -> Result<char, Error> {
    let is_digraph =
        matches!(c, '\u{1c4}'..='\u{1cc}' | '\u{1f1}'..='\u{1f3}' | '\u{10d0}'..='\u{10ff}');
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) if !is_digraph => Ok(one),
        _ => Err(refused(&format!("the letter {c:?} at the start of a word"))),
    }
}

fn refused(found: &str) -> Error {
    let text = format!("found {found}, which laurel cannot change as Python does");
    Error::new(ErrorKind::InvalidOperation, text)
}

/// str.capitalize, the first letter as in a title.
pub fn capitalize(text: &str) -> Result<String, Error> {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return Ok(String::new()) };
    // The whole in small letters, so that a sigma at its end is a final one.
    let small = text.to_lowercase();
    let rest = &small[first.to_lowercase().map(char::len_utf8).sum::<usize>()..];
    Ok(format!("{}{rest}", title_letter(first)?))
}

fn is_cased(text: &str, is: fn(char) -> bool, is_other: fn(char) -> bool) -> bool {
    let is_title = |c: char| matches!(c, '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}');
    text.chars().any(is) && !text.chars().any(|c| is_other(c) || is_title(c))
}

/// By characters; the part of it that templates use, without a range.
fn position(text: &str, arguments: &[Value], right: bool) -> Result<Value, Error> {
    let wanted = required(arguments, 0)?;
    if arguments.len() > 1 {
        return Err(refused("a range in find or rfind"));
    }
    let at = if right { text.rfind(wanted) } else { text.find(wanted) };
    Ok(Value::from(at.map_or(-1, |at| text[..at].chars().count() as i64)))
}

fn partition(text: &str, separator: &str, right: bool) -> Value {
    let at = if right { text.rfind(separator) } else { text.find(separator) };
    match at {
        Some(at) => three([&text[..at], separator, &text[at + separator.len()..]]),
        None if right => three(["", "", text]),
        None => three([text, "", ""]),
    }
}

fn argument(arguments: &[Value], at: usize) -> Option<&Value> {
    arguments.get(at).filter(|value| !value.is_none() && !value.is_kwargs())
}

fn required(arguments: &[Value], at: usize) -> Result<&str, Error> {
    argument(arguments, at)
        .and_then(|value| value.as_str())
        .ok_or_else(|| Error::new(ErrorKind::MissingArgument, "expected a string"))
}

fn split_method(text: &str, arguments: &[Value], right: bool) -> Result<Value, Error> {
    let named = arguments.last().filter(|v| v.is_kwargs()).cloned();
    let named = match named {
        Some(named) => Kwargs::try_from(named)?,
        None => Kwargs::from_iter(std::iter::empty::<(&str, Value)>()),
    };
    let separator = match argument(arguments, 0) {
        Some(value) => Some(value.clone()),
        None => named.get::<Option<Value>>("sep")?.filter(|value| !value.is_none()),
    };
    let limit = match argument(arguments, 1) {
        Some(value) => Some(i64::try_from(value.clone())?),
        None => named.get::<Option<i64>>("maxsplit")?,
    };
    let limit = limit.and_then(|n| usize::try_from(n).ok());
    let separator = separator.as_ref().and_then(|value| value.as_str());
    if separator == Some("") {
        return Err(Error::new(ErrorKind::InvalidOperation, "empty separator"));
    }
    Ok(Value::from(split(text, separator, limit, right)))
}

fn method(text: &str, name: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let strip = |side| Value::from(strip(text, argument(arguments, 0), side));
    Ok(Some(match name {
        "strip" => strip(Side::Both),
        "lstrip" => strip(Side::Left),
        "rstrip" => strip(Side::Right),
        "split" => split_method(text, arguments, false)?,
        "rsplit" => split_method(text, arguments, true)?,
        "title" => Value::from(title(text)?),
        "capitalize" => Value::from(capitalize(text)?),
        "splitlines" => split_lines_method(text, arguments)?,
        "find" => position(text, arguments, false)?,
        "rfind" => position(text, arguments, true)?,
        "isupper" => Value::from(is_cased(text, char::is_uppercase, char::is_lowercase)),
        "islower" => Value::from(is_cased(text, char::is_lowercase, char::is_uppercase)),
        "partition" => partition(text, required(arguments, 0)?, false),
        "rpartition" => partition(text, required(arguments, 0)?, true),
        "removeprefix" => {
            let prefix = required(arguments, 0)?;
            Value::from(text.strip_prefix(prefix).unwrap_or(text))
        }
        "removesuffix" => {
            let suffix = required(arguments, 0)?;
            Value::from(text.strip_suffix(suffix).unwrap_or(text))
        }
        "isspace" => Value::from(!text.is_empty() && text.chars().all(is_space)),
        "casefold" if text.is_ascii() => Value::from(text.to_lowercase()),
        "casefold" => return Err(refused("other letters than ASCII in casefold")),
        _ => return Ok(None),
    }))
}

pub fn call(state: &State, value: &Value, name: &str, arguments: &[Value]) -> Result<Value, Error> {
    if value.kind() == ValueKind::String {
        let text = value.as_str().unwrap_or_default();
        if let Some(result) = method(text, name, arguments)? {
            return Ok(result);
        }
        filters::refuse_method(text, name, arguments)?;
    }
    if value.kind() == ValueKind::Map && arguments.is_empty() {
        if let Some(result) = objects::view(value, name)? {
            return Ok(result);
        }
    }
    pycompat::unknown_method_callback(state, value, name, arguments)
}
