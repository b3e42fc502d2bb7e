//! FFI of the tokenizer: its exported functions.
use crate::ffi::{bytes, guard, guard_or, text, Bytes, Ids, Message, Ranges};
use crate::pair_template::pair_template;
use crate::tokenizer::laurel_tokenizer;
use crate::tokenizer_parts;
use serde_json::json;
use std::ffi::c_char;

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
        *ids = Ids::from_vec(tokenizer.encode(text(data, size)?, add_special_tokens)?);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_encode_partly_ordinary(
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
        *ids = Ids::from_vec(tokenizer.encode_partly_ordinary(text(data, size)?, &ranges)?);
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
        let found = tokenizer.special_text(bytes(data, size));
        *ranges = Ranges::from_pairs(&found);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_special_affixes(
    tokenizer: &laurel_tokenizer,
    prefix: *mut Ids,
    suffix: *mut Ids,
) -> Message {
    guard(|| {
        let (before, after) = &tokenizer.encoder.affixes;
        *prefix = Ids::from_u32(before);
        *suffix = Ids::from_u32(after);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_pair_template(
    tokenizer: &laurel_tokenizer,
    ids: *mut Ids,
    types: *mut Ids,
) -> Message {
    guard(|| {
        let joined = pair_template(&tokenizer.tokenizer)?;
        *ids = Ids::from_u32(joined.get_ids());
        *types = Ids::from_u32(joined.get_type_ids());
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
        *token = tokenizer.tokenizer.id_to_token(id).map_or(Bytes::none(), Bytes::from_string);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_pad_token(
    tokenizer: &laurel_tokenizer,
    token: *mut Bytes,
) -> Message {
    guard(|| {
        *token = tokenizer.pad.clone().map_or(Bytes::none(), Bytes::from_string);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_pipeline(
    tokenizer: &laurel_tokenizer,
    pipeline: *mut Bytes,
) -> Message {
    guard(|| {
        let pipeline_json = tokenizer_parts::parts_of(&tokenizer.tokenizer, tokenizer.unk_id);
        *pipeline = Bytes::from_string(pipeline_json.to_string());
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_tokenizer_with_parts(
    json: *const c_char,
    size: usize,
    parts: *const c_char,
    parts_size: usize,
    rebuilt: *mut Bytes,
) -> Message {
    guard(|| {
        let text = tokenizer_parts::with_parts(text(json, size)?, text(parts, parts_size)?)?;
        *rebuilt = Bytes::from_string(text);
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
