//! Rewrites what minijinja reads otherwise than Jinja: tuples, and methods that are named but not called.
use crate::objects::is_method_name;
use crate::tag_tokens::{end_of_string, tokens, Kind, QUOTES};

/// What a parenthesis that opens here stands after: a value is called.
fn ends_a_value(kind: Kind, text: &str) -> bool {
    const WORDS: [&str; 12] =
        ["in", "not", "and", "or", "if", "else", "elif", "is", "for", "set", "print", "recursive"];
    match kind {
        Kind::Name => !WORDS.contains(&text),
        Kind::Text => true,
        Kind::Sign => matches!(text, ")" | "]" | "}"),
        Kind::Space => false,
    }
}

/// For every token that opens a tuple: `(` with a comma of its own or nothing inside, and no call.
fn tuples(tokens: &[(Kind, &str)]) -> Vec<bool> {
    let mut found = vec![false; tokens.len()];
    let mut open: Vec<(usize, bool)> = Vec::new(); // where, and whether a tuple could begin there
    let mut before = None;
    for (i, &(kind, text)) in tokens.iter().enumerate() {
        if kind == Kind::Space {
            continue;
        }
        match (kind, text) {
            (Kind::Sign, "(") => {
                let called = before.is_some_and(|at: usize| {
                    let (kind, text) = tokens[at];
                    // `is in(...)` and the like are tests with an argument, `for (a, b)` are targets.
                    ends_a_value(kind, text) || is_test_or_target(tokens, at)
                });
                open.push((i, !called));
            }
            (Kind::Sign, "[" | "{") => open.push((i, false)),
            (Kind::Sign, ")" | "]" | "}") => {
                if let Some((at, true)) = open.pop() {
                    let is_empty = before == Some(at);
                    found[at] |= is_empty;
                }
            }
            (Kind::Sign, ",") => {
                if let Some(&(at, true)) = open.last() {
                    found[at] = true;
                }
            }
            _ => {}
        }
        before = Some(i);
    }
    found
}

/// Lists and tuples are one thing to minijinja's operators.
fn refuse_operator(tokens: &[(Kind, &str)], open: usize) -> Result<(), String> {
    let mut depth = 0;
    let close = tokens[open..].iter().position(|token| {
        depth += i32::from(matches!(token.1, "(" | "[" | "{"));
        depth -= i32::from(matches!(token.1, ")" | "]" | "}"));
        depth == 0
    });
    let signs = |part: &[(Kind, &str)]| -> Vec<String> {
        part.iter()
            .filter(|token| token.0 != Kind::Space)
            .map(|token| token.1.to_string())
            .collect()
    };
    let before = signs(&tokens[..open]);
    let after = signs(&tokens[close.map_or(tokens.len(), |at| open + at + 1)..]);
    let compares = |a: Option<&String>, b: Option<&String>| {
        let pair = (a.map(String::as_str), b.map(String::as_str));
        matches!(pair, (Some("=" | "!"), Some("=")))
    };
    let [last, first] = [before.last(), after.first()].map(|sign| sign.map(String::as_str));
    let slices = first == Some("[") && after.iter().take_while(|s| *s != "]").any(|s| s == ":");
    let compared = compares(before.iter().rev().nth(1), before.last())
        || compares(after.first(), after.get(1));
    let calculated = [last, first].iter().any(|sign| matches!(sign, Some("+" | "*")));
    match slices || compared || calculated {
        true => Err("found an operator beside a tuple, expected a list: [a, b]".into()),
        false => Ok(()),
    }
}

fn is_test_or_target(tokens: &[(Kind, &str)], at: usize) -> bool {
    let text = tokens[at].1;
    if matches!(text, "for" | "set") {
        return true;
    }
    let mut earlier = tokens[..at].iter().rev().filter(|token| token.0 != Kind::Space);
    text == "in"
        && matches!(earlier.next(), Some((_, "is" | "not")) if {
            // `x not in (1, 2)` is an operator, `x is not in(1, 2)` a test.
            let mut words = tokens[..at].iter().rev().filter(|token| token.0 != Kind::Space);
            let last = words.next().map(|token| token.1);
            last == Some("is") || (last == Some("not") && words.next().map(|token| token.1) == Some("is"))
        })
}

fn rewrite_tag(inside: &str) -> Result<String, String> {
    let tokens = tokens(inside);
    let tuples = tuples(&tokens);
    let next = |i: usize| tokens[i + 1..].iter().find(|token| token.0 != Kind::Space);
    let mut out = String::with_capacity(inside.len());
    let mut before: Option<(Kind, &str)> = None;
    let mut skip = 0;
    // `set x.items = ...` names what is set, and reads nothing.
    let is_set = tokens.iter().find(|token| token.0 == Kind::Name).is_some_and(|t| t.1 == "set");
    let equals = tokens.iter().position(|token| token.1 == "=").filter(|_| is_set);
    let target = ..equals.unwrap_or(0);
    for (i, &(kind, text)) in tokens.iter().enumerate() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        if tuples[i] {
            out.push_str("__tuple__");
        }
        let after_value = before.is_some_and(|(kind, text)| ends_a_value(kind, text));
        if text == "."
            && !target.contains(&i)
            && after_value
            && tokens[i + 1..].first().is_some_and(|t| is_method_name(t.1))
        {
            let called = next(i + 1).is_some_and(|token| token.1 == "(");
            if !called {
                out.push_str(&format!("|__attribute__('{}')", tokens[i + 1].1));
                before = Some((Kind::Sign, ")"));
                skip = 1;
                continue;
            }
        }
        if text == "[" && after_value && tokens.get(i + 2).is_some_and(|t| t.1 == "]") {
            let name = tokens[i + 1].1.trim_matches(QUOTES);
            let called = next(i + 2).is_some_and(|token| token.1 == "(");
            if tokens[i + 1].0 == Kind::Text && is_method_name(name) && !called {
                out.push_str(&format!("|__item__('{name}')"));
                before = Some((Kind::Sign, ")"));
                skip = 2;
                continue;
            }
        }
        if tuples[i] {
            refuse_operator(&tokens, i)?;
        }
        if text == "%" && next(i).is_some_and(|token| token.1 == "-") && after_value {
            return Err("found % before a minus, expected a positive number after it".into());
        }
        if text == "~" && next(i).is_some_and(|token| matches!(token.1, "[" | "{")) {
            return Err(
                "found ~ before a list or dict, expected the filter string after that".into()
            );
        }
        if kind == Kind::Name && text == "autoescape" {
            return Err("found {% autoescape %}, which laurel does not have".into());
        }
        out.push_str(text);
        if kind != Kind::Space {
            before = Some((kind, text));
        }
    }
    Ok(out)
}

/// Where a tag ends: its end may stand in a string.
fn end_of_tag(text: &str, end: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(end) {
            return Some(at);
        }
        let first = rest.chars().next()?;
        at += if QUOTES.contains(&first) { end_of_string(rest) } else { first.len_utf8() };
    }
    None
}

/// The source with tuples as calls of `__tuple__` and methods that are not called as the filter
/// `__attribute__`. Comments and raw blocks stay.
pub fn rewrite(source: &str) -> Result<String, String> {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) =
        rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min()
    {
        let end = match &rest[at..at + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        out.push_str(&rest[..at + 2]);
        rest = &rest[at + 2..];
        let found = if end == "#}" { rest.find(end) } else { end_of_tag(rest, end) };
        let Some(size) = found else { break };
        let inside = &rest[..size];
        let line = || source[..source.len() - rest.len()].matches('\n').count() + 1;
        if end == "#}" {
            out.push_str(inside);
        } else {
            out.push_str(&rewrite_tag(inside).map_err(|e| format!("line {}: {e}", line()))?);
        }
        rest = &rest[size..];
        if inside.trim_matches(['-', '+', ' ', '\n', '\t']) == "raw" {
            let body = rest.find("endraw").unwrap_or(rest.len());
            out.push_str(&rest[..body]);
            rest = &rest[body..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

#[test]
fn tuples_and_methods_are_rewritten_and_all_else_stays() {
    for (given, wanted) in [
        ("{{ (a, b) }}", "{{ __tuple__(a, b) }}"),
        ("{{ () }}{{ (1,)[0] }}", "{{ __tuple__() }}{{ __tuple__(1,)[0] }}"),
        ("{{ f(a, b) }}{{ (a) }}{{ f((a, b)) }}", "{{ f(a, b) }}{{ (a) }}{{ f(__tuple__(a, b)) }}"),
        ("{% if x in (1, 2) %}", "{% if x in __tuple__(1, 2) %}"),
        ("{% for (a, b) in x %}{{ y is in(1, 2) }}", "{% for (a, b) in x %}{{ y is in(1, 2) }}"),
        ("{{ '(a, b).strip' }}{# (a, b) #}", "{{ '(a, b).strip' }}{# (a, b) #}"),
        ("{{ x.strip is defined }}", "{{ x|__attribute__('strip') is defined }}"),
        (
            "{{ x.strip() }}{{ x.strip () }}{{ x.y.items }}",
            "{{ x.strip() }}{{ x.strip () }}{{ x.y|__attribute__('items') }}",
        ),
        (
            "(a, b).strip {% raw %}{{ (1, 2) }}{% endraw %}",
            "(a, b).strip {% raw %}{{ (1, 2) }}{% endraw %}",
        ),
        ("{{ '}}' ~ (1, 2) }}", "{{ '}}' ~ __tuple__(1, 2) }}"),
        ("{{ {'a': (1, 2)}[(1, 2)] }}", "{{ {'a': __tuple__(1, 2)}[__tuple__(1, 2)] }}"),
        ("{{ (a, b", "{{ (a, b"),
    ] {
        assert_eq!(rewrite(given).as_deref(), Ok(wanted), "{given}");
    }
    for refused in [
        "{{ (1, 2) == x }}",
        "{{ x != () }}",
        "{{ (1, 2) + y }}",
        "{{ 2 * (1,) }}",
        "{{ (1, 2)[1:] }}",
    ] {
        assert!(rewrite(refused).unwrap_err().contains("an operator beside a tuple"), "{refused}");
    }
    assert_eq!(
        rewrite("{% set x = (1, 2) %}{{ f(a=()) }}").unwrap(),
        "{% set x = __tuple__(1, 2) %}{{ f(a=__tuple__()) }}"
    );
    assert_eq!(
        rewrite("{{ x['strip'] is defined }}{{ x['a'] }}").unwrap(),
        "{{ x|__item__('strip') is defined }}{{ x['a'] }}"
    );
    assert_eq!(
        rewrite("{% set n.count = n.count + 1 %}").unwrap(),
        "{% set n.count = n|__attribute__('count') + 1 %}"
    );
    assert_eq!(
        rewrite("\n{{ 7 % -3 }}").unwrap_err(),
        "line 2: found % before a minus, expected a positive number after it"
    );
    assert!(rewrite("{% autoescape true %}").unwrap_err().contains("autoescape"));
}
