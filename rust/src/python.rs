//! Values as Python writes them: str, repr, json.dumps.
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, Value};

pub fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        // Rust writes 1e-5 and 1e16, Python 1e-05 and 1e+16.
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(rest) => ('-', rest),
            None => ('+', exponent),
        };
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    format!("{value:?}")
}

fn repr_of_string(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if (c as u32) < 0x20 || (0x7f..=0xa0).contains(&(c as u32)) || c as u32 == 0xad => {
                out.push_str(&format!("\\x{:02x}", c as u32))
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

fn number(value: &Value) -> String {
    if value.is_integer() {
        return value.to_string();
    }
    f64::try_from(value.clone()).map_or_else(|_| value.to_string(), float)
}

fn items(value: &Value) -> Vec<Value> {
    value.try_iter().map(|iter| iter.collect()).unwrap_or_default()
}

/// What str() gives at the top, repr() inside of containers.
pub fn write(value: &Value, inside: bool, out: &mut String) {
    match value.kind() {
        ValueKind::String if inside => repr_of_string(value.as_str().unwrap_or_default(), out),
        ValueKind::Undefined if inside => out.push_str("Undefined"),
        ValueKind::Number => out.push_str(&number(value)),
        ValueKind::Seq | ValueKind::Iterable => {
            out.push('[');
            for (i, item) in items(value).iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write(item, true, out);
            }
            out.push(']');
        }
        ValueKind::Map => {
            out.push('{');
            for (i, key) in items(value).iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write(key, true, out);
                out.push_str(": ");
                write(&value.get_item(key).unwrap_or_default(), true, out);
            }
            out.push('}');
        }
        _ => out.push_str(&value.to_string()),
    }
}

/// Options of json.dumps as the template filter passes them on.
pub struct Dump {
    ascii: bool,
    indent: Option<String>,
    item_separator: String,
    key_separator: String,
    sort_keys: bool,
}

impl Dump {
    pub fn new(arguments: &[Value], named: &Kwargs) -> Result<Self, Error> {
        let option = |at: usize, name: &str| -> Result<Option<Value>, Error> {
            let value = match arguments.get(at) {
                Some(value) => Some(value.clone()),
                None => named.get::<Option<Value>>(name)?,
            };
            Ok(value.filter(|v| !v.is_none() && !v.is_undefined()))
        };
        let indent = option(1, "indent")?.map(|v| match v.as_str() {
            Some(text) => text.to_string(),
            None => " ".repeat(usize::try_from(v).unwrap_or(0)),
        });
        let part = |pair: &Value, i: usize| -> Result<String, Error> {
            Ok(pair.get_item(&Value::from(i))?.to_string())
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
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                c if (c as u32) < 0x20 || (self.ascii && c as u32 > 0x7e) => {
                    let mut units = [0; 2];
                    for unit in c.encode_utf16(&mut units) {
                        out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }

    fn break_line(&self, depth: usize, out: &mut String) {
        if let Some(indent) = &self.indent {
            out.push('\n');
            out.push_str(&indent.repeat(depth));
        }
    }

    fn key(&self, key: &Value, out: &mut String) {
        let mut text = String::new();
        match key.as_str() {
            Some(key) => text.push_str(key),
            None => self.write(key, 0, &mut text).unwrap_or_default(),
        }
        self.string(&text, out);
    }

    pub fn write(&self, value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
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
            ValueKind::Seq | ValueKind::Iterable => self.list(&items(value), depth, out)?,
            ValueKind::Map => self.object(value, depth, out)?,
            kind => {
                let what = format!("found {kind} in tojson, which JSON cannot hold");
                return Err(Error::new(ErrorKind::InvalidOperation, what));
            }
        }
        Ok(())
    }

    fn list(&self, items: &[Value], depth: usize, out: &mut String) -> Result<(), Error> {
        out.push('[');
        for (i, item) in items.iter().enumerate() {
            out.push_str(if i > 0 { &self.item_separator } else { "" });
            self.break_line(depth + 1, out);
            self.write(item, depth + 1, out)?;
        }
        if !items.is_empty() {
            self.break_line(depth, out);
        }
        out.push(']');
        Ok(())
    }

    fn object(&self, value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
        let mut keys = items(value);
        if self.sort_keys {
            keys.sort();
        }
        out.push('{');
        for (i, key) in keys.iter().enumerate() {
            out.push_str(if i > 0 { &self.item_separator } else { "" });
            self.break_line(depth + 1, out);
            self.key(key, out);
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
