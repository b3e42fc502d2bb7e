//! Splits the inside of a template's tag into names, strings and signs.

pub const QUOTES: [char; 2] = ['"', '\''];

/// A piece of what stands inside of a tag.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Space,
    Name,
    Text,
    Sign,
}

/// Splits the inside of a tag; strings stay whole.
pub fn tokens(inside: &str) -> Vec<(Kind, &str)> {
    let mut out = Vec::new();
    let mut rest = inside;
    while let Some(first) = rest.chars().next() {
        let of = |is: fn(char) -> bool| rest.find(|c: char| !is(c)).unwrap_or(rest.len());
        let (kind, size) = if first.is_whitespace() {
            (Kind::Space, of(char::is_whitespace))
        } else if first.is_alphanumeric() || first == '_' {
            (Kind::Name, of(|c| c.is_alphanumeric() || c == '_'))
        } else if QUOTES.contains(&first) {
            (Kind::Text, end_of_string(rest))
        } else {
            (Kind::Sign, first.len_utf8())
        };
        out.push((kind, &rest[..size]));
        rest = &rest[size..];
    }
    out
}

pub fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    let mut chars = text.char_indices();
    let quote = chars.next().map_or('"', |(_, quote)| quote);
    for (at, c) in chars {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}
