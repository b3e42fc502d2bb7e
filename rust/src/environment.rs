//! The environment of chat templates: where transformers' differs from minijinja's.
use crate::date::Date;
use crate::json_dump::tojson;
use crate::template::Stop;
use crate::{filters, objects, python, strings};
use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, Value};

fn format_value(out: &mut Output, _: &State, value: &Value) -> Result<(), Error> {
    out.write_str(&python::text(value)?).map_err(Error::from)
}

fn string(value: Value) -> Result<String, Error> {
    python::text(&value)
}

fn raise_exception(message: Value) -> Result<Value, Error> {
    Err(Stop::Raised(string(message)?).into())
}

/// Python's len() and [] work on it.
fn is_sequence(value: Value) -> bool {
    use ValueKind::{Map, Seq, String, Undefined};
    matches!(value.kind(), Map | Seq | String | Undefined)
}

/// Python counts bool among the numbers.
fn is_number(value: Value) -> bool {
    matches!(value.kind(), ValueKind::Number | ValueKind::Bool)
}

fn is_callable(value: Value) -> bool {
    value.kind() == ValueKind::Plain && !value.is_undefined()
}

/// Python's digits may have one underscore between two.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit =
        |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let misplaced =
        |(at, _): (usize, &str)| !is_digit(at.checked_sub(1)) || !is_digit(Some(at + 1));
    let found = text.match_indices('_').any(misplaced);
    (!found).then(|| text.replace('_', ""))
}

fn truncated(number: f64, default: i64) -> Result<Value, Error> {
    match number.trunc() {
        whole if whole.abs() < 9e15 => Ok(Value::from(whole as i64)),
        whole if whole.is_nan() => Ok(Value::from(default)),
        whole => Err(too_large(whole)),
    }
}

fn too_large(found: impl std::fmt::Display) -> Error {
    let text = format!("found {found} in int, expected a number of at most 64 bits");
    Error::new(ErrorKind::InvalidOperation, text)
}

/// The filter `int`: what cannot be read gives the default.
fn int(value: Value, default: Option<i64>) -> Result<Value, Error> {
    let default = default.unwrap_or(0);
    let Some(text) = value.as_str() else {
        return match (i64::try_from(value.clone()), f64::try_from(value.clone())) {
            (Ok(number), _) => Ok(Value::from(number)),
            (_, Ok(number)) => truncated(number, default),
            _ => Ok(Value::from(default)),
        };
    };
    if text.chars().any(|c| !c.is_ascii() && c.is_numeric()) {
        let found = format!("found the digits {text:?} in int, expected those of ASCII");
        return Err(Error::new(ErrorKind::InvalidOperation, found));
    }
    let text = strings::trim(&value, None)?;
    let Some(text) = without_underscores(&text) else { return Ok(Value::from(default)) };
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse::<i64>().map(Value::from).map_err(|_| too_large(text));
    }
    // What Rust reads and Python does not, "infinity" apart, ends here.
    text.parse::<f64>().map_or(Ok(Value::from(default)), |number| truncated(number, default))
}

/// The filter `round` with Python's round(): half to even, of the exact value.
fn round(value: Value, precision: Option<usize>) -> Result<Value, Error> {
    if value.is_integer() {
        return Ok(value);
    }
    let precision = precision.unwrap_or(0).min(300);
    let number = f64::try_from(value)?;
    format!("{number:.precision$}")
        .parse::<f64>()
        .map(Value::from)
        .map_err(|e| Error::new(ErrorKind::InvalidOperation, e.to_string()))
}

/// As markupsafe writes it.
fn escape(value: Value) -> Result<String, Error> {
    let mut out = String::new();
    for c in string(value)?.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            c => out.push(c),
        }
    }
    Ok(out)
}

/// The filter `indent`: lines end as str.splitlines has it, and with \\n afterwards.
fn indent(value: Value, arguments: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let option = |at: usize, name: &str| -> Result<Option<Value>, Error> {
        match arguments.get(at) {
            Some(value) => Ok(Some(value.clone())),
            None => named.get::<Option<Value>>(name),
        }
    };
    let width = option(0, "width")?.unwrap_or(Value::from(4));
    let (first, blank) = (option(1, "first")?, option(2, "blank")?);
    named.assert_all_used()?;
    filters::refuse_width(&width)?;
    let indent = match width.as_str() {
        Some(text) => text.to_string(),
        None => " ".repeat(i64::try_from(width)?.max(0) as usize),
    };
    let text = string(value)? + "\n";
    let mut out = if first.is_some_and(|v| v.is_true()) { indent.clone() } else { String::new() };
    let blank = blank.is_some_and(|v| v.is_true());
    for (i, line) in strings::split_lines(&text, false).into_iter().enumerate() {
        out.push_str(if i > 0 { "\n" } else { "" });
        out.push_str(if i > 0 && (blank || !line.is_empty()) { &indent } else { "" });
        out.push_str(line);
    }
    Ok(out)
}

/// Without what Jinja lacks, and without pprint, which minijinja writes in Rust's way.
fn remove_non_jinja(environment: &mut Environment) {
    environment.remove_filter("pprint");
    environment.remove_global("debug");
    environment.remove_test("startingwith");
    environment.remove_test("endingwith");
}

pub fn environment(date: Option<Date>) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(format_value);
    environment.set_unknown_method_callback(strings::call);
    remove_non_jinja(&mut environment);
    filters::guard(&mut environment);
    environment.add_filter("tojson", tojson);
    environment.add_filter("string", string);
    environment.add_filter("title", |value: Value| string(value).map(strings::title_filter));
    environment.add_filter("trim", |value: Value, characters: Option<Value>| {
        strings::trim(&value, characters)
    });
    environment.add_filter("int", int);
    environment.add_filter("round", round);
    environment.add_filter("escape", escape);
    environment.add_filter("e", escape);
    environment.add_filter("indent", indent);
    environment.add_filter("capitalize", |value: Value| strings::capitalize(&string(value)?));
    objects::add(&mut environment);
    environment.add_test("number", is_number);
    environment.add_test("callable", is_callable);
    environment.add_test("sequence", is_sequence);
    environment.add_test("iterable", |v: Value| is_sequence(v.clone()) || v.try_iter().is_ok());
    environment.add_function("raise_exception", raise_exception);
    environment.add_function("strftime_now", move |format: Value| match date {
        None => Err(Error::from(Stop::DateMissing)),
        Some(date) => {
            date.format(&string(format)?).map_err(|e| Error::new(ErrorKind::InvalidOperation, e))
        }
    });
    environment
}
