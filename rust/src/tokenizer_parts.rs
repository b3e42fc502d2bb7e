//! The parts of a tokenizer.json: read for comparison, and replaced by those that a class of transformers builds.
use serde::Deserialize;
use serde_json::{json, Map, Value};
use tokenizers::models::ModelWrapper;
use tokenizers::Tokenizer;

/// The model's options, without its vocabulary and merges. `unk_id`: of a Unigram, which does not tell it.
fn model_of(model: &ModelWrapper, unk_id: Option<usize>) -> Value {
    match model {
        ModelWrapper::BPE(bpe) => json!({
            "type": "BPE", "dropout": bpe.dropout, "unk_token": bpe.unk_token,
            "continuing_subword_prefix": bpe.continuing_subword_prefix,
            "end_of_word_suffix": bpe.end_of_word_suffix, "fuse_unk": bpe.fuse_unk,
            "byte_fallback": bpe.byte_fallback, "ignore_merges": bpe.ignore_merges,
        }),
        ModelWrapper::WordPiece(words) => json!({
            "type": "WordPiece", "unk_token": words.unk_token,
            "continuing_subword_prefix": words.continuing_subword_prefix,
            "max_input_chars_per_word": words.max_input_chars_per_word,
        }),
        ModelWrapper::WordLevel(_) => json!({"type": "WordLevel"}),
        ModelWrapper::Unigram(unigram) => json!({
            "type": "Unigram", "unk_id": unk_id, "byte_fallback": unigram.byte_fallback(),
        }),
    }
}

/// The unk_id of a tokenizer.json with a Unigram model.
pub fn unk_id_of(json: &str) -> Option<usize> {
    #[derive(Deserialize)]
    struct Model {
        unk_id: Option<usize>,
    }
    #[derive(Deserialize)]
    struct File {
        model: Model,
    }
    serde_json::from_str::<File>(json).ok()?.model.unk_id
}

pub fn parts_of(tokenizer: &Tokenizer, unk_id: Option<usize>) -> Value {
    json!({
        "normalizer": tokenizer.get_normalizer(),
        "pre_tokenizer": tokenizer.get_pre_tokenizer(),
        "post_processor": tokenizer.get_post_processor(),
        "decoder": tokenizer.get_decoder(),
        "model": model_of(tokenizer.get_model(), unk_id),
    })
}

/// The text of a tokenizer.json with other parts; of "model" the members that are given. Added tokens are
/// sorted by id, as a class of transformers adds them: they get ids in this order.
pub fn with_parts(json: &str, parts: &str) -> Result<String, String> {
    let mut file: Map<String, Value> = serde_json::from_str(json).map_err(|e| e.to_string())?;
    let parts: Map<String, Value> = serde_json::from_str(parts).map_err(|e| e.to_string())?;
    for (name, part) in parts {
        match (file.get_mut(&name), part) {
            (Some(Value::Object(model)), Value::Object(options)) if name == "model" => {
                model.extend(options);
            }
            (_, part) => {
                file.insert(name, part);
            }
        }
    }
    if let Some(Value::Array(added)) = file.get_mut("added_tokens") {
        added.sort_by_key(|token| token["id"].as_u64());
    }
    serde_json::to_string_pretty(&file).map_err(|e| e.to_string())
}

#[test]
fn parts_are_replaced_and_the_vocabulary_stays() {
    let file = r#"{"padding": null, "normalizer": {"type": "NFC"}, "added_tokens": [
        {"id": 4, "content": "<y>", "special": true, "normalized": false, "lstrip": false, "rstrip": false,
        "single_word": false}, {"id": 3, "content": "<x>", "special": true, "normalized": false, "lstrip": false,
        "rstrip": false, "single_word": false}],
        "model": {"type": "BPE", "fuse_unk": true, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}"#;
    let parts = r#"{"normalizer": null, "model": {"fuse_unk": false, "byte_fallback": true}}"#;
    let rebuilt = with_parts(file, parts).unwrap();
    let tokenizer: Tokenizer = rebuilt.parse().unwrap();
    let parts = parts_of(&tokenizer, None);
    assert!(parts["normalizer"].is_null());
    assert_eq!(parts["model"]["fuse_unk"], false);
    assert_eq!(parts["model"]["byte_fallback"], true);
    assert_eq!(tokenizer.encode_fast("ab", false).unwrap().get_ids(), [2]);
    assert_eq!(tokenizer.encode_fast("<y><x>", false).unwrap().get_ids(), [4, 3]);
    assert!(with_parts("[]", "{}").is_err());
}

#[test]
fn a_model_tells_its_options() {
    let of = |model: &str| {
        let json = format!(r#"{{"model": {model}}}"#);
        parts_of(&json.parse().unwrap(), unk_id_of(&json))["model"].clone()
    };
    let words =
        of(r###"{"type": "WordPiece", "unk_token": "[U]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 7, "vocab": {"[U]": 0}}"###);
    let expected = json!({"type": "WordPiece", "unk_token": "[U]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 7});
    assert_eq!(words, expected);
    let unigram = of(r#"{"type": "Unigram", "unk_id": 1, "vocab": [["a", 0.0], ["<unk>", 0.0]]}"#);
    assert_eq!(unigram, json!({"type": "Unigram", "unk_id": 1, "byte_fallback": false}));
}
