//! What one evaluation may allocate in all: fuel counts steps, and one step can make any number of bytes.
use super::{attributes, comparisons, texts};
use minijinja::value::{Rest, ValueKind};
use minijinja::{filters, Environment, Error, ErrorKind, State, Value};
use std::cell::Cell;
use std::sync::Arc;

// Several times the longest row. Tests do not wait until the most is made.
pub const MAX_BYTES: usize = if cfg!(test) { 1 << 22 } else { 256 << 20 };
pub const ITEM_BYTES: usize = 24; // of a list, whatever stands in it

thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

pub fn start() {
    LEFT.set(MAX_BYTES);
}

pub fn refusal(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, text.into())
}

pub fn spend(bytes: usize) -> Result<(), Error> {
    match LEFT.get().checked_sub(bytes) {
        Some(left) => LEFT.set(left),
        None => return Err(refusal(format!("makes more than {MAX_BYTES} bytes of values"))),
    }
    Ok(())
}

/// Of a text or a list: bytes, or what its items take. A lazy list is walked to its end, or to the
/// end of the budget: it may say any length.
fn spend_value(value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::String => spend(value.as_str().map_or(0, str::len)),
        ValueKind::Seq => spend(value.len().unwrap_or(0).saturating_mul(ITEM_BYTES)),
        ValueKind::Iterable => value.try_iter()?.try_for_each(|_| spend(ITEM_BYTES)),
        _ => Ok(()),
    }
}

fn length_of(value: &Value) -> usize {
    value.as_str().map_or_else(|| value.len().unwrap_or(0), str::len)
}

pub fn refuse_undefined(value: &Value) -> Result<(), Error> {
    match value.is_undefined() {
        true => Err(Error::from(ErrorKind::UndefinedError)),
        false => Ok(()),
    }
}

/// The operator `*`. Texts and lists are repeated here, where the size is known before they are made.
fn multiply(a: &Value, b: &Value) -> Result<Value, Error> {
    let is_number = |value: &Value| matches!(value.kind(), ValueKind::Number | ValueKind::Bool);
    let (repeated, count) = if is_number(a) { (b, a) } else { (a, b) };
    let times = i64::try_from(count.clone()).map(|n| n.max(0) as usize);
    match (repeated.kind(), times) {
        (ValueKind::String, Ok(times)) => {
            spend(length_of(repeated).saturating_mul(times))?;
            Ok(Value::from(repeated.as_str().unwrap_or_default().repeat(times)))
        }
        (ValueKind::Seq | ValueKind::Iterable, Ok(times)) => {
            let items: Vec<Value> = repeated.try_iter()?.collect();
            spend(items.len().saturating_mul(ITEM_BYTES).saturating_mul(times))?;
            let all = (0..times).flat_map(|_| items.iter().cloned());
            Ok(Value::from(all.collect::<Vec<Value>>()))
        }
        _ => numbers(a, b),
    }
}

fn numbers(a: &Value, b: &Value) -> Result<Value, Error> {
    let is_whole = |value: &Value| value.is_integer() || value.kind() == ValueKind::Bool;
    if is_whole(a) && is_whole(b) {
        let (a, b) = (i128::try_from(a.clone())?, i128::try_from(b.clone())?);
        let product = a.checked_mul(b);
        return product.map(Value::from).ok_or_else(|| refusal(format!("{a} * {b} is too large")));
    }
    match (f64::try_from(a.clone()), f64::try_from(b.clone())) {
        (Ok(a), Ok(b)) => Ok(Value::from(a * b)),
        _ => Err(refusal(format!("cannot multiply {} with {}", a.kind(), b.kind()))),
    }
}

/// The operator `~`.
fn concatenate(a: &Value, b: &Value) -> Result<Value, Error> {
    texts::refuse(a, "beside ~")?;
    texts::refuse(b, "beside ~")?;
    let mut text = String::new();
    crate::python::write(a, false, &mut text)?;
    crate::python::write(b, false, &mut text)?;
    spend(text.len())?;
    Ok(Value::from(text))
}

// Those that make texts or lists; minijinja's other filters give numbers, or what they were given.
const MAKERS: [&str; 31] = [
    "batch",
    "capitalize",
    "chain",
    "dictsort",
    "e",
    "escape",
    "format",
    "groupby",
    "indent",
    "items",
    "join",
    "list",
    "lower",
    "reject",
    "rejectattr",
    "reverse",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "urlencode",
    "zip",
    "attr",
];

/// Filters that make texts or lists spend what they made. `base` is the environment without that.
pub fn add(environment: &mut Environment, base: Arc<Environment<'static>>) {
    environment.add_filter("__mul__", |a: Value, b: Value| {
        refuse_undefined(&a)?;
        refuse_undefined(&b)?;
        multiply(&a, &b)
    });
    environment.add_filter("__concat__", |a: Value, b: Value| concatenate(&a, &b));
    environment.add_filter("replace", |text: Value, from: Value, to: Value| {
        let string = |value: &Value| {
            texts::refuse(value, "in replace").and_then(|()| crate::python::text(value))
        };
        replaced(&string(&text)?, &string(&from)?, &string(&to)?, None)
    });
    environment.add_filter("map", |state: &State, list: Value, arguments: Rest<Value>| {
        let mut all = vec![list];
        refuse_undefined(&all[0])?;
        spend_value(&all[0])?;
        attributes::check_map(&all[0], &arguments)?;
        all.extend(arguments.iter().cloned());
        let mapped = Value::from_function(filters::map).call(state, &all)?;
        spend_value(&mapped)?;
        Ok::<Value, Error>(mapped)
    });
    for name in MAKERS {
        let base = base.clone();
        environment.add_filter(name, move |arguments: Rest<Value>| {
            if let Some(value) = arguments.first() {
                refuse_undefined(value)?;
                spend_value(value)?;
            }
            texts::check(name, &arguments)?;
            let result = base.empty_state().apply_filter(name, &arguments)?;
            spend_value(&result)?;
            Ok::<Value, Error>(result)
        });
    }
}

/// As many times as `from` occurs, `to`.
pub fn replaced(text: &str, from: &str, to: &str, most: Option<usize>) -> Result<String, Error> {
    let found = match from {
        "" => text.chars().count() + 1,
        _ => text.matches(from).count(),
    };
    let times = found.min(most.unwrap_or(usize::MAX));
    spend(text.len().saturating_add(to.len().saturating_mul(times)))?;
    Ok(text.replacen(from, to, times))
}

const MAX_WIDTH: usize = 4096;

/// Methods of strings whose result may be larger than their text.
pub fn call_method(
    state: &State,
    value: &Value,
    name: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    texts::check_method(value, name, arguments)?;
    comparisons::check_method(value, name, arguments)?;
    let text = value.as_str();
    let argument = |at: usize| arguments.get(at).and_then(|v| v.as_str());
    if let (Some(text), "replace", Some(from), Some(to)) = (text, name, argument(0), argument(1)) {
        let most = match arguments.get(2) {
            Some(count) => usize::try_from(i64::try_from(count.clone())?).ok(),
            None => None,
        };
        return replaced(text, from, to, most).map(Value::from);
    }
    let is_wide = |value: &Value| value.as_usize().is_some_and(|width| width > MAX_WIDTH);
    let pads = matches!(name, "center" | "ljust" | "rjust" | "zfill" | "expandtabs");
    if text.is_some() && pads && arguments.iter().any(is_wide) {
        return Err(refusal(format!("found a width in {name}, expected at most {MAX_WIDTH}")));
    }
    if let (Some(text), "join", Some(list)) = (text, name, arguments.first()) {
        spend(text.len().saturating_mul(list.len().unwrap_or(0)))?;
    }
    let result = crate::strings::call(state, value, name, arguments)?;
    spend_value(&result)?;
    Ok(result)
}
