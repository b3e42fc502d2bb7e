//! Filters for numbers, JSON and lines; and what is said of a value of another kind.
use super::budget::{refusal, spend};
use super::row;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, Value};

pub fn found(value: &Value) -> String {
    match value.kind() {
        ValueKind::None => "null".into(),
        ValueKind::Undefined => "undefined".into(),
        ValueKind::Seq | ValueKind::Iterable => "a list".into(),
        ValueKind::Map => "an object".into(),
        kind => format!("a {kind}"),
    }
}

pub fn string<'a>(value: &'a Value, of: &str) -> Result<&'a str, Error> {
    value
        .as_str()
        .ok_or_else(|| refusal(format!("found {} in {of}, expected a string", found(value))))
}

pub fn items(value: &Value, of: &str) -> Result<Vec<Value>, Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            spend(24 * value.len().unwrap_or(0))?;
            Ok(value.try_iter()?.collect())
        }
        ValueKind::None => Ok(Vec::new()),
        _ => Err(refusal(format!("found {} in {of}, expected a list", found(value)))),
    }
}

fn parse_json(text: Value) -> Result<Value, Error> {
    if text.is_none() {
        return Ok(text);
    }
    let text = string(&text, "parse_json")?;
    spend(8 * text.len())?;
    row::value(text).map_err(refusal)
}

// What stands in data for a number that nobody gave.
const NO_NUMBER: [&str; 7] = ["", "n/a", "na", "nan", "none", "null", "-"];

/// The number that a text spells, as JSON has numbers.
pub fn number_of(text: &str) -> Option<Value> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text.strip_prefix('+').unwrap_or(text));
    let is_spelled = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    if !is_spelled {
        return None;
    }
    match text.parse::<i128>() {
        Ok(whole) => Some(Value::from(whole)),
        Err(_) => text.parse::<f64>().ok().filter(|n| n.is_finite()).map(Value::from),
    }
}

/// Numbers, also those in strings; null for what is none, of lists each.
fn number(value: Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::None => Ok(value),
        ValueKind::Bool => Ok(Value::from(i64::from(value.is_true()))),
        ValueKind::Number => match f64::try_from(value.clone()) {
            Ok(float) if float.is_nan() => Ok(Value::from(())),
            _ => Ok(value),
        },
        ValueKind::Seq | ValueKind::Iterable => {
            let all = items(&value, "number")?.into_iter().map(number);
            Ok(Value::from(all.collect::<Result<Vec<_>, Error>>()?))
        }
        _ => {
            let text = string(&value, "number")?;
            if NO_NUMBER.contains(&text.trim().to_lowercase().as_str()) {
                return Ok(Value::from(()));
            }
            number_of(text)
                .ok_or_else(|| refusal(format!("found {text:?} in number, expected a number")))
        }
    }
}

/// `int` and `float`: a default is taken only where one is given, and null stays null.
fn converted(
    value: Value,
    default: Option<Value>,
    name: &str,
    whole: bool,
) -> Result<Value, Error> {
    let read = match value.kind() {
        ValueKind::None if default.is_none() => return Ok(value),
        ValueKind::Bool => Some(Value::from(i64::from(value.is_true()))),
        ValueKind::Number => Some(value.clone()),
        ValueKind::String => number_of(value.as_str().unwrap_or_default()),
        _ => None,
    };
    let Some(read) = read else {
        return default.ok_or_else(|| {
            let text = value.as_str().map_or(found(&value), |text| format!("{text:?}"));
            refusal(format!(
                "found {text} in {name}, expected a number; {name}(0) gives what stands for others"
            ))
        });
    };
    match (whole, read.is_integer()) {
        (true, true) => Ok(read),
        (false, _) => f64::try_from(read).map(Value::from),
        (true, false) => match f64::try_from(read)?.trunc() {
            number if number.abs() < 1e38 => Ok(Value::from(number as i128)),
            number => Err(refusal(format!(
                "found {number} in int, expected a number of at most 128 bits"
            ))),
        },
    }
}

/// What is not empty, a line each.
fn lines(list: Value) -> Result<Value, Error> {
    let mut text = String::new();
    for item in items(&list, "lines")? {
        if item.is_none() || item.as_str() == Some("") {
            continue;
        }
        let line = string(&item, "lines")?;
        spend(line.len() + 1)?;
        text.push_str(if text.is_empty() { "" } else { "\n" });
        text.push_str(line);
    }
    Ok(Value::from(text))
}

pub fn add(environment: &mut Environment) {
    environment.add_filter("parse_json", parse_json);
    environment.add_filter("number", number);
    environment.add_filter("int", |value: Value, default: Option<Value>| {
        converted(value, default, "int", true)
    });
    environment.add_filter("float", |value: Value, default: Option<Value>| {
        converted(value, default, "float", false)
    });
    environment.add_filter("lines", lines);
}
