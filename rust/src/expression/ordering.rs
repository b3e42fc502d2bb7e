//! Filters that put values in an order, or add them. minijinja orders null, numbers and strings among
//! each other, which Jinja in Python refuses: the first of a sorted list would be whatever lacks a rank.
use super::attributes::{get, items_of, required};
use super::budget::{refusal, refuse_undefined, spend, ITEM_BYTES};
use super::comparisons::{as_number, is_number, order, shown, truth};
use super::helpers::found;
use crate::objects::tuple;
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{filters, Environment, Error, State, Value};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// What a filter compares of its items: the items, an attribute of theirs, or several (`'a,b'`).
struct By {
    of: &'static str,
    attribute: Option<Value>,
    is_exact: bool, // capital letters differ from small ones
}

impl By {
    fn new(of: &'static str, attribute: Option<Value>, named: &Kwargs) -> Result<Self, Error> {
        let is_exact = named.get::<Option<bool>>("case_sensitive")?.unwrap_or(false);
        Ok(By { of, attribute, is_exact })
    }

    fn from_named(of: &'static str, named: &Kwargs) -> Result<Self, Error> {
        By::new(of, named.get::<Option<Value>>("attribute")?, named)
    }

    fn folded(&self, value: Value) -> Result<Value, Error> {
        match value.as_str() {
            Some(text) if !self.is_exact => {
                spend(text.len())?;
                Ok(Value::from(text.to_lowercase()))
            }
            _ => Ok(value),
        }
    }

    fn key(&self, item: &Value) -> Result<Value, Error> {
        let Some(attribute) = &self.attribute else { return self.folded(item.clone()) };
        let one = |name: &Value| self.folded(required(item, name, self.of)?);
        match attribute.as_str() {
            Some(names) if names.contains(',') => {
                let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
                let keys = names.map(|name| one(&Value::from(name)));
                Ok(Value::from(keys.collect::<Result<Vec<_>, Error>>()?))
            }
            _ => one(attribute),
        }
    }

    /// Every item with its key.
    fn keyed(&self, list: &Value) -> Result<Vec<(Value, Value)>, Error> {
        let all = items_of(list, self.of)?.into_iter();
        all.map(|item| Ok((self.key(&item)?, item))).collect()
    }

    /// `place`: of keys that are lists, where the two stand.
    fn advice(&self, a: &Value, b: &Value, place: Option<usize>) -> String {
        let has_null = a.is_none() || b.is_none();
        let without = |name: String| format!("; selectattr({name}, 'ne', none) leaves them out");
        match (&self.attribute, place) {
            (None, Some(1..)) if self.of == "sort" => {
                "; sort(attribute=0) sorts by the first".into()
            }
            (None, Some(1..)) if matches!(self.of, "max" | "min") => {
                format!("; {}(attribute=0) compares the first alone", self.of)
            }
            // Its pairs are made after they are compared: no filter before it leaves one out.
            _ if has_null && self.of == "dictsort" => String::new(),
            (None, Some(at)) if has_null => without(at.to_string()),
            (None, None) if has_null => "; reject('none') leaves them out".into(),
            (Some(name), None) if has_null => {
                without(name.as_str().map_or(name.to_string(), |name| format!("'{name}'")))
            }
            _ if has_null => String::new(),
            _ if is_number(a) || is_number(b) => "; `| number` makes a number of a string".into(),
            _ => String::new(),
        }
    }

    fn refusal(&self, a: &Value, b: &Value, place: Option<usize>) -> Error {
        let (left, right, of, advice) = (said(a), said(b), self.of, self.advice(a, b, place));
        refusal(format!(
            "found {left} beside {right} in {of}, expected numbers or strings alone{advice}"
        ))
    }
}

fn said(value: &Value) -> String {
    match value.is_none() {
        true => found(value),
        false => shown(value),
    }
}

fn is_list(value: &Value) -> bool {
    value.kind() == ValueKind::Seq
}

/// Numbers alone, or strings alone, or lists whose items are so, place by place: what compare() orders.
/// `place`: of the outermost lists that the keys are items of, where they stand.
fn refuse_mixed(keys: &[Value], by: &By, place: Option<usize>) -> Result<(), Error> {
    let Some((first, rest)) = keys.split_first() else { return Ok(()) };
    spend(keys.len().saturating_mul(ITEM_BYTES))?;
    let has_order = |key: &Value| order(first, key).is_some() || (is_list(first) && is_list(key));
    if let Some(other) = rest.iter().find(|key| !has_order(key)) {
        return Err(by.refusal(first, other, place));
    }
    // A list that ends is not asked again: all have a step for each item, not for each of the longest.
    let lists = keys.iter().filter(|key| is_list(key));
    let mut lists = lists.map(Value::try_iter).collect::<Result<Vec<_>, Error>>()?;
    let mut at = 0;
    while lists.len() > 1 {
        let mut items = Vec::new();
        lists.retain_mut(|list| list.next().map(|item| items.push(item)).is_some());
        refuse_mixed(&items, by, place.or(Some(at)))?;
        at += 1;
    }
    Ok(())
}

/// Lists by their items, as Python has it.
fn compare(a: &Value, b: &Value) -> Ordering {
    order(a, b).unwrap_or_else(|| {
        let items = |value: &Value| value.try_iter().into_iter().flatten();
        let mut places = items(a).zip(items(b)).map(|(a, b)| compare(&a, &b));
        places.find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
    })
}

/// By the keys in front.
fn sorted(
    mut pairs: Vec<(Value, Value)>,
    reverse: bool,
    by: &By,
) -> Result<Vec<(Value, Value)>, Error> {
    let keys: Vec<Value> = pairs.iter().map(|(key, _)| key.clone()).collect();
    refuse_mixed(&keys, by, None)?;
    pairs.sort_by(|(a, _), (b, _)| match reverse {
        true => compare(b, a),
        false => compare(a, b),
    });
    Ok(pairs)
}

fn second(pairs: Vec<(Value, Value)>) -> Value {
    Value::from(pairs.into_iter().map(|(_, item)| item).collect::<Vec<Value>>())
}

fn sort(list: Value, named: Kwargs) -> Result<Value, Error> {
    let by = By::from_named("sort", &named)?;
    let reverse = named.get::<Option<bool>>("reverse")?.unwrap_or(false);
    named.assert_all_used()?;
    sorted(by.keyed(&list)?, reverse, &by).map(second)
}

/// Pairs of an object, by their keys or their values.
fn dictsort(map: Value, named: Kwargs) -> Result<Value, Error> {
    let by = By::new("dictsort", None, &named)?;
    let reverse = named.get::<Option<bool>>("reverse")?.unwrap_or(false);
    let what = named.get::<Option<String>>("by")?;
    named.assert_all_used()?;
    if map.kind() != ValueKind::Map {
        return Err(refusal(format!("found {} in dictsort, expected an object", found(&map))));
    }
    let is_by_value = match what.as_deref() {
        None | Some("key") => false,
        Some("value") => true,
        Some(other) => {
            let text = format!("found {other:?} in dictsort, expected by='key' or by='value'");
            return Err(refusal(text));
        }
    };
    let mut pairs = Vec::new();
    for key in map.try_iter()? {
        let value = map.get_item(&key)?;
        let compared = by.folded(if is_by_value { value.clone() } else { key.clone() })?;
        pairs.push((compared, tuple(vec![key, value])));
    }
    sorted(pairs, reverse, &by).map(second)
}

/// Pairs of a value and the items that have it, in the order of the values.
fn groupby(list: Value, attribute: Option<Value>, named: Kwargs) -> Result<Value, Error> {
    let attribute = match attribute {
        Some(given) => given,
        None => named.get::<Value>("attribute")?,
    };
    let default = match named.has("default") {
        true => Some(named.get::<Value>("default")?),
        false => None,
    };
    let by = By::new("groupby", Some(attribute.clone()), &named)?;
    named.assert_all_used()?;
    let value_of = |item: &Value| match &default {
        None => required(item, &attribute, by.of),
        Some(other) => {
            get(item, &attribute).map(|v| if v.is_undefined() { other.clone() } else { v })
        }
    };
    let all = items_of(&list, by.of)?.into_iter();
    let pairs = all.map(|item| Ok::<_, Error>((by.folded(value_of(&item)?)?, item)));
    let mut groups: Vec<(Value, Value, Vec<Value>)> = Vec::new();
    for (key, item) in sorted(pairs.collect::<Result<_, Error>>()?, false, &by)? {
        match groups.pop() {
            Some((last, value, mut items)) if compare(&last, &key).is_eq() => {
                items.push(item);
                groups.push((last, value, items));
            }
            other => {
                groups.extend(other);
                groups.push((key, value_of(&item)?, vec![item]));
            }
        }
    }
    let made = groups.into_iter().map(|(_, value, items)| tuple(vec![value, Value::from(items)]));
    Ok(Value::from(made.collect::<Vec<Value>>()))
}

/// `max` and `min`: of several alike the first.
fn extreme(list: Value, named: Kwargs, of: &'static str, greatest: bool) -> Result<Value, Error> {
    let by = By::from_named(of, &named)?;
    named.assert_all_used()?;
    let first = sorted(by.keyed(&list)?, greatest, &by)?.into_iter().next();
    Ok(first.map_or(Value::UNDEFINED, |(_, item)| item))
}

/// True and false are 1 and 0 in Python, and one of each is kept; here both would be.
fn unique(list: Value, named: Kwargs) -> Result<Value, Error> {
    let by = By::from_named("unique", &named)?;
    named.assert_all_used()?;
    let keyed = by.keyed(&list)?;
    let has = |kind| keyed.iter().any(|(key, _)| key.kind() == kind);
    if has(ValueKind::Bool) && has(ValueKind::Number) {
        let text = "found numbers beside true or false in unique, expected one kind";
        return Err(refusal(text));
    }
    let mut seen = BTreeSet::new();
    let new = keyed.into_iter().filter(|(key, _)| seen.insert(key.clone()));
    Ok(second(new.collect()))
}

fn sum(
    state: &State,
    list: Value,
    attribute: Option<Value>,
    named: Kwargs,
) -> Result<Value, Error> {
    let attribute = attribute.or(named.get("attribute")?);
    named.assert_all_used()?;
    let by = By { of: "sum", attribute, is_exact: true };
    let mut numbers = Vec::new();
    for (value, _) in by.keyed(&list)? {
        if !is_number(&value) {
            let advice = by.advice(&value, &Value::from(0), None);
            let value = said(&value);
            return Err(refusal(format!("found {value} in sum, expected a number{advice}")));
        }
        numbers.push(as_number(&value));
    }
    filters::sum(state, Value::from(numbers))
}

pub fn add(environment: &mut Environment<'static>) {
    environment.add_filter("sort", sort);
    environment.add_filter("dictsort", dictsort);
    environment.add_filter("groupby", groupby);
    environment.add_filter("max", |list: Value, named: Kwargs| extreme(list, named, "max", true));
    environment.add_filter("min", |list: Value, named: Kwargs| extreme(list, named, "min", false));
    environment.add_filter("unique", unique);
    environment.add_filter("sum", sum);
    environment.add_filter("bool", |value: Value| {
        refuse_undefined(&value)?;
        truth(value).map(|value| value.is_true())
    });
}
