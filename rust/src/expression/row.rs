//! A row as expressions see it: only the members that they name are read, and integers stay integers.
use super::budget::refusal;
use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::Value;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

// The only member of the object that stands for an integer of more than 64 bits.
const BIG: &str = "\u{0}integer";
const LONGEST_INTEGER: usize = 18; // digits that always fit 64 bits

/// An object of the row, in its order.
#[derive(Debug)]
pub struct Members(pub Vec<(Value, Value)>);

impl Members {
    fn find(&self, key: &str) -> Option<Value> {
        self.0.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value.clone())
    }
}

impl Object for Members {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.find(key.as_str()?)
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.iter().map(|(key, _)| key.clone()).collect())
    }
    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The whole row: of the keys that expressions name, those that it lacks are `none`.
#[derive(Debug)]
pub struct Row {
    pub members: Members,
    pub named: Arc<BTreeSet<String>>,
}

impl Row {
    pub fn has(&self, key: &str) -> bool {
        self.members.find(key).is_some()
    }
    fn get(&self, key: &str) -> Option<Value> {
        let none = || self.named.contains(key).then(|| Value::from(()));
        self.members.find(key).or_else(none)
    }
}

impl Object for Row {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get(key.as_str()?)
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.members.0.iter().map(|(key, _)| key.clone()).collect())
    }
    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.members.0.len())
    }
}

/// What names mean in an expression: `row`, then the row's keys, then functions.
#[derive(Debug)]
pub struct Names {
    pub row: Arc<Row>,
    pub functions: Arc<BTreeSet<String>>,
}

impl Object for Names {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "row" => Some(Value::from_dyn_object(self.row.clone())),
            name if self.functions.contains(name) && !self.row.has(name) => None,
            name => self.row.get(name),
        }
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// `parse_json` refuses an object with a key twice; the row's own are refused before.
#[derive(Clone, Copy)]
struct AnyValue {
    refuses_doubled: bool,
}

const OF_THE_ROW: AnyValue = AnyValue { refuses_doubled: false };

impl<'de> DeserializeSeed<'de> for AnyValue {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::from(()))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::from(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<Cow<str>>()? {
            if key == BIG && members.is_empty() {
                let digits: String = map.next_value()?;
                return Ok(integer(&digits));
            }
            members.push((Value::from(key.as_ref()), map.next_value_seed(self)?));
        }
        if let Some(key) = self.refuses_doubled.then(|| doubled(&members)).flatten() {
            return Err(A::Error::custom(format!(
                "found an object with the key {key:?} twice in parse_json, expected each once"
            )));
        }
        Ok(Value::from_object(Members(members)))
    }
}

fn doubled(members: &[(Value, Value)]) -> Option<String> {
    let mut keys: Vec<_> = members.iter().filter_map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).find(|two| two[0] == two[1]).map(|two| two[0].to_string())
}

/// One that no 128 bits hold is an error for who uses it.
fn integer(digits: &str) -> Value {
    match (digits.parse::<i128>(), digits.parse::<u128>()) {
        (Ok(number), _) => Value::from(number),
        (_, Ok(number)) => Value::from(number),
        _ => Value::from(refusal(format!(
            "found the integer {digits}, expected one of at most 128 bits; write it as a string"
        ))),
    }
}

struct Wanted<'a>(Option<&'a BTreeSet<String>>);

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Members;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<Cow<str>>()? {
            if key == BIG {
                return Err(A::Error::custom("found no object"));
            }
            if self.0.is_some_and(|names| !names.contains(key.as_ref())) {
                map.next_value::<IgnoredAny>()?;
            } else {
                members.push((Value::from(key.as_ref()), map.next_value_seed(OF_THE_ROW)?));
            }
        }
        Ok(Members(members))
    }
}

/// Whether some run of digits may be such an integer: a look at every so many bytes meets each.
fn has_long_digits(bytes: &[u8]) -> bool {
    let is_digit = |c: &&u8| c.is_ascii_digit();
    let run = |at: usize| {
        let before = bytes[..at].iter().rev().take_while(is_digit).count();
        before + bytes[at..].iter().take_while(is_digit).count()
    };
    let mut looks = (LONGEST_INTEGER - 1..bytes.len()).step_by(LONGEST_INTEGER);
    looks.any(|at| bytes[at].is_ascii_digit() && run(at) >= LONGEST_INTEGER)
}

/// Whether -0 stands somewhere, and is no beginning of another number.
fn has_minus_zero(text: &str) -> bool {
    let goes_on = |c: Option<&u8>| matches!(c, Some(b'.' | b'e' | b'E' | b'0'..=b'9'));
    text.match_indices("-0").any(|(at, _)| !goes_on(text.as_bytes().get(at + 2)))
}

/// With every integer of more digits than surely fit as an object, and -0 as 0: serde_json would make
/// floats of them.
fn with_exact_integers(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if !has_long_digits(bytes) && !has_minus_zero(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let (mut at, mut written, mut in_string) = (0, 0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'-' | b'0'..=b'9' if !in_string => {
                let digits = bytes[at + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
                let end = at + 1 + digits;
                let is_float = matches!(bytes.get(end), Some(b'.' | b'e' | b'E'));
                let exponent = |c: &u8| matches!(c, b'.' | b'e' | b'E' | b'+' | b'-' | b'0'..=b'9');
                let number = &text[at..end];
                if (digits >= LONGEST_INTEGER || number == "-0") && !is_float {
                    out.push_str(&text[written..at]);
                    match number {
                        "-0" => out.push('0'),
                        _ => out.push_str(&format!("{{\"\\u0000integer\":\"{number}\"}}")),
                    }
                    written = end;
                    at = end - 1;
                } else {
                    at = end + bytes[end..].iter().take_while(|c| exponent(c)).count() - 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    match written {
        0 => Cow::Borrowed(text),
        _ => Cow::Owned(out + &text[written..]),
    }
}

/// The members of a JSON object that are named; of None all.
pub fn members(text: &str, names: Option<&BTreeSet<String>>) -> Result<Members, String> {
    let text = with_exact_integers(text);
    let mut json = serde_json::Deserializer::from_str(&text);
    let read = json.deserialize_map(Wanted(names)).map_err(|e| e.to_string())?;
    json.end().map_err(|e| e.to_string())?;
    Ok(read)
}

/// Any JSON text, for `parse_json`.
pub fn value(text: &str) -> Result<Value, String> {
    let text = with_exact_integers(text);
    let mut json = serde_json::Deserializer::from_str(&text);
    let read = AnyValue { refuses_doubled: true }.deserialize(&mut json);
    read.and_then(|value| json.end().map(|()| value)).map_err(|e| refused(&e))
}

/// JSON that is refused for what it says has its own sentence, without a place.
fn refused(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if !error.is_data() {
        return format!("found no JSON in parse_json: {text}");
    }
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_string()
}
