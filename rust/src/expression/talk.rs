//! Filters that make messages of what published data has instead.
use super::budget::{refusal, spend};
use super::helpers::{found, items, string};
use super::row::Members;
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, Error, Value};

// What other trainers and data sets call the three roles.
const ROLES: [(&str, &str); 12] = [
    ("human", "user"),
    ("prompter", "user"),
    ("customer", "user"),
    ("User", "user"),
    ("Human", "user"),
    ("gpt", "assistant"),
    ("chatgpt", "assistant"),
    ("bard", "assistant"),
    ("bing", "assistant"),
    ("model", "assistant"),
    ("bot", "assistant"),
    ("Assistant", "assistant"),
];

fn message(role: &str, content: Value) -> Value {
    let members = [("role", Value::from(role)), ("content", content)];
    Value::from_object(Members(members.map(|(key, value)| (Value::from(key), value)).to_vec()))
}

/// A content that is a list of parts, joined: only text can be scored.
fn joined_parts(content: &Value) -> Result<Value, Error> {
    let mut text = String::new();
    for part in items(content, "messages")? {
        if let Some(plain) = part.as_str() {
            text.push_str(plain);
            continue;
        }
        let kind = part.get_attr("type")?;
        if kind.as_str() != Some("text") {
            return Err(refusal(format!(
                "found a content part of type {kind} in messages, expected text: images and sound are not read"
            )));
        }
        text.push_str(string(&part.get_attr("text")?, "a text part of messages")?);
    }
    spend(text.len())?;
    Ok(Value::from(text))
}

fn one_message(given: &Value, role_key: &str, content_key: &str) -> Result<Value, Error> {
    if given.kind() != ValueKind::Map {
        return Err(refusal(format!("found {} in messages, expected an object", found(given))));
    }
    let role = given.get_attr(role_key)?;
    if role.is_undefined() {
        return Err(refusal(format!("found a message without {role_key:?} in messages, expected one; messages('from', 'value') names the keys")));
    }
    let role = string(&role, "the role of messages")?.to_string();
    let role =
        ROLES.iter().find(|(theirs, _)| *theirs == role).map_or(role.as_str(), |(_, ours)| ours);
    let mut content = given.get_attr(content_key)?;
    if content.is_undefined() && given.get_attr("tool_calls")?.is_true() {
        content = Value::from(());
    }
    if content.is_undefined() {
        return Err(refusal(format!("found a message without {content_key:?} in messages, expected one; messages('from', 'value') names the keys")));
    }
    if matches!(content.kind(), ValueKind::Seq | ValueKind::Iterable) {
        content = joined_parts(&content)?;
    }
    let mut members =
        vec![(Value::from("role"), Value::from(role)), (Value::from("content"), content)];
    for key in given.try_iter()? {
        if !matches!(key.as_str(), Some(name) if name == role_key || name == content_key) {
            members.push((key.clone(), given.get_item(&key)?));
        }
    }
    Ok(Value::from_object(Members(members)))
}

/// A list of messages, or a single one, under other names of keys and roles.
fn messages(given: Value, role: Option<String>, content: Option<String>) -> Result<Value, Error> {
    let (role, content) = (role.unwrap_or("role".into()), content.unwrap_or("content".into()));
    if given.kind() == ValueKind::Map {
        return Ok(Value::from(vec![one_message(&given, &role, &content)?]));
    }
    let list = items(&given, "messages")?;
    let made = list.iter().map(|each| one_message(each, &role, &content));
    Ok(Value::from(made.collect::<Result<Vec<_>, Error>>()?))
}

/// Where the first of the marks stands, and which one it is; of several at one place the longest.
fn next_mark<'a>(
    text: &str,
    marks: &[(&'static str, &'a str)],
) -> Option<(usize, &'static str, &'a str)> {
    let found = marks.iter().filter_map(|&(role, mark)| Some((text.find(mark)?, role, mark)));
    found.min_by_key(|&(at, _, mark)| (at, std::cmp::Reverse(mark.len())))
}

/// A text in which marks say who speaks. At its beginning a mark may lack the line ends before it.
fn dialogue(
    text: Value,
    user: Option<String>,
    assistant: Option<String>,
    system: Option<Value>,
) -> Result<Value, Error> {
    if text.is_none() {
        return Ok(Value::from(Vec::<Value>::new()));
    }
    let text = string(&text, "dialogue")?;
    spend(text.len())?;
    let user = user.unwrap_or("\n\nHuman:".into());
    let assistant = assistant.unwrap_or("\n\nAssistant:".into());
    let system = system.filter(|value| !value.is_none());
    let system = system.as_ref().map(|value| string(value, "dialogue")).transpose()?;
    let mut marks = vec![("user", user.as_str()), ("assistant", assistant.as_str())];
    marks.extend(system.map(|mark| ("system", mark)));
    if marks.iter().any(|(_, mark)| mark.trim().is_empty()) {
        return Err(refusal("found an empty mark in dialogue, expected text"));
    }
    if text.trim().is_empty() {
        return Ok(Value::from(Vec::<Value>::new()));
    }
    let first = marks.iter().find(|(_, mark)| text.starts_with(mark.trim_start()));
    let mut at = first.map(|&(role, mark)| (0, role, mark.trim_start()));
    at = at.or_else(|| next_mark(text, &marks).filter(|&(at, ..)| text[..at].trim().is_empty()));
    let Some((begin, mut role, mark)) = at else {
        let names: Vec<String> = marks.iter().map(|(_, mark)| format!("{mark:?}")).collect();
        let start: String = text.chars().take(20).collect();
        return Err(refusal(format!(
            "found a text that begins with {start:?} in dialogue, expected one of the marks {}",
            names.join(", ")
        )));
    };
    let mut rest = &text[begin + mark.len()..];
    let mut made = Vec::new();
    while let Some((end, next, mark)) = next_mark(rest, &marks) {
        made.push(message(role, Value::from(rest[..end].trim())));
        rest = &rest[end + mark.len()..];
        role = next;
    }
    made.push(message(role, Value::from(rest.trim())));
    Ok(Value::from(made))
}

/// Questions and their answers in turn; the last question may have none.
fn turns(questions: Value, answers: Value) -> Result<Value, Error> {
    let (questions, answers) = (items(&questions, "turns")?, items(&answers, "turns")?);
    if answers.len() > questions.len() || answers.len() + 1 < questions.len() {
        return Err(refusal(format!(
            "found {} questions and {} answers in turns, expected as many, or one answer less",
            questions.len(),
            answers.len()
        )));
    }
    let mut made = Vec::new();
    for (i, question) in questions.iter().enumerate() {
        made.push(message("user", Value::from(string(question, "turns")?)));
        if let Some(answer) = answers.get(i) {
            made.push(message("assistant", Value::from(string(answer, "turns")?)));
        }
    }
    Ok(Value::from(made))
}

/// A list of one message; of null and "" an empty one.
fn spoken_by(role: &'static str) -> impl Fn(Value) -> Result<Value, Error> {
    move |text: Value| match text.as_str() {
        _ if text.is_none() => Ok(Value::from(Vec::<Value>::new())),
        Some("") => Ok(Value::from(Vec::<Value>::new())),
        _ => {
            string(&text, role)?;
            Ok(Value::from(vec![message(role, text)]))
        }
    }
}

pub fn add(environment: &mut Environment) {
    environment.add_filter(
        "messages",
        |given: Value, role: Option<String>, content: Option<String>, named: Kwargs| {
            let (role, content) = (role.or(named.get("role")?), content.or(named.get("content")?));
            named.assert_all_used()?;
            messages(given, role, content)
        },
    );
    environment.add_filter(
        "dialogue",
        |text: Value,
         user: Option<String>,
         assistant: Option<String>,
         system: Option<Value>,
         named: Kwargs| {
            let (user, assistant) =
                (user.or(named.get("user")?), assistant.or(named.get("assistant")?));
            let system = system.or(named.get("system")?);
            named.assert_all_used()?;
            dialogue(text, user, assistant, system)
        },
    );
    environment.add_filter("turns", turns);
    for role in ["system", "user", "assistant"] {
        environment.add_filter(role, spoken_by(role));
    }
}
