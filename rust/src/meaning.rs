//! What the cells of a table mean where their stored type does not say it: JSON texts, and the numbers of
//! names (ClassLabel of `datasets`), which stand in the file's metadata.
use crate::json_line::{write_json, Line};
use serde_json::Value;
use std::io::{Error, Result as WriteResult, Write};

/// The key of the metadata under which `datasets` describes the columns.
pub const FEATURES_KEY: &str = "huggingface";

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Meaning {
    #[default]
    Plain,
    Json,
    Names(Vec<String>),
    List(Box<Meaning>),
    Struct(Vec<(String, Meaning)>),
}

const PLAIN: &Meaning = &Meaning::Plain;

impl Meaning {
    /// Of a list's elements.
    pub fn element(&self) -> &Meaning {
        match self {
            Meaning::List(element) => element,
            _ => PLAIN,
        }
    }

    /// Of member `name` of a struct, or column of a table. They come in the order of the file, so `at` is
    /// where it will be found.
    pub fn member(&self, at: usize, name: &str) -> &Meaning {
        let Meaning::Struct(members) = self else { return PLAIN };
        match members.get(at) {
            Some((found, meaning)) if found == name => meaning,
            _ => members.iter().find(|(found, _)| found == name).map_or(PLAIN, |(_, m)| m),
        }
    }

    fn is_plain(&self) -> bool {
        match self {
            Meaning::Plain => true,
            Meaning::List(element) => element.is_plain(),
            Meaning::Struct(members) => members.iter().all(|(_, meaning)| meaning.is_plain()),
            _ => false,
        }
    }

    /// What either of two descriptions of one column says; this one's word goes first.
    pub fn and(self, other: Meaning) -> Meaning {
        if other.is_plain() {
            return self;
        }
        match (self, other) {
            (Meaning::List(a), Meaning::List(b)) => Meaning::List(Box::new(a.and(*b))),
            (Meaning::Struct(mut members), Meaning::Struct(others)) => {
                for (name, other) in others {
                    match members.iter_mut().find(|(found, _)| *found == name) {
                        Some((_, meaning)) => *meaning = std::mem::take(meaning).and(other),
                        None => members.push((name, other)),
                    }
                }
                Meaning::Struct(members)
            }
            (own, other) if own.is_plain() => other,
            (own, _) => own,
        }
    }
}

fn of_members(features: &serde_json::Map<String, Value>) -> Meaning {
    Meaning::Struct(features.iter().map(|(name, f)| (name.clone(), of_feature(f))).collect())
}

/// A struct of lists, as which `datasets` stores a Sequence of structs.
fn of_lists(features: &serde_json::Map<String, Value>) -> Meaning {
    let list = |feature| Meaning::List(Box::new(of_feature(feature)));
    Meaning::Struct(features.iter().map(|(name, f)| (name.clone(), list(f))).collect())
}

fn of_feature(feature: &Value) -> Meaning {
    match feature {
        Value::Array(list) if list.len() == 1 => Meaning::List(Box::new(of_feature(&list[0]))),
        Value::Object(object) => match object.get("_type").and_then(Value::as_str) {
            None => of_members(object),
            Some("ClassLabel") => match object.get("names").and_then(Value::as_array) {
                None => Meaning::Plain,
                Some(names) => Meaning::Names(
                    names.iter().map(|name| name.as_str().unwrap_or_default().into()).collect(),
                ),
            },
            Some("Json") => Meaning::Json,
            Some(kind @ ("List" | "LargeList" | "Sequence")) => match object.get("feature") {
                Some(Value::Object(inner))
                    if kind == "Sequence" && !inner.contains_key("_type") =>
                {
                    of_lists(inner)
                }
                Some(inner) => Meaning::List(Box::new(of_feature(inner))),
                None => Meaning::Plain,
            },
            Some(_) => Meaning::Plain,
        },
        _ => Meaning::Plain,
    }
}

/// Of a table's columns, from the text under FEATURES_KEY. A text of another form says nothing: it is
/// a remark of whoever wrote the file, and the file can be read without it.
pub fn of_table(text: Option<&str>) -> Meaning {
    let parsed: Option<Value> = text.and_then(|text| serde_json::from_str(text).ok());
    let features = parsed.as_ref().and_then(|info| info.pointer("/info/features"));
    features.and_then(Value::as_object).map_or(Meaning::Plain, of_members)
}

/// The name of number `at`; `datasets` has -1 where there is none.
pub fn write_name(names: &[String], at: i128, to: &mut Line) -> WriteResult<()> {
    match usize::try_from(at).ok().and_then(|at| names.get(at)) {
        Some(name) => write_json(name, to),
        None if at == -1 => to.write_all(b"null"),
        None => {
            let count = names.len();
            let names = names.iter().take(5).map(|n| format!("{n:?}")).collect::<Vec<_>>();
            let listed = names.join(", ");
            let found = format!("found {at} in a ClassLabel column of {count} names ({listed}");
            Err(Error::other(format!("{found}{})", if count > 5 { ", ..." } else { "" })))
        }
    }
}

/// A cell that is the text of a JSON value becomes that value.
pub fn write_cell_of_json(text: &str, to: &mut Line) -> WriteResult<()> {
    if let Err(e) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        return Err(Error::other(format!("found text that is not JSON in a column of JSON ({e})")));
    }
    // A line break can only stand between tokens, where a space does as well.
    for (i, line) in text.split(['\n', '\r']).enumerate() {
        if i > 0 {
            to.write_all(b" ")?;
        }
        to.write_all(line.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
fn names(names: &[&str]) -> Meaning {
    Meaning::Names(names.iter().map(|name| name.to_string()).collect())
}

#[test]
fn features_are_read_in_every_form_that_they_have_had() {
    let text = r#"{"info": {"features": {
        "label": {"num_classes": 2, "names": ["no", "yes"], "id": null, "_type": "ClassLabel"},
        "unnamed": {"num_classes": 2, "_type": "ClassLabel"},
        "text": {"dtype": "string", "_type": "Value"},
        "old": [{"role": {"names": ["user"], "_type": "ClassLabel"}}],
        "new": {"feature": {"_type": "Json"}, "_type": "List"},
        "rows": {"feature": {"x": {"_type": "Json"}}, "_type": "Sequence"},
        "members": {"x": {"_type": "Json"}}}}}"#;
    let table = of_table(Some(text));
    let list = |inner| Meaning::List(Box::new(inner));
    assert_eq!(*table.member(0, "label"), names(&["no", "yes"]));
    assert_eq!(*table.member(9, "unnamed"), Meaning::Plain);
    assert_eq!(*table.member(0, "text"), Meaning::Plain);
    assert_eq!(*table.member(3, "old").element().member(0, "role"), names(&["user"]));
    assert_eq!(*table.member(4, "new"), list(Meaning::Json));
    assert_eq!(*table.member(5, "rows").member(0, "x"), list(Meaning::Json));
    assert_eq!(*table.member(6, "members").member(0, "x"), Meaning::Json);
    assert_eq!(*table.member(7, "none"), Meaning::Plain);
    for other in [None, Some("{"), Some("[]"), Some(r#"{"info": {"features": 3}}"#)] {
        assert_eq!(of_table(other), Meaning::Plain);
    }
}

#[test]
fn two_descriptions_become_one() {
    let member = |name: &str, meaning| Meaning::Struct(vec![(name.into(), meaning)]);
    let both = member("a", Meaning::Json).and(member("b", names(&["x"])));
    assert_eq!(*both.member(0, "a"), Meaning::Json);
    assert_eq!(*both.member(1, "b"), names(&["x"]));
    let both = member("a", Meaning::Plain).and(member("a", Meaning::Json));
    assert_eq!(both, member("a", Meaning::Json));
    assert_eq!(Meaning::Json.and(names(&["x"])), Meaning::Json);
}

#[cfg(test)]
fn written(write: impl FnOnce(&mut Line) -> WriteResult<()>) -> String {
    let mut lines = Vec::new();
    match write(&mut Line { lines: &mut lines, left: 1000 }) {
        Ok(()) => String::from_utf8(lines).unwrap(),
        Err(e) => e.to_string(),
    }
}

#[test]
fn cells_are_written_as_what_they_mean() {
    let list: Vec<String> = ["no", "yes"].map(String::from).into();
    assert_eq!(written(|to| write_name(&list, 1, to)), "\"yes\"");
    assert_eq!(written(|to| write_name(&list, -1, to)), "null");
    let wrong = "found 2 in a ClassLabel column of 2 names (\"no\", \"yes\")";
    assert_eq!(written(|to| write_name(&list, 2, to)), wrong);
    assert_eq!(written(|to| write_cell_of_json("{\"a\":\r\n[1]}", to)), "{\"a\":  [1]}");
    let wrong =
        "found text that is not JSON in a column of JSON (EOF while parsing a list at line 1";
    assert!(written(|to| write_cell_of_json("[1", to)).starts_with(wrong));
}
