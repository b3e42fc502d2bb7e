//! Comparisons of values of two kinds, which Jinja in Python refuses and minijinja answers: the cells
//! of a table are all strings, and `"3" >= 4` and `"1.0" == 1` would decide labels.
use super::budget::{refusal, refuse_undefined};
use super::constants::children;
use super::helpers::{found, number_of};
use minijinja::machinery::ast::{Expr, UnaryOpKind};
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, Value};
use std::cmp::Ordering;

pub fn add(environment: &mut Environment<'static>) {
    let mut order = |name, holds: fn(Ordering) -> bool| {
        environment.add_filter(name, move |a: Value, b: Value| ordered(&a, &b, holds));
    };
    order("__lt__", Ordering::is_lt);
    order("__le__", Ordering::is_le);
    order("__gt__", Ordering::is_gt);
    order("__ge__", Ordering::is_ge);
    environment.add_filter("__eq__", |a: Value, b: Value| equal(&a, &b));
    environment.add_filter("__ne__", |a: Value, b: Value| equal(&a, &b).map(|same| !same));
    environment.add_filter("__truth__", truth);
}

fn is_number(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Number | ValueKind::Bool)
}

/// True and false count as 1 and 0.
fn as_number(value: &Value) -> Value {
    match value.kind() {
        ValueKind::Bool => Value::from(i64::from(value.is_true())),
        _ => value.clone(),
    }
}

fn shown(value: &Value) -> String {
    match value.as_str() {
        Some(text) => {
            let start: String = text.chars().take(20).collect();
            format!("the string {start:?}")
        }
        None if value.is_none() => "null (a field that the row lacks is null too)".into(),
        None => found(value),
    }
}

fn advice(a: &Value, b: &Value) -> &'static str {
    if a.is_none() || b.is_none() {
        "; `x is not none and ...` leaves such rows out"
    } else if is_number(a) || is_number(b) {
        "; `x | number` makes a number of a string"
    } else {
        ""
    }
}

fn ordered(a: &Value, b: &Value, holds: fn(Ordering) -> bool) -> Result<bool, Error> {
    refuse_undefined(a)?;
    refuse_undefined(b)?;
    if is_number(a) && is_number(b) {
        return Ok(holds(as_number(a).cmp(&as_number(b))));
    }
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        return Ok(holds(a.cmp(b)));
    }
    let (left, right, advice) = (shown(a), shown(b), advice(a, b));
    Err(refusal(format!("compares {left} with {right}, expected two numbers or two strings{advice}")))
}

/// A string that spells a number or a truth value.
fn spells_a_number(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        let text = text.trim();
        number_of(text).is_some() || ["true", "false"].contains(&text.to_lowercase().as_str())
    })
}

fn equal(a: &Value, b: &Value) -> Result<bool, Error> {
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
    Ok(a == b)
}

/// Of a condition that is a name alone.
fn truth(value: Value) -> Result<Value, Error> {
    refuse_undefined(&value)?;
    if spells_a_number(&value) {
        return Err(refusal(format!(
            "takes {} for true, as every string that is not empty, expected a condition such as \
             x == 'True'",
            shown(&value)
        )));
    }
    Ok(value)
}

/// Where names alone are conditions, `a if b` and `not b`: their beginnings and ends in the source.
fn conditions(expression: &Expr, places: &mut Vec<(usize, usize)>) {
    let condition = match expression {
        Expr::IfExpr(e) => Some(&e.test_expr),
        Expr::UnaryOp(e) if matches!(e.op, UnaryOpKind::Not) => Some(&e.expr),
        _ => None,
    };
    if let Some(Expr::Var(name)) = condition {
        let span = name.span();
        places.push((span.start_offset as usize, span.end_offset as usize));
    }
    children(expression).into_iter().for_each(|each| conditions(each, places));
}

/// The source with these conditions checked.
pub fn with_checked_conditions(expression: &Expr, source: &str) -> String {
    let mut places = Vec::new();
    conditions(expression, &mut places);
    places.sort_unstable();
    places.dedup();
    let mut out = source.to_string();
    for (begin, end) in places.into_iter().rev() {
        out.insert_str(end, "|__truth__)");
        out.insert(begin, '(');
    }
    out
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
