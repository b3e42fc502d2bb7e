//! The filter tojson: json.dumps of Python.
use crate::python::{self, number, refuse_too_large};
use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Error, ErrorKind, Value};

const MAX_INDENT: i128 = 64;

pub fn tojson(value: Value, arguments: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let mut text = String::new();
    Dump::new(&arguments, &named)?.write(&value, 0, &mut text)?;
    Ok(text)
}

fn not_json(value: &Value) -> Error {
    let what = format!("found {} in tojson, which JSON cannot hold", value.kind());
    Error::new(ErrorKind::InvalidOperation, what)
}

/// Every line repeats it as often as it is deep.
fn indent_of(value: Value) -> Result<String, Error> {
    let width = match value.as_str() {
        Some(text) => text.len() as i128,
        None => i128::try_from(value.clone()).unwrap_or(0),
    };
    if width > MAX_INDENT {
        let what = format!("found an indent of {width} in tojson, expected at most {MAX_INDENT}");
        return Err(Error::new(ErrorKind::InvalidOperation, what));
    }
    Ok(value.as_str().map_or_else(|| " ".repeat(width.max(0) as usize), str::to_owned))
}

/// Options of json.dumps as the template filter passes them on.
struct Dump {
    ascii: bool,
    indent: Option<String>,
    item_separator: String,
    key_separator: String,
    sort_keys: bool,
}

impl Dump {
    fn new(arguments: &[Value], named: &Kwargs) -> Result<Self, Error> {
        let option = |at: usize, name: &str| -> Result<Option<Value>, Error> {
            let value = match arguments.get(at) {
                Some(value) => Some(value.clone()),
                None => named.get::<Option<Value>>(name)?,
            };
            Ok(value.filter(|v| !v.is_none() && !v.is_undefined()))
        };
        let indent = option(1, "indent")?.map(indent_of).transpose()?;
        let part = |pair: &Value, i: usize| -> Result<String, Error> {
            python::text(&pair.get_item(&Value::from(i))?)
        };
        let comma = if indent.is_some() { "," } else { ", " };
        let (item_separator, key_separator) = match option(2, "separators")? {
            Some(pair) => (part(&pair, 0)?, part(&pair, 1)?),
            None => (comma.to_string(), ": ".to_string()),
        };
        let ascii = option(0, "ensure_ascii")?.is_some_and(|v| v.is_true());
        let sort_keys = option(3, "sort_keys")?.is_some_and(|v| v.is_true());
        named.assert_all_used()?;
        Ok(Dump { ascii, indent, item_separator, key_separator, sort_keys })
    }

    fn string(&self, text: &str, out: &mut String) {
        for c in serde_json::to_string(text).unwrap_or_default().chars() {
            if self.ascii && c as u32 > 0x7e {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                out.push(c);
            }
        }
    }

    fn break_line(&self, depth: usize, out: &mut String) {
        if let Some(indent) = &self.indent {
            out.push('\n');
            out.push_str(&indent.repeat(depth));
        }
    }

    fn key(&self, key: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
        let mut text = String::new();
        match key.kind() {
            ValueKind::String => text.push_str(key.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => return Err(not_json(key)),
            _ => self.write(key, depth, &mut text).unwrap_or_default(),
        }
        self.string(&text, out);
        Ok(())
    }

    fn write(&self, value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
        refuse_too_large(depth, out)?;
        match value.kind() {
            ValueKind::None => out.push_str("null"),
            ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => {
                let text = number(value);
                out.push_str(match text.as_str() {
                    "nan" => "NaN",
                    "inf" => "Infinity",
                    "-inf" => "-Infinity",
                    text => text,
                });
            }
            ValueKind::String => self.string(value.as_str().unwrap_or_default(), out),
            ValueKind::Seq | ValueKind::Iterable => self.list(value, depth, out)?,
            ValueKind::Map => self.object(value, depth, out)?,
            _ => return Err(not_json(value)),
        }
        Ok(())
    }

    fn list(&self, list: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
        out.push('[');
        let empty = out.len();
        for (i, item) in list.try_iter().into_iter().flatten().enumerate() {
            out.push_str(if i > 0 { &self.item_separator } else { "" });
            self.break_line(depth + 1, out);
            self.write(&item, depth + 1, out)?;
        }
        if out.len() > empty {
            self.break_line(depth, out);
        }
        out.push(']');
        Ok(())
    }

    fn object(&self, value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
        let mut keys: Vec<_> = value.try_iter().into_iter().flatten().collect();
        if self.sort_keys {
            keys.sort();
        }
        out.push('{');
        for (i, key) in keys.iter().enumerate() {
            out.push_str(if i > 0 { &self.item_separator } else { "" });
            self.break_line(depth + 1, out);
            self.key(key, depth, out)?;
            out.push_str(&self.key_separator);
            self.write(&value.get_item(key)?, depth + 1, out)?;
        }
        if !keys.is_empty() {
            self.break_line(depth, out);
        }
        out.push('}');
        Ok(())
    }
}

#[cfg(test)]
fn dumped(value: Value, named: &[(&str, Value)]) -> Result<String, String> {
    let named = Kwargs::from_iter(named.iter().cloned());
    tojson(value, Rest(Vec::new()), named).map_err(|e| e.to_string())
}

#[test]
fn texts_are_escaped_as_python_does() {
    let text = Value::from("\"\\/\n\r\t\u{8}\u{c}\0\u{1f}\u{7f}é\u{1F600}");
    let plain = "\"\\\"\\\\/\\n\\r\\t\\b\\f\\u0000\\u001f\u{7f}é\u{1F600}\"";
    assert_eq!(dumped(text.clone(), &[]).unwrap(), plain);
    let ascii = "\"\\\"\\\\/\\n\\r\\t\\b\\f\\u0000\\u001f\\u007f\\u00e9\\ud83d\\ude00\"";
    assert_eq!(dumped(text, &[("ensure_ascii", true.into())]).unwrap(), ascii);
}

#[test]
fn an_indent_has_a_limit() {
    let list = Value::from(vec![1, 2]);
    assert_eq!(dumped(list.clone(), &[("indent", 1.into())]).unwrap(), "[\n 1,\n 2\n]");
    assert_eq!(dumped(list.clone(), &[("indent", "ab".into())]).unwrap(), "[\nab1,\nab2\n]");
    assert_eq!(dumped(list.clone(), &[("indent", (-3).into())]).unwrap(), "[\n1,\n2\n]");
    assert!(dumped(list.clone(), &[("indent", 64.into())]).is_ok());
    for wide in [65.into(), 4611686018427387904i64.into(), "x".repeat(65).into(), Value::from(1e18)]
    {
        let message = dumped(list.clone(), &[("indent", wide)]).unwrap_err();
        assert!(message.contains("in tojson, expected at most 64"), "{message}");
    }
}

#[test]
fn json_has_a_depth_and_a_size() {
    let doubled = (0..60).fold(Value::from(1), |half, _| Value::from(vec![half.clone(), half]));
    let message = dumped(doubled, &[]).unwrap_err();
    assert!(message.contains("more than 1048576 bytes"), "{message}");
    let nested =
        |depth| (0..depth).fold(Value::from(1), |inner, _| Value::from_iter([("a", inner)]));
    assert!(dumped(nested(4_000), &[]).is_ok());
    let message = dumped(nested(4_001), &[]).unwrap_err();
    assert!(message.contains("more than 4000 levels"), "{message}");
    assert_eq!(dumped(Value::from(Vec::<i32>::new()), &[("indent", 2.into())]).unwrap(), "[]");
}
