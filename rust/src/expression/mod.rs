//! Fields as Jinja expressions over a row, by the minijinja that renders chat templates, within limits
//! of steps and bytes.
mod attributes;
mod budget;
mod comparisons;
mod compiled;
mod constants;
mod helpers;
mod ordering;
mod output;
mod row;
mod talk;
mod texts;

use crate::ffi::{guard, guard_or, text, Bytes, Message};
use minijinja::machinery::{make_string_output, parse_expr, CodeGenerator, Instructions, Vm};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::c_char;
use std::sync::{Arc, LazyLock};

const MAX_SOURCE_BYTES: usize = 8 << 10;
const MAX_STEPS: u64 = 100_000;

struct Shared {
    environment: Environment<'static>,
    functions: Arc<BTreeSet<String>>,
}

static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let mut environment = crate::environment::environment(None);
    for function in ["raise_exception", "strftime_now", "__tuple__", "lipsum", "cycler", "joiner"] {
        environment.remove_global(function);
    }
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_unknown_method_callback(budget::call_method);
    helpers::add(&mut environment);
    talk::add(&mut environment);
    comparisons::add(&mut environment);
    ordering::add(&mut environment);
    attributes::add(&mut environment);
    let base = Arc::new(environment.clone());
    budget::add(&mut environment, base);
    environment.set_fuel(Some(MAX_STEPS));
    let functions = environment.globals().map(|(name, _)| name.to_string()).collect();
    Shared { environment, functions: Arc::new(functions) }
});

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Use {
    Value,
    Name,
    Filter,
}

#[derive(Deserialize)]
struct Given {
    text: String,
    r#use: Use,
}

struct Expression {
    // Borrows from `_source`, which is neither moved nor changed.
    instructions: Instructions<'static>,
    keys: compiled::Keys,
    r#use: Use,
    _source: Box<str>,
}

fn describe(error: &Error) -> String {
    if error.kind() == ErrorKind::OutOfFuel {
        return format!("takes more than {MAX_STEPS} steps");
    }
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<Error>());
    match (error.detail(), cause) {
        (_, Some(cause)) if cause.detail().is_some() => describe(cause),
        (Some(detail), _) if error.kind() == ErrorKind::InvalidOperation => {
            let is_null = detail.contains("unsupported types") && detail.contains("none");
            let advice = if is_null { "; (x or 0) is 0 where x is null" } else { "" };
            format!("{detail}{advice}")
        }
        (Some(detail), _) => format!("{}: {detail}", error.kind()),
        (None, _) if error.kind() == ErrorKind::UndefinedError => {
            "uses a value that is undefined: the row lacks it, or a list or object in it does".into()
        }
        (None, _) => error.kind().to_string(),
    }
}

impl Expression {
    fn new(given: Given) -> Result<Self, String> {
        let size = given.text.len();
        if size > MAX_SOURCE_BYTES {
            return Err(format!("found {size} bytes, expected at most {MAX_SOURCE_BYTES}"));
        }
        let source = given.text.into_boxed_str();
        // SAFETY: the box outlives the instructions beside it, and its text never moves.
        let borrowed: &'static str = unsafe { &*(source.as_ref() as *const str) };
        let parsed = parse_expr(borrowed).map_err(|e| describe(&e))?;
        comparisons::refuse_idle(&parsed)?;
        constants::refuse_large(&parsed)?;
        let mut generator = CodeGenerator::new("<expression>", borrowed);
        generator.compile_expr(&parsed);
        let mut instructions = generator.finish().0;
        let keys = compiled::keys_of(&instructions);
        compiled::refuse_unknown(&instructions)?;
        compiled::use_own_operators(&mut instructions);
        let instructions = compiled::with_checked_conditions(&instructions);
        Ok(Expression { instructions, keys, r#use: given.r#use, _source: source })
    }

    fn eval(&self, names: &Value) -> Result<Value, Error> {
        let mut none = String::new();
        let vm = Vm::new(&SHARED.environment);
        let mut out = make_string_output(&mut none);
        let blocks = BTreeMap::new();
        let result =
            vm.eval(&self.instructions, names.clone(), &blocks, &mut out, AutoEscape::None)?.0;
        Ok(result.unwrap_or_default())
    }
}

#[allow(non_camel_case_types)]
pub struct laurel_expressions {
    all: Vec<Expression>,
    named: Arc<BTreeSet<String>>, // keys that are none where a row lacks them
    wanted: Option<BTreeSet<String>>, // keys that are read at all; None: all
}

impl laurel_expressions {
    fn new(json: &str, failed: &mut usize) -> Result<Self, String> {
        let given: Vec<Given> = serde_json::from_str(json).map_err(|e| e.to_string())?;
        let mut all = Vec::new();
        for (i, each) in given.into_iter().enumerate() {
            *failed = i;
            all.push(Expression::new(each)?);
        }
        let is_whole = all.iter().any(|each| each.keys.is_whole);
        let named: BTreeSet<_> = all.iter().flat_map(|each| each.keys.named.clone()).collect();
        let asked: BTreeSet<_> = all.iter().flat_map(|each| each.keys.asked.clone()).collect();
        let wanted = if is_whole { None } else { Some(&named | &asked) };
        Ok(laurel_expressions { all, named: Arc::new(named), wanted })
    }

    /// A list of the values, as CBOR; null where a filter does not keep the row.
    fn eval(&self, text: &str, failed: &mut usize) -> Result<Vec<u8>, String> {
        budget::start();
        let members = row::members(text, self.wanted.as_ref())?;
        let row = Arc::new(row::Row { members, named: self.named.clone() });
        let functions = SHARED.functions.clone();
        let names = Value::from_object(row::Names { row, functions });
        let mut out = vec![output::LIST];
        for (i, expression) in self.all.iter().enumerate() {
            *failed = i;
            let value = expression.eval(&names).map_err(|e| describe(&e))?;
            let written = match expression.r#use {
                Use::Value => output::write(&value, 0, &mut out),
                Use::Name => output::write_name(&value, &mut out),
                Use::Filter => match output::kept(&value) {
                    Ok(false) => return Ok(vec![output::NULL]),
                    kept => kept.map(|_| out.push(output::TRUE)),
                },
            };
            written.map_err(|e| describe(&e))?;
        }
        out.push(output::END);
        Ok(out)
    }
}

#[no_mangle]
unsafe extern "C" fn laurel_expressions_new(
    json: *const c_char,
    size: usize,
    expressions: *mut *mut laurel_expressions,
    failed: &mut usize,
) -> Message {
    guard(|| {
        *expressions = Box::into_raw(Box::new(laurel_expressions::new(text(json, size)?, failed)?));
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_expressions_free(expressions: *mut laurel_expressions) {
    if !expressions.is_null() {
        guard_or((), || drop(Box::from_raw(expressions)));
    }
}

#[no_mangle]
unsafe extern "C" fn laurel_expressions_keys(
    expressions: &laurel_expressions,
    json: *mut Bytes,
) -> Message {
    guard(|| {
        let keys: Vec<_> =
            expressions.all.iter().map(|each| (&each.keys.named, &each.keys.asked)).collect();
        *json = Bytes::from_string(serde_json::to_string(&keys).map_err(|e| e.to_string())?);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_expressions_eval(
    expressions: &laurel_expressions,
    row: *const c_char,
    size: usize,
    cbor: *mut Bytes,
    failed: &mut usize,
) -> Message {
    guard(|| {
        *cbor = Bytes::from_vec(expressions.eval(text(row, size)?, failed)?);
        Ok(())
    })
}
