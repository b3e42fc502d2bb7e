//! Renders chat templates as transformers does, within limits of steps and bytes.
use crate::date::Date;
use crate::environment::environment;
use crate::ffi::{guard, guard_or, panic_text, text, Bytes, Message};
use crate::generation_tags::without_generation_tags;
use crate::objects;
use crate::python::MAX_RENDERED_BYTES;
use crate::rewrite::rewrite;
use minijinja::{context, Environment, Error, ErrorKind, Value};
use std::ffi::{c_char, CStr};

const MAX_SOURCE_BYTES: usize = 256 << 10;

// A step can nest a value one level deeper, and what is done with a value recurses into it. Few steps
// fit any thread's stack, and conversations that need more are rendered on a large one.
const SMALL_STACK_STEPS: u64 = 3_000;
const MAX_STEPS: u64 = 1_000_000;
const LARGE_STACK: usize = 1 << 30; // reserved, not used

#[allow(non_camel_case_types)]
pub struct laurel_template {
    few: Environment<'static>,
    most: Environment<'static>,
    variables: Value,
}

/// Why a render stopped, where the template itself or a missing option is the reason.
#[derive(Debug)]
pub enum Stop {
    Raised(String),
    DateMissing,
    TooLong,
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Stop::Raised(message) => write!(f, "the chat template raises: {message}"),
            Stop::DateMissing => f.write_str("the chat template prints today's date"),
            Stop::TooLong => {
                write!(f, "the chat template renders more than {MAX_RENDERED_BYTES} bytes")
            }
        }
    }
}

impl std::error::Error for Stop {}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        Error::new(ErrorKind::InvalidOperation, stop.to_string()).with_source(stop)
    }
}

fn stop_of(error: &Error) -> Option<&Stop> {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(stop) = cause.downcast_ref() {
            return Some(stop);
        }
        source = cause.source();
    }
    None
}

fn is_out_of_steps(error: &Error) -> bool {
    let inner = std::error::Error::source(error).and_then(|e| e.downcast_ref());
    error.kind() == ErrorKind::OutOfFuel || inner.is_some_and(is_out_of_steps)
}

fn describe(error: &Error) -> String {
    if let Some(stop) = stop_of(error) {
        return stop.to_string();
    }
    if is_out_of_steps(error) {
        return format!("the chat template takes more than {MAX_STEPS} steps for a conversation");
    }
    let line = error.line().map(|line| format!("line {line}: ")).unwrap_or_default();
    match error.detail() {
        Some(detail) => format!("{line}{}: {detail}", error.kind()),
        None => format!("{line}{}", error.kind()),
    }
}

/// For what recurses as deep as a file says.
fn on_large_stack<T: Send>(body: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(LARGE_STACK);
        let running = thread.spawn_scoped(scope, body);
        let running = running.map_err(|e| format!("no thread with a large stack: {e}"))?;
        running.join().map_err(panic_text)
    })
}

/// Takes text up to a size.
#[derive(Default)]
struct Rendered {
    bytes: Vec<u8>,
    is_full: bool,
}

impl std::io::Write for Rendered {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.is_full |= bytes.len() > MAX_RENDERED_BYTES - self.bytes.len();
        if self.is_full {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn run(environment: &Environment, context: &Value) -> Result<String, Error> {
    let mut rendered = Rendered::default();
    let template = environment.get_template("chat")?;
    let done = template.render_captured_to(context, &mut rendered).map(|_| ());
    if rendered.is_full {
        return Err(Stop::TooLong.into());
    }
    done?;
    String::from_utf8(rendered.bytes)
        .map_err(|e| Error::new(ErrorKind::InvalidOperation, e.to_string()))
}

/// They were read as floats, and an integer is written otherwise than a float in Python.
fn refuse_large_numbers(value: &serde_json::Value) -> Result<(), Error> {
    use serde_json::Value::{Array, Number, Object};
    match value {
        Number(number) if number.is_f64() && number.as_f64().is_some_and(|n| n.abs() >= 9.2e18) => {
            let text = format!(
                "found the number {number} in a message, expected numbers of at most 64 bits, floats below 9.2e18: larger integers cannot be told from floats here; write it as a string"
            );
            Err(Error::new(ErrorKind::InvalidOperation, text))
        }
        Array(items) => items.iter().try_for_each(refuse_large_numbers),
        Object(members) => members.values().try_for_each(refuse_large_numbers),
        _ => Ok(()),
    }
}

fn parsed(text: &str) -> Result<serde_json::Value, Error> {
    let value = serde_json::from_str(text)
        .map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))?;
    refuse_large_numbers(&value)?;
    Ok(value)
}

impl laurel_template {
    fn new(source: &str, variables: &str, date: Option<Date>) -> Result<Self, String> {
        let variables: serde_json::Value =
            serde_json::from_str(variables).map_err(|e| e.to_string())?;
        let size = source.len();
        if size > MAX_SOURCE_BYTES {
            return Err(format!("found {size} bytes, expected at most {MAX_SOURCE_BYTES}"));
        }
        let source = without_generation_tags(&source.replace("\r\n", "\n").replace('\r', "\n"));
        let source = rewrite(&source)?;
        let mut few = on_large_stack(|| {
            let mut environment = environment(date);
            let added = environment.add_template_owned("chat", source);
            added.map(|()| environment).map_err(|e| describe(&e))
        })??;
        let mut most = few.clone();
        few.set_fuel(Some(SMALL_STACK_STEPS));
        most.set_fuel(Some(MAX_STEPS));
        Ok(laurel_template { few, most, variables: objects::from_json(&variables) })
    }

    fn render(&self, messages: &str, of_row: &str) -> Result<String, Error> {
        let messages = parsed(messages)?;
        let of_row = objects::from_json(&parsed(of_row)?);
        let variables = self.variables.clone();
        // The macro takes one spread after named values.
        let others = context! { ..of_row, ..variables };
        let context = context! { messages => objects::from_json(&messages), ..others };
        match run(&self.few, &context) {
            Err(error) if is_out_of_steps(&error) => on_large_stack(|| run(&self.most, &context))
                .unwrap_or_else(|text| Err(Error::new(ErrorKind::InvalidOperation, text))),
            rendered => rendered,
        }
    }
}

#[no_mangle]
unsafe extern "C" fn laurel_template_new(
    source: *const c_char,
    source_size: usize,
    variables: *const c_char,
    variables_size: usize,
    date: *const c_char,
    chat_template: *mut *mut laurel_template,
) -> Message {
    guard(|| {
        let day = match date.is_null() {
            true => None,
            false => {
                let given = CStr::from_ptr(date).to_string_lossy();
                let parsed = Date::parse(&given);
                Some(parsed.ok_or_else(|| format!("found {given:?}, expected YYYY-MM-DD"))?)
            }
        };
        let variables = text(variables, variables_size)?;
        let made = laurel_template::new(text(source, source_size)?, variables, day)?;
        *chat_template = Box::into_raw(Box::new(made));
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_template_free(chat_template: *mut laurel_template) {
    if !chat_template.is_null() {
        guard_or((), || drop(Box::from_raw(chat_template)));
    }
}

#[no_mangle]
unsafe extern "C" fn laurel_template_render(
    chat_template: &laurel_template,
    messages: *const c_char,
    size: usize,
    variables: *const c_char,
    variables_size: usize,
    rendered: *mut Bytes,
    date_missing: *mut bool,
) -> Message {
    guard(|| {
        *date_missing = false;
        match chat_template.render(text(messages, size)?, text(variables, variables_size)?) {
            Ok(result) => *rendered = Bytes::from_string(result),
            Err(error) => {
                *date_missing = matches!(stop_of(&error), Some(Stop::DateMissing));
                return Err(describe(&error));
            }
        }
        Ok(())
    })
}
