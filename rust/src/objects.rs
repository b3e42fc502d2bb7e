//! Values of Python that minijinja lacks: tuples, views of a dict, methods that are not called.
use crate::python;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Rest, ValueKind};
use minijinja::{filters, Environment, Error, ErrorKind, State, Value};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

const OF_STRINGS: &str = "capitalize casefold center count encode endswith expandtabs find format format_map index \
    isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper \
    join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition \
    rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill";
// Those that change a value are undefined in a sandbox.
const OF_DICTS: &str = "copy fromkeys get items keys values";
const OF_LISTS: &str = "copy count index";

fn holds(names: &str, name: &str) -> bool {
    names.split(' ').any(|each| each == name)
}

pub fn is_method_name(name: &str) -> bool {
    [OF_STRINGS, OF_DICTS, OF_LISTS].iter().any(|names| holds(names, name))
}

fn write_value(value: Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&python::text(&value).map_err(|_| fmt::Error)?)
}

/// A tuple, or a list of a message: written as Python writes it also by minijinja's own operators.
#[derive(Debug)]
pub struct Sequence {
    pub items: Vec<Value>,
    pub is_tuple: bool,
}

impl Object for Sequence {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = match key.as_str() {
            Some("grouper") if self.is_tuple => 0, // of the filter groupby
            Some("list") if self.is_tuple => 1,
            _ => key.as_usize()?,
        };
        self.items.get(at).cloned()
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.items.len())
    }
    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Self>()?;
        Some(self.is_tuple.cmp(&other.is_tuple).then_with(|| self.items.cmp(&other.items)))
    }
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_value(Value::from_dyn_object(self.clone()), f)
    }
}

pub fn tuple(items: Vec<Value>) -> Value {
    Value::from_object(Sequence { items, is_tuple: true })
}

/// A dict of a message.
#[derive(Debug)]
struct Dict {
    members: Vec<(Value, Value)>,
    places: HashMap<String, usize>,
}

impl Object for Dict {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = *self.places.get(key.as_str()?)?;
        self.members.get(at).map(|(_, value)| value.clone())
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.members.iter().map(|(key, _)| key.clone()).collect())
    }
    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.members.len())
    }
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_value(Value::from_dyn_object(self.clone()), f)
    }
}

pub fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Array(items) => {
            let items = items.iter().map(from_json).collect();
            Value::from_object(Sequence { items, is_tuple: false })
        }
        serde_json::Value::Object(object) => Value::from_object(Dict {
            members: object.iter().map(|(key, item)| (Value::from(key), from_json(item))).collect(),
            places: object.keys().cloned().enumerate().map(|(at, key)| (key, at)).collect(),
        }),
        other => Value::from_serialize(other),
    }
}

/// What items(), keys() and values() give.
#[derive(Debug)]
pub struct View {
    pub name: &'static str,
    pub items: Vec<Value>,
}

impl Object for View {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.items.clone())
    }
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_value(Value::from_dyn_object(self.clone()), f)
    }
}

fn pairs(map: &Value) -> Result<Vec<Value>, Error> {
    map.try_iter()?.map(|key| Ok(tuple(vec![key.clone(), map.get_item(&key)?]))).collect()
}

/// The methods items, keys and values of a dict.
pub fn view(map: &Value, name: &str) -> Result<Option<Value>, Error> {
    let (name, items) = match name {
        "items" => ("dict_items", pairs(map)?),
        "keys" => ("dict_keys", map.try_iter()?.collect()),
        "values" => {
            let values = map.try_iter()?.map(|key| map.get_item(&key));
            ("dict_values", values.collect::<Result<_, _>>()?)
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::from_object(View { name, items })))
}

/// A method of a value that is asked for, not called: it is defined, and true.
#[derive(Debug)]
struct Method {
    of: Value,
    name: String,
}

impl Object for Method {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
    fn call(self: &Arc<Self>, state: &State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        self.of.call_method(state, &self.name, arguments)
    }
    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
    fn render(self: &Arc<Self>, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error) // Python would write where it lies in memory
    }
}

/// `value.name`, where a method goes before a key of that name.
fn attribute(value: Value, name: &str) -> Result<Value, Error> {
    let names = match value.kind() {
        ValueKind::String => OF_STRINGS,
        ValueKind::Map => OF_DICTS,
        ValueKind::Seq => OF_LISTS,
        _ => "",
    };
    // An attribute of a namespace is found before a method.
    let is_own = value.kind() == ValueKind::Map
        && value.downcast_object_ref::<Dict>().is_none()
        && !value.get_attr(name)?.is_undefined();
    if holds(names, name) && !is_own {
        return Ok(Value::from_object(Method { of: value, name: name.to_string() }));
    }
    value.get_attr(name)
}

/// `value['name']`, where a key goes before a method of that name.
fn item(value: Value, name: &str) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Map => match value.get_item(&Value::from(name))? {
            missing if missing.is_undefined() && holds(OF_DICTS, name) => attribute(value, name),
            found => Ok(found),
        },
        _ => attribute(value, name),
    }
}

/// What cannot be written: a method.
pub fn refuse_method_in_text(value: &Value) -> Result<(), Error> {
    match value.downcast_object_ref::<Method>() {
        None => Ok(()),
        Some(method) => Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("found the method {} to be written, expected a call of it", method.name),
        )),
    }
}

/// Filters that give pairs in minijinja: tuples in Python.
fn as_tuples(list: Value) -> Result<Value, Error> {
    let items: Vec<Value> = list.try_iter()?.collect();
    let is_pair = |item: &Value| item.kind() == ValueKind::Seq && item.len() == Some(2);
    let made = items.into_iter().map(|item| match is_pair(&item) {
        true => Ok(tuple(item.try_iter()?.collect())),
        false => Ok(item),
    });
    Ok(Value::from(made.collect::<Result<Vec<_>, Error>>()?))
}

fn pairs_filter(environment: &mut Environment, name: &'static str, filter: Value) {
    environment.add_filter(name, move |state: &State, arguments: Rest<Value>| {
        as_tuples(filter.call(state, &arguments)?)
    });
}

pub fn add(environment: &mut Environment) {
    environment.add_function("__tuple__", |items: Rest<Value>| tuple(items.to_vec()));
    environment.add_filter("__attribute__", |value: Value, name: String| attribute(value, &name));
    environment.add_filter("__item__", |value: Value, name: String| item(value, &name));
    pairs_filter(environment, "groupby", Value::from_function(filters::groupby));
    pairs_filter(environment, "dictsort", Value::from_function(filters::dictsort));
    environment.add_filter("items", |map: Value| match map.is_undefined() {
        true => Ok(Value::from(Vec::<Value>::new())),
        false => pairs(&map).map(Value::from),
    });
    environment.add_filter("attr", |value: Value, name: String| match is_method_name(&name) {
        true => attribute(value, &name),
        false => Ok(Value::UNDEFINED),
    });
}
