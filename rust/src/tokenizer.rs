//! Text to ids with the tokenizers crate, and what it lacks: ordinary text beside special tokens.
use crate::border::{bytes, guard, guard_or, text, Bytes, Ids, Message, Ranges};
use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;
use serde_json::json;
use std::ffi::c_char;
use std::str::FromStr;
use tokenizers::normalizer::Range;
use tokenizers::tokenizer::{
    Model, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString,
    PreTokenizer, Split, Token,
};
use tokenizers::{AddedToken, Tokenizer};

#[allow(non_camel_case_types)]
pub struct laurel_tokenizer {
    tokenizer: Tokenizer,
    special: AhoCorasick,
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

fn add_tokens(tokenizer: &mut Tokenizer, tokens: Vec<NewToken>) -> Result<(), String> {
    for token in tokens {
        let present = tokenizer.get_added_vocabulary().get_vocab().contains_key(&token.content);
        if present && !token.replace {
            continue;
        }
        let added = AddedToken::from(token.content, token.special)
            .normalized(token.normalized)
            .lstrip(token.lstrip)
            .rstrip(token.rstrip)
            .single_word(token.single_word);
        tokenizer.add_tokens([added]).map_err(|e| e.to_string())?;
    }
    Ok(())
}

fn find_special(tokenizer: &Tokenizer) -> Result<AhoCorasick, String> {
    let decoder = tokenizer.get_added_tokens_decoder();
    let texts = decoder.values().filter(|t| t.special && !t.content.is_empty());
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(texts.map(|t| t.content.as_bytes()))
        .map_err(|e| e.to_string())
}

impl laurel_tokenizer {
    fn new(json: &str) -> Result<Self, String> {
        let mut tokenizer = Tokenizer::from_str(json).map_err(|e| e.to_string())?;
        tokenizer.with_truncation(None).map_err(|e| e.to_string())?;
        tokenizer.with_padding(None);
        let special = find_special(&tokenizer)?;
        Ok(laurel_tokenizer { tokenizer, special })
    }

    fn add(&mut self, tokens: &str) -> Result<(), String> {
        let tokens = serde_json::from_str(tokens).map_err(|e| e.to_string())?;
        add_tokens(&mut self.tokenizer, tokens)?;
        self.special = find_special(&self.tokenizer)?;
        Ok(())
    }

    fn encode_partly(&self, text: &str, ordinary: &[(usize, usize)]) -> Result<Vec<u32>, String> {
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
        if let Some(pre_tokenizer) = self.tokenizer.get_pre_tokenizer() {
            pre_tokenizer.pre_tokenize(&mut pieces).map_err(|e| e.to_string())?;
        }
        let model = self.tokenizer.get_model();
        pieces.tokenize(|piece| model.tokenize(piece.get())).map_err(|e| e.to_string())?;
        let encoding =
            pieces.into_encoding(None, 0, OffsetType::None).map_err(|e| e.to_string())?;
        Ok(encoding.get_ids().to_vec())
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

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_new(
    json: *const c_char,
    size: usize,
    tokenizer: *mut *mut laurel_tokenizer,
) -> Message {
    guard(|| {
        *tokenizer = Box::into_raw(Box::new(laurel_tokenizer::new(text(json, size)?)?));
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_add(
    tokenizer: &mut laurel_tokenizer,
    tokens: *const c_char,
    size: usize,
) -> Message {
    guard(|| tokenizer.add(text(tokens, size)?))
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_free(tokenizer: *mut laurel_tokenizer) {
    if !tokenizer.is_null() {
        guard_or((), || drop(Box::from_raw(tokenizer)));
    }
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_encode(
    tokenizer: &laurel_tokenizer,
    data: *const c_char,
    size: usize,
    add_special_tokens: bool,
    ids: *mut Ids,
) -> Message {
    guard(|| {
        let encoding = tokenizer
            .tokenizer
            .encode_fast(text(data, size)?, add_special_tokens)
            .map_err(|e| e.to_string())?;
        *ids = Ids::from_u32(encoding.get_ids());
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_encode_partly(
    tokenizer: &laurel_tokenizer,
    data: *const c_char,
    size: usize,
    ordinary: *const usize,
    count: usize,
    ids: *mut Ids,
) -> Message {
    guard(|| {
        let ordinary: &[[usize; 2]] =
            if count == 0 { &[] } else { std::slice::from_raw_parts(ordinary.cast(), count) };
        let ranges: Vec<_> = ordinary.iter().map(|&[begin, end]| (begin, end)).collect();
        *ids = Ids::from_u32(&tokenizer.encode_partly(text(data, size)?, &ranges)?);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_special_text(
    tokenizer: &laurel_tokenizer,
    data: *const c_char,
    size: usize,
    ranges: *mut Ranges,
) -> Message {
    guard(|| {
        let found: Vec<_> = tokenizer
            .special
            .find_iter(bytes(data, size))
            .map(|found| (found.start(), found.end()))
            .collect();
        *ranges = Ranges::from_pairs(&found);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_surroundings(
    tokenizer: &laurel_tokenizer,
    before: *mut Ids,
    behind: *mut Ids,
) -> Message {
    guard(|| {
        let encoding = tokenizer.tokenizer.encode_fast("a", true).map_err(|e| e.to_string())?;
        let (ids, mask) = (encoding.get_ids(), encoding.get_special_tokens_mask());
        let first = mask.iter().position(|&m| m == 0).unwrap_or(mask.len());
        let last = mask.iter().rposition(|&m| m == 0).map_or(mask.len(), |at| at + 1);
        *before = Ids::from_u32(&ids[..first]);
        *behind = Ids::from_u32(&ids[last..]);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_token_to_id(
    tokenizer: &laurel_tokenizer,
    token: *const c_char,
    size: usize,
) -> i64 {
    guard_or(-1, || {
        let id = text(token, size).ok().and_then(|t| tokenizer.tokenizer.token_to_id(t));
        id.map_or(-1, i64::from)
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_id_to_token(
    tokenizer: &laurel_tokenizer,
    id: u32,
    token: *mut Bytes,
) -> Message {
    guard(|| {
        *token = match tokenizer.tokenizer.id_to_token(id) {
            Some(found) => Bytes::from_string(found),
            None => Bytes { data: std::ptr::null_mut(), size: 0 },
        };
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_added_tokens(
    tokenizer: &laurel_tokenizer,
    list: *mut Bytes,
) -> Message {
    guard(|| {
        let mut tokens: Vec<_> =
            tokenizer.tokenizer.get_added_tokens_decoder().into_iter().collect();
        tokens.sort_by_key(|(id, _)| *id);
        let tokens: Vec<_> = tokens
            .into_iter()
            .map(|(id, t)| {
                json!({"id": id, "content": t.content, "special": t.special,
                       "normalized": t.normalized, "lstrip": t.lstrip, "rstrip": t.rstrip,
                       "single_word": t.single_word})
            })
            .collect();
        *list = Bytes::from_string(serde_json::to_string(&tokens).map_err(|e| e.to_string())?);
        Ok(())
    })
}

#[no_mangle]
extern "C" fn laurel_tokenizer_vocabulary_size(tokenizer: &laurel_tokenizer) -> u32 {
    guard_or(0, || {
        let largest = tokenizer.tokenizer.get_vocab(true).into_values().max();
        largest.map_or(0, |id| id + 1)
    })
}
