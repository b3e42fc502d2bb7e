//! Attributes that filters ask items for. One that an item lacks is undefined, and minijinja goes on:
//! a name with a slip would leave a list in its order, or pick nothing from it.
use super::budget::{refusal, refuse_undefined};
use super::comparisons::refuse_as_true;
use super::helpers::found;
use minijinja::value::{from_args, Kwargs, Rest, ValueKind};
use minijinja::{Environment, Error, State, Value};

/// The items of a list, or an object's keys. minijinja takes null for an empty list.
pub fn items_of(list: &Value, of: &str) -> Result<Vec<Value>, Error> {
    refuse_undefined(list)?;
    match list.kind() {
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => Ok(list.try_iter()?.collect()),
        ValueKind::None => refuse_null_list(list, of).map(|()| Vec::new()),
        _ => Err(refusal(format!("found {} in {of}, expected a list", found(list)))),
    }
}

pub fn refuse_null_list(list: &Value, of: &str) -> Result<(), Error> {
    match list.is_none() {
        true => Err(refusal(format!(
            "found null in {of}, expected a list; (x or []) is empty where x is null"
        ))),
        false => Ok(()),
    }
}

/// A path as minijinja reads it: `a`, `a.b` or `a.0`; undefined where the item lacks it.
pub fn get(item: &Value, attribute: &Value) -> Result<Value, Error> {
    let Some(path) = attribute.as_str() else { return item.get_item(attribute) };
    let mut value = item.clone();
    for part in path.split('.') {
        if value.is_undefined() {
            break;
        }
        value = match part.parse::<usize>() {
            Ok(at) => value.get_item_by_index(at)?,
            Err(_) => value.get_attr(part)?,
        };
    }
    Ok(value)
}

pub fn required(item: &Value, attribute: &Value, of: &str) -> Result<Value, Error> {
    let value = get(item, attribute)?;
    if !value.is_undefined() {
        return Ok(value);
    }
    let name = attribute.as_str().map_or(attribute.to_string(), str::to_string);
    Err(refusal(format!(
        "found {} without {name:?} in {of}, where it is undefined, expected it in every item; \
         selectattr('{name}', 'defined') leaves the others out",
        found(item)
    )))
}

/// `map(attribute=...)` without a default.
pub fn check_map(list: &Value, arguments: &[Value]) -> Result<(), Error> {
    refuse_null_list(list, "map")?;
    let (_, named): (&[Value], Kwargs) = from_args(arguments)?;
    if named.has("default") {
        return Ok(());
    }
    let Some(attribute) = named.get::<Option<Value>>("attribute")? else { return Ok(()) };
    items_of(list, "map")?.iter().try_for_each(|item| required(item, &attribute, "map").map(|_| ()))
}

/// `selectattr` and `rejectattr` ask for an attribute first, `select` and `reject` do not.
#[derive(Clone, Copy)]
struct Choice {
    name: &'static str,
    by_attribute: bool,
    keeps: bool,
}

impl Choice {
    fn test<'a>(&self, name: &'a Value) -> Result<&'a str, Error> {
        name.as_str().ok_or_else(|| {
            let (found, of) = (found(name), self.name);
            refusal(format!("found {found} as a test in {of}, expected its name"))
        })
    }

    /// Where a text would count as true.
    fn advice(&self) -> &'static str {
        match self.by_attribute {
            true => {
                "a test: selectattr('x', 'ne', '') drops empty texts, selectattr('x', 'eq', 'True') \
                 keeps what is true"
            }
            false => {
                "a test: `| lines`, or reject('eq', ''), drops empty texts, select('eq', 'True') \
                 keeps what is true"
            }
        }
    }
}

/// What tests of an attribute may be asked about that an item lacks.
fn asks_for_presence(test: Option<&str>) -> bool {
    matches!(test, Some("defined" | "undefined" | "none"))
}

fn chosen(state: &State, choice: Choice, list: Value, arguments: &[Value]) -> Result<Value, Error> {
    let (attribute, arguments) = match arguments.split_first() {
        Some((attribute, rest)) if choice.by_attribute => (Some(attribute), rest),
        None if choice.by_attribute => {
            let name = choice.name;
            return Err(refusal(format!("{name} lacks an attribute, expected {name}('name')")));
        }
        _ => (None, arguments),
    };
    let test = arguments.first().map(|name| choice.test(name)).transpose()?;
    let mut made = Vec::new();
    for item in items_of(&list, choice.name)? {
        let value = match attribute {
            Some(name) if asks_for_presence(test) => get(&item, name)?,
            Some(name) => required(&item, name, choice.name)?,
            None => item.clone(),
        };
        let passes = match test {
            Some(name) => {
                let all: Vec<_> = [value].into_iter().chain(arguments[1..].to_vec()).collect();
                state.perform_test(name, &all)?
            }
            None => {
                refuse_undefined(&value)?;
                refuse_as_true(&value, choice.advice())?;
                value.is_true()
            }
        };
        if passes == choice.keeps {
            made.push(item);
        }
    }
    Ok(Value::from(made))
}

pub fn add(environment: &mut Environment<'static>) {
    for (name, by_attribute, keeps) in [
        ("select", false, true),
        ("reject", false, false),
        ("selectattr", true, true),
        ("rejectattr", true, false),
    ] {
        let choice = Choice { name, by_attribute, keeps };
        environment.add_filter(name, move |state: &State, list: Value, given: Rest<Value>| {
            chosen(state, choice, list, &given)
        });
    }
}
