//! Values that filters and methods would write as text: Python's words for what is none, `None` and
//! `['a', 'b']`, are nothing to train on.
use super::attributes::{items_of, refuse_null_list, required};
use super::budget::{refusal, refuse_undefined};
use super::helpers::found;
use minijinja::value::{from_args, Kwargs, ValueKind};
use minijinja::{Error, Value};

fn refuse_null(value: &Value, place: &str) -> Result<(), Error> {
    refuse_undefined(value)?;
    match value.is_none() {
        true => Err(refusal(format!(
            "found null {place}, expected text; (x or '') is '' where x is null"
        ))),
        false => Ok(()),
    }
}

/// `place`: as `beside ~`, or `in join`.
pub fn refuse(value: &Value, place: &str) -> Result<(), Error> {
    refuse_null(value, place)?;
    let advice = match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => "`join` makes a text of a list",
        ValueKind::Map => "`tojson` makes a text of an object",
        ValueKind::Invalid => return Err(refusal(value.to_string())),
        _ => return Ok(()),
    };
    Err(refusal(format!("found {} {place}, expected text or a number; {advice}", found(value))))
}

/// Arguments of a format, by place or by name.
fn refuse_each(arguments: &[Value], place: &str) -> Result<(), Error> {
    for value in arguments {
        if value.is_kwargs() {
            value.try_iter()?.try_for_each(|name| refuse(&value.get_item(&name)?, place))?;
        } else {
            refuse(value, place)?;
        }
    }
    Ok(())
}

fn check_join(arguments: &[Value]) -> Result<(), Error> {
    let (given, named): (&[Value], Kwargs) = from_args(arguments)?;
    let Some((list, separators)) = given.split_first() else { return Ok(()) };
    refuse_each(separators, "between the items of join")?;
    let attribute = named.get::<Option<Value>>("attribute")?;
    for item in items_of(list, "join")? {
        let item = match &attribute {
            Some(name) => required(&item, name, "join")?,
            None => item,
        };
        if item.is_none() {
            return Err(refusal(
                "found null in join, expected text; (x or '') is '' where x is null, and \
                 `[x, y] | lines` leaves it out",
            ));
        }
        refuse(&item, "in join")?;
    }
    Ok(())
}

/// What the filter would write or walk through.
pub fn check(name: &str, arguments: &[Value]) -> Result<(), Error> {
    let Some(first) = arguments.first() else { return Ok(()) };
    match name {
        "capitalize" | "e" | "escape" | "indent" | "lower" | "safe" | "split" | "title"
        | "trim" | "upper" => refuse(first, &format!("in {name}")),
        "string" => refuse_null(first, "in string"),
        "format" => refuse_each(&arguments[1..], "in format"),
        "join" => check_join(arguments),
        "batch" | "list" | "reverse" | "slice" => refuse_null_list(first, name),
        "chain" | "zip" => arguments.iter().try_for_each(|list| refuse_null_list(list, name)),
        "items" if first.kind() != ValueKind::Map => {
            Err(refusal(format!("found {} in items, expected an object", found(first))))
        }
        _ => Ok(()),
    }
}

/// The methods of a string that write other values.
pub fn check_method(value: &Value, name: &str, arguments: &[Value]) -> Result<(), Error> {
    match (value.kind(), name, arguments.first()) {
        (ValueKind::String, "format", _) => refuse_each(arguments, "in format"),
        (ValueKind::String, "join", Some(list)) => {
            items_of(list, "join")?.iter().try_for_each(|item| refuse(item, "in join"))
        }
        _ => Ok(()),
    }
}
