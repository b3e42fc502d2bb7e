//! Comparisons of values of two kinds, which Jinja in Python refuses and minijinja answers: the cells
//! of a table are all strings, and `"3" >= 4` and `"1.0" == 1` would decide labels.
use super::budget::{refusal, refuse_undefined};
use super::constants::children;
use super::helpers::{found, number_of};
use minijinja::machinery::ast::Expr;
use minijinja::value::ValueKind;
use minijinja::{tests, Environment, Error, Value};
use std::cmp::Ordering;

const OF_ROWS: &str = "; `x is not none and ...` leaves such rows out";
const OF_TESTS: &str =
    "; selectattr('x', 'ne', none), or `x is not none and ...`, leaves such values out";
const CONDITION: &str =
    "a condition: x != '' where x is a text, `x | number` where it is a number, \
     x == 'True' where it is a truth value";

/// The operators, as filters, and the tests of the same names: `x is lt(5)`, `selectattr('x', 'lt', 5)`.
pub fn add(environment: &mut Environment<'static>) {
    let mut order = |operator: &'static str,
                     names: &[&'static str],
                     holds: fn(Ordering) -> bool| {
        environment.add_filter(operator, move |a: Value, b: Value| ordered(&a, &b, holds, OF_ROWS));
        for name in names {
            environment.add_test(*name, move |a: Value, b: Value| ordered(&a, &b, holds, OF_TESTS));
        }
    };
    order("__lt__", &["lt", "lessthan", "<"], Ordering::is_lt);
    order("__le__", &["le", "<="], Ordering::is_le);
    order("__gt__", &["gt", "greaterthan", ">"], Ordering::is_gt);
    order("__ge__", &["ge", ">="], Ordering::is_ge);
    environment.add_filter("__eq__", |a: Value, b: Value| equal(&a, &b));
    environment.add_filter("__ne__", |a: Value, b: Value| equal(&a, &b).map(|same| !same));
    for name in ["eq", "equalto", "=="] {
        environment.add_test(name, |a: Value, b: Value| equal(&a, &b));
    }
    for name in ["ne", "!="] {
        environment.add_test(name, |a: Value, b: Value| equal(&a, &b).map(|same| !same));
    }
    environment.add_filter("__in__", |a: Value, b: Value| contains(&a, &b));
    environment.add_test("in", |a: Value, b: Value| contains(&a, &b));
    environment.add_filter("__truth__", truth);
    add_tests_of_kinds(environment);
}

/// Tests that minijinja answers with false for a value of another kind.
fn add_tests_of_kinds(environment: &mut Environment<'static>) {
    for (name, wanted) in [("true", true), ("false", false)] {
        environment.add_test(name, move |value: Value| {
            let same = equal(&value, &Value::from(wanted))?;
            Ok::<bool, Error>(same && value.kind() == ValueKind::Bool)
        });
    }
    environment.add_test("sameas", |a: Value, b: Value| {
        equal(&a, &b)?;
        Ok::<bool, Error>(tests::is_sameas(&a, &b))
    });
    environment.add_test("odd", |value: Value| counted(&value, "odd").map(tests::is_odd));
    environment.add_test("even", |value: Value| counted(&value, "even").map(tests::is_even));
    environment.add_test("divisibleby", |value: Value, by: Value| {
        let (value, by) = (counted(&value, "divisibleby")?, counted(&by, "divisibleby")?);
        match by.is_true() {
            true => Ok(tests::is_divisibleby(&value, &by)),
            false => Err(refusal("found 0 in divisibleby, expected another number")),
        }
    });
}

fn counted(value: &Value, of: &str) -> Result<Value, Error> {
    refuse_undefined(value)?;
    match is_number(value) {
        true => Ok(as_number(value)),
        false => Err(refusal(format!("found {} in {of}, expected a number", shown(value)))),
    }
}

pub fn is_number(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Number | ValueKind::Bool)
}

/// True and false count as 1 and 0.
pub fn as_number(value: &Value) -> Value {
    match value.kind() {
        ValueKind::Bool => Value::from(i64::from(value.is_true())),
        _ => value.clone(),
    }
}

pub fn shown(value: &Value) -> String {
    match value.as_str() {
        Some(text) => {
            let start: String = text.chars().take(20).collect();
            format!("the string {start:?}")
        }
        None if value.is_none() => "null (a field that the row lacks is null too)".into(),
        None => found(value),
    }
}

fn advice(a: &Value, b: &Value, of_null: &'static str) -> &'static str {
    if a.is_none() || b.is_none() {
        of_null
    } else if is_number(a) || is_number(b) {
        "; `x | number` makes a number of a string"
    } else {
        ""
    }
}

/// Of two numbers or two strings.
pub fn order(a: &Value, b: &Value) -> Option<Ordering> {
    if is_number(a) && is_number(b) {
        return Some(as_number(a).cmp(&as_number(b)));
    }
    Some(a.as_str()?.cmp(b.as_str()?))
}

fn ordered(
    a: &Value,
    b: &Value,
    holds: fn(Ordering) -> bool,
    of_null: &'static str,
) -> Result<bool, Error> {
    refuse_undefined(a)?;
    refuse_undefined(b)?;
    if let Some(order) = order(a, b) {
        return Ok(holds(order));
    }
    let (left, right, advice) = (shown(a), shown(b), advice(a, b, of_null));
    Err(refusal(format!(
        "compares {left} with {right}, expected two numbers or two strings{advice}"
    )))
}

/// A string that spells a number or a truth value.
fn spells_a_number(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        let text = text.trim();
        number_of(text).is_some() || ["true", "false"].contains(&text.to_lowercase().as_str())
    })
}

/// A number beside a string that spells one, also as items of two lists.
fn refuse_two_kinds(a: &Value, b: &Value) -> Result<(), Error> {
    refuse_undefined(a)?;
    refuse_undefined(b)?;
    for (text, number) in [(a, b), (b, a)] {
        if is_number(number) && spells_a_number(text) {
            return Err(refusal(format!(
                "compares {} with {}, which are never equal, expected two of a kind; \
                 `x | number` makes a number of a string",
                shown(text),
                found(number)
            )));
        }
    }
    if a.kind() == ValueKind::Seq && b.kind() == ValueKind::Seq {
        return a.try_iter()?.zip(b.try_iter()?).try_for_each(|(a, b)| refuse_two_kinds(&a, &b));
    }
    Ok(())
}

fn equal(a: &Value, b: &Value) -> Result<bool, Error> {
    refuse_two_kinds(a, b)?;
    Ok(a == b)
}

fn is_of_kind(a: &Value, b: &Value) -> bool {
    a.kind() == b.kind() || (is_number(a) && is_number(b))
}

/// Whether an item equals the one that is looked for. Two kinds are refused where nothing else was there
/// to be equal: the order of the items decides nothing.
fn is_among(wanted: &Value, items: impl Iterator<Item = Value>) -> Result<bool, Error> {
    let mut refused = Ok(());
    let mut has_its_kind = false;
    for item in items {
        refuse_undefined(&item)?;
        match refuse_two_kinds(wanted, &item) {
            Ok(()) if *wanted == item => return Ok(true),
            Ok(()) => has_its_kind = has_its_kind || is_of_kind(wanted, &item),
            Err(error) => refused = refused.and(Err(error)),
        }
    }
    match has_its_kind {
        true => Ok(false),
        false => refused.map(|()| false),
    }
}

/// The operator `in`: of an object its keys, of the row those that it has.
fn contains(item: &Value, container: &Value) -> Result<bool, Error> {
    refuse_undefined(item)?;
    refuse_undefined(container)?;
    match container.kind() {
        ValueKind::String => match (item.as_str(), container.as_str()) {
            (Some(part), Some(text)) => Ok(text.contains(part)),
            _ => Err(refusal(format!("looks for {} in a string, expected a string", shown(item)))),
        },
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => {
            is_among(item, container.try_iter()?)
        }
        _ => {
            let advice = if container.is_none() { OF_ROWS } else { "" };
            let container = shown(container);
            Err(refusal(format!(
                "found {container} after `in`, expected a string, a list or an object{advice}"
            )))
        }
    }
}

/// What a method compares with keys or items: `{'1': 'a'}.get(1)`, `votes.count('1')`.
pub fn check_method(value: &Value, name: &str, arguments: &[Value]) -> Result<(), Error> {
    let is_asked =
        matches!((value.kind(), name), (ValueKind::Map, "get") | (ValueKind::Seq, "count"));
    match arguments.first() {
        Some(wanted) if is_asked && (is_number(wanted) || spells_a_number(wanted)) => {
            is_among(wanted, value.try_iter()?).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// A text that spells a number or a truth value, where it would count as true.
pub fn refuse_as_true(value: &Value, expected: &str) -> Result<(), Error> {
    match spells_a_number(value) {
        true => Err(refusal(format!(
            "takes {} for true, as every string that is not empty, expected {expected}",
            shown(value)
        ))),
        false => Ok(()),
    }
}

/// Of a condition.
pub fn truth(value: Value) -> Result<Value, Error> {
    refuse_as_true(&value, CONDITION)?;
    Ok(value)
}

/// `row.a`, or `a`: null where the row lacks it.
fn is_field(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Var(name) if name.id != "row" => Some(name.id.to_string()),
        Expr::GetAttr(e) => match &e.expr {
            Expr::Var(name) if name.id == "row" => Some(e.name.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// What never acts on a field that a row lacks, as that is null; and chains, whose parts are compared
/// by minijinja itself.
pub fn refuse_idle(expression: &Expr) -> Result<(), String> {
    children(expression).into_iter().try_for_each(refuse_idle)?;
    match expression {
        Expr::Filter(e) if matches!(e.name, "default" | "d") && e.args.len() < 2 => {
            let Some(name) = e.expr.as_ref().and_then(is_field) else { return Ok(()) };
            Err(format!(
                "a row without {name:?} has null there, which default leaves as it is; write \
                 row.get('{name}', ...), or default(..., true) for null and empty values too"
            ))
        }
        Expr::Test(e) if matches!(e.name, "defined" | "undefined") => {
            let Some(name) = is_field(&e.expr) else { return Ok(()) };
            Err(format!(
                "a row without {name:?} has null there, which is defined; write {name} is none, or \
                 {name} is not none"
            ))
        }
        Expr::Compare(e) if e.ops.len() > 1 => {
            Err("compares more than two values, expected a < b and b < c".into())
        }
        _ => Ok(()),
    }
}
