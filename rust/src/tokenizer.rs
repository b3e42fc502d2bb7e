//! Tokenisation with the tokenizers crate, and what it lacks: special tokens as ordinary text in given ranges.
use crate::added_tokens::search;
use crate::encoder::Encoder;
use crate::tokenizer_limits::{refuse_dropout, refuse_growth};
use crate::tokenizer_parts::unk_id_of;
use crate::word_cutter::WordCutter;
use aho_corasick::AhoCorasick;
use serde::Deserialize;
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use tokenizers::models::ModelWrapper;
use tokenizers::normalizer::Range;
use tokenizers::tokenizer::{
    Model, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, Split,
    Token,
};
use tokenizers::{AddedToken, Tokenizer};

const MAX_ADDED: usize = 1_000_000;
const MAX_IDS: u32 = 1 << 24; // as the largest vocab_size of a config.json

#[allow(non_camel_case_types)]
pub struct laurel_tokenizer {
    pub tokenizer: Tokenizer,
    cutter: Arc<WordCutter>,
    pub encoder: Encoder,
    special: AhoCorasick,
    /// The pad token of the padding block, which is dropped otherwise.
    pub pad: Option<String>,
    /// Of a Unigram model.
    pub unk_id: Option<usize>,
}

#[derive(Deserialize)]
struct NewToken {
    content: String,
    special: bool,
    normalized: bool,
    lstrip: bool,
    rstrip: bool,
    single_word: bool,
    /// Whether its flags replace those of an added token with the same content.
    replace: bool,
}

impl NewToken {
    fn into_added(self) -> AddedToken {
        AddedToken::from(self.content, self.special)
            .normalized(self.normalized)
            .lstrip(self.lstrip)
            .rstrip(self.rstrip)
            .single_word(self.single_word)
    }
}

/// Adds tokens many at a time, as if one at a time: tokenizers rebuilds its search for each call.
struct TokenAdder<'a> {
    tokenizer: &'a mut Tokenizer,
    pending: Vec<AddedToken>,
    ids: HashMap<String, u32>,
    /// What follows the largest id so far, and what a call counts on to from where it began.
    next: u32,
    next_of_call: u32,
}

impl<'a> TokenAdder<'a> {
    fn new(tokenizer: &'a mut Tokenizer) -> Self {
        let added = tokenizer.get_added_vocabulary();
        let ids = added.get_vocab().iter().map(|(text, id)| (text.clone(), *id)).collect();
        let largest = added.get_added_tokens_decoder().keys().max();
        let next_added = largest.map_or(0, |id| id.saturating_add(1));
        let next = next_added.max(tokenizer.get_model().get_vocab_size() as u32);
        TokenAdder { tokenizer, pending: Vec::new(), ids, next, next_of_call: next }
    }

    fn add(&mut self, token: NewToken) -> Result<(), String> {
        let known = self.ids.get(&token.content).copied();
        if token.content.is_empty() || (known.is_some() && !token.replace) {
            return Ok(());
        }
        let id = match known.or_else(|| self.tokenizer.get_model().token_to_id(&token.content)) {
            Some(id) => id,
            None => {
                if self.next != self.next_of_call {
                    self.flush()?;
                }
                self.next_of_call = self.next.saturating_add(1);
                self.next
            }
        };
        self.next = self.next.max(id.saturating_add(1));
        self.ids.insert(token.content.clone(), id);
        self.pending.push(token.into_added());
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            self.tokenizer.add_tokens(pending).map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

fn add_tokens(tokenizer: &mut Tokenizer, tokens: Vec<NewToken>) -> Result<(), String> {
    let count = tokens.len();
    if count > MAX_ADDED {
        return Err(format!("found {count} tokens to add, expected at most {MAX_ADDED}"));
    }
    let mut adder = TokenAdder::new(tokenizer);
    for token in tokens {
        adder.add(token)?;
    }
    adder.flush()
}

/// Ids are numbers of rows of the embedding, and negative ones are no ids.
fn check_token_ids(tokenizer: &Tokenizer) -> Result<(), String> {
    let largest = tokenizer.get_vocab(true).into_iter().max_by_key(|(_, id)| *id);
    match largest {
        Some((token, id)) if id >= MAX_IDS => {
            Err(format!("found the id {id} of the token {token:?}, expected ids below {MAX_IDS}"))
        }
        _ => Ok(()),
    }
}

fn find_special(tokenizer: &Tokenizer) -> Result<AhoCorasick, String> {
    let decoder = tokenizer.get_added_tokens_decoder();
    let texts = decoder.into_values().filter(|t| t.special && !t.content.is_empty());
    search(texts.map(|t| t.content))
}

impl laurel_tokenizer {
    pub fn new(json: &str) -> Result<Self, String> {
        refuse_growth(json)?;
        let mut tokenizer = Tokenizer::from_str(json).map_err(|e| e.to_string())?;
        refuse_dropout(&tokenizer)?;
        tokenizer.with_truncation(None).map_err(|e| e.to_string())?;
        let pad = tokenizer.get_padding().map(|padding| padding.pad_token.clone());
        tokenizer.with_padding(None);
        check_token_ids(&tokenizer)?;
        let special = find_special(&tokenizer)?;
        let is_unigram = matches!(tokenizer.get_model(), ModelWrapper::Unigram(_));
        let unk_id = if is_unigram { unk_id_of(json) } else { None };
        let cutter = Arc::new(WordCutter::new(&tokenizer)?);
        let encoder = Encoder::new(&tokenizer, cutter.clone())?;
        Ok(laurel_tokenizer { tokenizer, cutter, encoder, special, pad, unk_id })
    }

    pub fn add(&mut self, tokens: &str) -> Result<(), String> {
        let tokens = serde_json::from_str(tokens).map_err(|e| e.to_string())?;
        add_tokens(&mut self.tokenizer, tokens)?;
        self.special = find_special(&self.tokenizer)?;
        self.encoder = Encoder::new(&self.tokenizer, self.cutter.clone())?;
        Ok(())
    }

    pub fn encode(&self, text: &str, add_special_tokens: bool) -> Result<Vec<u32>, String> {
        self.encoder.encode(&self.tokenizer, text, add_special_tokens)
    }

    /// Leftmost, longest first, disjoint.
    pub fn special_text(&self, text: &[u8]) -> Vec<(usize, usize)> {
        self.special.find_iter(text).map(|found| (found.start(), found.end())).collect()
    }

    pub fn encode_partly_ordinary(
        &self,
        text: &str,
        ordinary: &[(usize, usize)],
    ) -> Result<Vec<u32>, String> {
        let found = self.markers_outside(text, ordinary)?;
        let (raw, normalized): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|marker| !marker.normalized);
        let mut pieces = PreTokenizedString::from(text);
        // The order of tokenizers: markers of the raw text, normalisation, markers of the rest.
        pieces.split(|_, piece| cut(piece, &raw)).map_err(|e| e.to_string())?;
        let normalizer = self.tokenizer.get_normalizer();
        pieces
            .split(|_, mut piece| {
                normalizer.map_or(Ok(()), |n| n.normalize(&mut piece))?;
                cut(piece, &normalized)
            })
            .map_err(|e| e.to_string())?;
        let mut ids = Vec::new();
        self.encoder.add_pieces(&self.tokenizer, pieces, &mut ids)?;
        Ok(ids)
    }

    /// Added tokens that do not overlap `ordinary`: found in a copy where those bytes are blotted out.
    fn markers_outside(
        &self,
        text: &str,
        ordinary: &[(usize, usize)],
    ) -> Result<Vec<Marker>, String> {
        let mut masked = text.as_bytes().to_vec();
        for &(begin, end) in ordinary {
            masked.get_mut(begin..end).ok_or("a range outside the text")?.fill(1);
        }
        let masked = String::from_utf8(masked).map_err(|_| "a range cuts a code point")?;
        let vocabulary = self.tokenizer.get_added_vocabulary();
        let pieces = vocabulary.extract_and_normalize(self.tokenizer.get_normalizer(), &masked);
        let mut markers = Vec::new();
        for (_, (begin, end), tokens) in
            pieces.get_splits(OffsetReferential::Original, OffsetType::Byte)
        {
            for token in tokens.iter().flatten() {
                let added = vocabulary.get_added_tokens_decoder().get(&token.id);
                let normalized = added.is_some_and(|t| t.normalized);
                markers.push(Marker { begin, end, id: token.id, normalized });
            }
        }
        Ok(markers)
    }
}

struct Marker {
    begin: usize,
    end: usize,
    id: u32,
    normalized: bool,
}

/// Splits `piece` at the markers that lie inside it.
fn cut(piece: NormalizedString, markers: &[Marker]) -> tokenizers::Result<Vec<Split>> {
    let (first, last) = piece.offsets_original();
    let mut splits: Vec<Split> = Vec::new();
    let mut at = first;
    let slice = |begin: usize, end: usize| {
        piece.slice(Range::Original(begin - first..end - first)).ok_or("a marker cuts a character")
    };
    for marker in markers.iter().filter(|m| m.begin >= first && m.end <= last) {
        if marker.begin > at {
            splits.push(slice(at, marker.begin)?.into());
        }
        let inside = slice(marker.begin, marker.end)?;
        let token = Token::new(marker.id, inside.get().to_string(), (0, inside.len()));
        splits.push((inside, Some(vec![token])).into());
        at = marker.end;
    }
    if splits.is_empty() {
        return Ok(vec![piece.into()]);
    }
    if at < last {
        splits.push(slice(at, last)?.into());
    }
    Ok(splits)
}

#[cfg(test)]
fn new_token(content: &str, special: bool, replace: bool) -> NewToken {
    let content = content.to_string();
    let (normalized, lstrip, rstrip, single_word) = (!special, false, false, false);
    NewToken { content, special, normalized, lstrip, rstrip, single_word, replace }
}

#[cfg(test)]
fn added(tokenizer: &Tokenizer) -> Vec<(u32, AddedToken)> {
    let mut tokens: Vec<_> = tokenizer.get_added_tokens_decoder().into_iter().collect();
    tokens.sort_by_key(|(id, _)| *id);
    tokens
}

#[test]
fn tokens_added_together_get_the_ids_of_tokens_added_one_by_one() {
    // The ids have gaps, so that an added "z" moves those that follow.
    let json = r#"{"model": {"type": "WordLevel", "vocab": {"a": 0, "y": 40, "z": 70}, "unk_token": "a"},
        "added_tokens": [{"id": 90, "content": "<old>", "special": true, "normalized": false,
        "lstrip": false, "rstrip": false, "single_word": false}]}"#;
    let texts = ["<n>", "a", "<m>", "z", "<k>", "<n>", "y", "", "<old>", "<l>", "<j>"];
    for replace in [false, true] {
        let list =
            || texts.iter().enumerate().map(move |(i, text)| new_token(text, i % 2 == 0, replace));
        let mut together = Tokenizer::from_str(json).unwrap();
        add_tokens(&mut together, list().collect()).unwrap();
        let mut apart = Tokenizer::from_str(json).unwrap();
        for token in list() {
            let present = apart.get_added_vocabulary().get_vocab().contains_key(&token.content);
            if !present || token.replace {
                apart.add_tokens([token.into_added()]).unwrap();
            }
        }
        assert_eq!(added(&together), added(&apart));
        assert!(added(&together).last().unwrap().0 > 70);
    }
}

#[test]
fn many_tokens_are_added_at_once_and_too_many_are_refused() {
    let json = r#"{"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}"#;
    let mut tokenizer = Tokenizer::from_str(json).unwrap();
    let list = |count| (0..count).map(|i| new_token(&format!("<t{i}>"), true, false)).collect();
    add_tokens(&mut tokenizer, list(20_000)).unwrap();
    assert_eq!(tokenizer.token_to_id("<t19999>"), Some(20_000));
    let message = add_tokens(&mut tokenizer, list(MAX_ADDED + 1)).unwrap_err();
    assert_eq!(message, "found 1000001 tokens to add, expected at most 1000000");
}
