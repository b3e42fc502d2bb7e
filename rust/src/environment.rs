//! The environment of chat templates: where transformers' differs from minijinja's.
use crate::date::Date;
use crate::json_dump::tojson;
use crate::template::Stop;
use crate::{filters, python, strings};
use minijinja::value::ValueKind;
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

/// The filter `int`: what cannot be read gives the default.
fn int(value: Value, default: Option<i64>) -> i64 {
    let default = default.unwrap_or(0);
    match value.as_str().map(str::trim) {
        Some(text) => text
            .parse()
            .or_else(|_| text.parse::<f64>().map(|number| number.trunc() as i64))
            .unwrap_or(default),
        None => i64::try_from(value.clone())
            .or_else(|_| f64::try_from(value).map(|number| number.trunc() as i64))
            .unwrap_or(default),
    }
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
