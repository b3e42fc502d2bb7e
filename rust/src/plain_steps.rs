//! What a normalizer and a pre-tokenizer make of a text, where they do no more than put and replace strings and
//! leave it in one piece: done to the string itself. tokenizers follows each character of it, for offsets.
use crate::word_cutter::WordCutter;
use serde_json::Value;
use std::borrow::Cow;
use tokenizers::Tokenizer;
use unicode_normalization::{is_nfc_quick, IsNormalized};

enum Step {
    Prepend(String),
    PrependMissing {
        prefix: String,
        only_to_first: bool,
    },
    Replace {
        from: String,
        to: String,
    },
    /// Text in this form stays as it is.
    Nfc,
    /// Text without it stays in one piece.
    CutAt(String),
}

pub struct PlainSteps {
    normalizer: Vec<Step>,
    pre_tokenizer: Vec<Step>,
}

impl PlainSteps {
    /// None: they do something else. What the cutter does itself is left out.
    pub fn new(tokenizer: &Tokenizer, cutter: &WordCutter) -> Option<Self> {
        let (mut normalizer, mut pre_tokenizer) = (Vec::new(), Vec::new());
        if !matches!(cutter, WordCutter::Spaces(_)) {
            let given = serde_json::to_value(tokenizer.get_normalizer()).ok()?;
            parts_of(&given, "normalizers")
                .try_for_each(|part| add_normalizer(part, &mut normalizer))?;
        }
        if matches!(cutter, WordCutter::Pieces | WordCutter::Marks { .. }) {
            let given = serde_json::to_value(tokenizer.get_pre_tokenizer()).ok()?;
            parts_of(&given, "pretokenizers")
                .try_for_each(|part| add_pre_tokenizer(part, &mut pre_tokenizer))?;
        }
        let moves_the_first = normalizer.iter().any(Step::may_move_the_first);
        if moves_the_first && pre_tokenizer.iter().any(Step::asks_for_the_first) {
            return None;
        }
        Some(PlainSteps { normalizer, pre_tokenizer })
    }

    /// None: something else would be done to this text.
    pub fn normalize<'a>(&self, text: &'a str) -> Option<Cow<'a, str>> {
        apply(&self.normalizer, Cow::Borrowed(text), false)
    }

    /// `first`: the text begins with the first byte of what is encoded. None: as normalize().
    pub fn pre_tokenize<'a>(&self, text: Cow<'a, str>, first: bool) -> Option<Cow<'a, str>> {
        apply(&self.pre_tokenizer, text, first)
    }
}

impl Step {
    /// tokenizers takes a text for the first by the offset of its first character, which is that of a character
    /// that this one replaced.
    fn may_move_the_first(&self) -> bool {
        matches!(self, Step::Replace { from, to } if to.is_empty() || from.chars().count() > 1)
    }

    fn asks_for_the_first(&self) -> bool {
        matches!(self, Step::PrependMissing { only_to_first: true, .. })
    }
}

fn apply<'a>(steps: &[Step], mut text: Cow<'a, str>, first: bool) -> Option<Cow<'a, str>> {
    for step in steps {
        match step {
            _ if text.is_empty() => {}
            Step::Prepend(prefix) => text = Cow::Owned(format!("{prefix}{text}")),
            Step::PrependMissing { only_to_first: true, .. } if !first => {}
            Step::PrependMissing { prefix, .. } if text.starts_with(prefix) => {}
            Step::PrependMissing { prefix, .. } => text = Cow::Owned(format!("{prefix}{text}")),
            Step::Replace { from, to } => text = Cow::Owned(text.replace(from, to)),
            Step::Nfc if is_nfc_quick(text.chars()) == IsNormalized::Yes => {}
            Step::CutAt(pattern) if !text.contains(pattern) => {}
            Step::Nfc | Step::CutAt(_) => return None,
        }
    }
    Some(text)
}

fn string(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_string)
}

/// Those of a Sequence, also of Sequences in it; itself; none for null.
fn parts_of<'a>(given: &'a Value, members: &'a str) -> Box<dyn Iterator<Item = &'a Value> + 'a> {
    match given[members].as_array() {
        Some(parts) => Box::new(parts.iter().flat_map(move |part| parts_of(part, members))),
        None => Box::new(std::iter::once(given).filter(|given| !given.is_null())),
    }
}

fn add_normalizer(normalizer: &Value, steps: &mut Vec<Step>) -> Option<()> {
    match normalizer["type"].as_str() {
        Some("NFC") => steps.push(Step::Nfc),
        Some("Prepend") => steps.push(Step::Prepend(string(&normalizer["prepend"])?)),
        Some("Replace") => steps.push(Step::Replace {
            from: string(&normalizer["pattern"]["String"])?,
            to: normalizer["content"].as_str()?.to_string(),
        }),
        _ => return None,
    }
    Some(())
}

fn add_pre_tokenizer(pre_tokenizer: &Value, steps: &mut Vec<Step>) -> Option<()> {
    match pre_tokenizer["type"].as_str() {
        Some("Split") if pre_tokenizer["invert"] == false => {
            steps.push(Step::CutAt(string(&pre_tokenizer["pattern"]["String"])?));
        }
        Some("Metaspace") if pre_tokenizer["split"] == false => {
            let mark = string(&pre_tokenizer["replacement"])?;
            steps.push(Step::Replace { from: " ".to_string(), to: mark.clone() });
            if pre_tokenizer["prepend_scheme"] != "never" {
                let only_to_first = pre_tokenizer["prepend_scheme"] == "first";
                steps.push(Step::PrependMissing { prefix: mark, only_to_first });
            }
        }
        _ => return None,
    }
    Some(())
}
