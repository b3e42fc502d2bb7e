//! minijinja's own filters and methods, refused where a template could end the process with them.
use crate::python;
use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{filters, Environment, Error, ErrorKind, State, Value};

const MAX_WIDTH: i128 = 4096; // columns or parts
const MAX_ITEMS: usize = 1 << 22; // `[1] * n` has n items and takes no memory

type Check = fn(&[Value]) -> Result<(), Error>;

fn refusal(found: impl std::fmt::Display, expected: impl std::fmt::Display) -> Error {
    let text = format!("found {found}, expected at most {expected}");
    Error::new(ErrorKind::InvalidOperation, text)
}

fn is_container(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::Map)
}

/// The count of `batch` and `slice`, the width of `indent`.
pub fn refuse_width(width: &Value) -> Result<(), Error> {
    match i128::try_from(width.clone()) {
        Ok(width) if width > MAX_WIDTH => {
            Err(refusal(format!("a width or count of {width}"), MAX_WIDTH))
        }
        _ => Ok(()),
    }
}

/// For filters that collect.
fn refuse_long(arguments: &[Value]) -> Result<(), Error> {
    let Some(list) = arguments.first().filter(|value| is_container(value)) else { return Ok(()) };
    let is_long = match list.len() {
        Some(length) => length > MAX_ITEMS,
        None => list.try_iter().is_ok_and(|mut items| items.nth(MAX_ITEMS).is_some()),
    };
    match is_long {
        true => Err(refusal(format!("a list of more than {MAX_ITEMS} items"), MAX_ITEMS)),
        false => Ok(()),
    }
}

/// For what writes its arguments with minijinja's writer, which has no limits.
fn refuse_unwritable(arguments: &[Value]) -> Result<(), Error> {
    let mut scratch = String::new();
    for value in arguments.iter().filter(|value| is_container(value)) {
        python::write(value, true, &mut scratch)?;
    }
    Ok(())
}

fn refuse_counted(arguments: &[Value]) -> Result<(), Error> {
    arguments.get(1).map_or(Ok(()), refuse_width)?;
    refuse_long(arguments)
}

/// Python counts true as 1, and false as 0.
fn refuse_mixed(arguments: &[Value]) -> Result<(), Error> {
    refuse_long(arguments)?;
    let items = arguments.first().and_then(|list| list.try_iter().ok()).into_iter().flatten();
    let kinds: Vec<_> = items.map(|item| item.kind()).collect();
    match kinds.contains(&ValueKind::Bool) && kinds.contains(&ValueKind::Number) {
        true => {
            let text = "found numbers beside true or false in unique, expected one kind";
            Err(Error::new(ErrorKind::InvalidOperation, text))
        }
        false => Ok(()),
    }
}

/// Items as str() writes them.
fn join(list: Value, separator: Option<Value>, named: Kwargs) -> Result<String, Error> {
    let separator = match separator {
        Some(given) => Some(given),
        None => named.get::<Option<Value>>("d")?,
    };
    let separator = separator.map_or(Ok(String::new()), |value| python::text(&value))?;
    let attribute = named.get::<Option<String>>("attribute")?;
    named.assert_all_used()?;
    if list.is_undefined() {
        return Ok(String::new());
    }
    let mut out = String::new();
    for (i, item) in list.try_iter()?.enumerate() {
        let item = match &attribute {
            Some(path) => path.split('.').try_fold(item, |value, name| value.get_attr(name))?,
            None => item,
        };
        out.push_str(if i > 0 { &separator } else { "" });
        python::write(&item, false, &mut out)?;
    }
    Ok(out)
}

fn refuse_format(arguments: &[Value]) -> Result<(), Error> {
    let text = arguments.first().and_then(|value| value.as_str());
    refuse_wide(percent_specs(text.unwrap_or_default()))?;
    refuse_unwritable(arguments)
}

/// Any number in a format's specification is a width, a precision, or a fill of one digit.
fn refuse_wide<'a>(specs: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    for spec in specs {
        let numbers = spec.split(|c: char| !c.is_ascii_digit()).filter(|text| !text.is_empty());
        for number in numbers {
            if number.parse().map_or(true, |n: i128| n > MAX_WIDTH) {
                return Err(refusal(format!("a width of {number} in a format"), MAX_WIDTH));
            }
        }
    }
    Ok(())
}

/// What stands between % and the type in `%(key)-5.3d`, without the key.
fn percent_specs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let spec = &rest[rest.find('%')? + 1..];
        let spec = match spec.strip_prefix('(') {
            Some(key) => &key[key.find(')')? + 1..],
            None => spec,
        };
        let end = spec.find(|c: char| !"#0- +.123456789".contains(c)).unwrap_or(spec.len());
        let after = &spec[end..];
        rest = if end == 0 { after.strip_prefix('%').unwrap_or(after) } else { after };
        Some(&spec[..end])
    })
}

/// What stands after the colon in `{key:>5}`.
fn brace_specs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || loop {
        rest = rest.split_once('{')?.1;
        if let Some(after) = rest.strip_prefix('{') {
            rest = after;
            continue;
        }
        rest = &rest[rest.find([':', '}', '['])?..];
        while rest.starts_with('[') {
            rest = rest.split_once(']')?.1;
            rest = &rest[rest.find([':', '}', '['])?..];
        }
        let Some(spec) = rest.strip_prefix(':') else { continue };
        // A character in front of an alignment fills, a brace too.
        let mut after = spec.chars();
        after.next();
        let is_fill = after.as_str().starts_with(['<', '>', '=', '^']);
        let spec = if is_fill { after.as_str() } else { spec };
        let end = spec.find('}').unwrap_or(spec.len());
        rest = &spec[end..];
        return Some(&spec[..end]);
    })
}

/// For the methods of strings that minijinja answers.
pub fn refuse_method(text: &str, name: &str, arguments: &[Value]) -> Result<(), Error> {
    match name {
        "join" => refuse_unwritable(arguments),
        "format" => {
            refuse_wide(brace_specs(text))?;
            refuse_unwritable(arguments)
        }
        _ => Ok(()),
    }
}

fn add(environment: &mut Environment, check: Check, named: Vec<(&'static str, Value)>) {
    for (name, filter) in named {
        environment.add_filter(name, move |state: &State, arguments: Rest<Value>| {
            check(&arguments)?;
            filter.call(state, &arguments)
        });
    }
}

pub fn guard(environment: &mut Environment) {
    macro_rules! filters {
        ($($name:ident)*) => {
            vec![$((stringify!($name), Value::from_function(filters::$name))),*]
        };
    }
    add(environment, refuse_counted, filters![batch slice]);
    add(environment, refuse_format, filters![format]);
    add(environment, refuse_mixed, filters![unique]);
    environment.add_filter("join", join);
    add(
        environment,
        refuse_long,
        filters![list sort reverse map select reject selectattr rejectattr groupby dictsort],
    );
    add(environment, refuse_unwritable, filters![upper lower replace safe]);
}

#[cfg(test)]
fn rendered(source: &str) -> Result<String, String> {
    let environment = crate::environment::environment(None);
    environment.render_str(source, ()).map_err(|e| e.to_string())
}

#[test]
fn widths_and_counts_have_limits() {
    for refused in [
        "{{ 'a'|indent(4611686018427387904) }}",
        "{{ 'a'|indent(width=4097) }}",
        "{{ [1]|batch(4611686018427387904)|list }}",
        "{{ [1]|batch(100000000000, 'x')|list }}",
        "{{ [1]|slice(4097) }}",
        "{{ '%4611686018427387904d'|format(1) }}",
        "{{ '%%%(a)-4097s'|format(1) }}",
        "{{ '%.99999f'|format(1.5) }}",
        "{{ '{:4097}'.format(1) }}",
        "{{ '{{{:{<4097}'.format(1) }}",
        "{{ '{0[}]:.99999f}'.format(1.5) }}",
        "{{ ([1] * 1000000000000)|list }}",
        "{{ ([1] * 1000000000000)|map('string')|list }}",
        "{{ [1] * 1000000000000 }}",
    ] {
        let message = rendered(refused).unwrap_err();
        assert!(message.contains("expected at most"), "{refused}: {message}");
    }
}

#[test]
fn what_stays_below_the_limits_is_as_minijinja_has_it() {
    for (source, wanted) in [
        ("{{ 'a\nb'|indent(2) }}", "a\n  b"),
        ("{{ 'a\nb'|indent(width=1, first=true) }}", " a\n b"),
        ("{{ [1, 2, 3]|batch(2, 99999)|list }}", "[[1, 2], [3, 99999]]"),
        ("{{ [1, 2, 3]|slice(2)|list }}", "[[1, 2], [3]]"),
        ("{{ '%5d|%-3s|%%99999d|%.2f'|format(1, 'a', 1.234) }}", "    1|a  |%99999d|1.23"),
        ("{{ '{:>3}|{{9:99999}}|{a:0>4}'.format(1, a=2) }}", "  1|{9:99999}|0002"),
        ("{{ [1, 'a', [2]]|join('-') }}", "1-a-[2]"),
        ("{{ '-'.join(['a', 'b']) }}", "a-b"),
        (
            "{{ ['b', 'a']|sort|list }}{{ 'ab'|upper|lower|capitalize|replace('A', 'x')|e }}",
            "['a', 'b']xb",
        ),
        (
            "{{ [1, 2]|map('string')|list }}{{ 'ab'|reverse }}{{ 'ab'|list }}",
            "['1', '2']ba['a', 'b']",
        ),
        ("{{ debug is defined }}{{ [1, 2, 3]|reject('odd')|list }}", "False[2]"),
    ] {
        assert_eq!(rendered(source).as_deref(), Ok(wanted), "{source}");
    }
}

#[test]
fn a_namespace_that_contains_itself_is_not_written() {
    // Of half the stack that threads of the program have; tests have a quarter of it.
    let half = std::thread::Builder::new().stack_size(4 << 20);
    half.spawn(write_a_namespace_that_contains_itself).unwrap().join().unwrap();
}

#[cfg(test)]
fn write_a_namespace_that_contains_itself() {
    let cycle = "{% set n = namespace() %}{% set n.x = [n] %}";
    for written in [
        "{{ n }}",
        "{{ n|string }}",
        "{{ n|tojson }}",
        "{{ n|trim }}",
        "{{ n|title }}",
        "{{ [n]|join }}",
        "{{ n|upper }}",
        "{{ n|replace('a', 'b') }}",
        "{{ n|e }}",
        "{{ n|safe }}",
        "{{ n|indent }}",
        "{{ '%s'|format(n) }}",
        "{{ '{}'.format(n) }}",
        "{{ ','.join([n]) }}",
        "{{ raise_exception(n) }}",
    ] {
        let message = rendered(&format!("{cycle}{written}")).unwrap_err();
        assert!(message.contains("more than 4000 levels"), "{written}: {message}");
    }
    for gone in ["{{ n|pprint }}", "{{ debug() }}", "{{ n is startingwith 'a' }}"] {
        assert!(rendered(&format!("{cycle}{gone}")).is_err(), "{gone}");
    }
}
