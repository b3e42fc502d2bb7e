//! How a tokenizer joins a pair of texts, whatever its post-processor is.
use tokenizers::tokenizer::Token;
use tokenizers::{Encoding, Tokenizer};

/// They stand for the texts; as ids of 32 bits with a sign, -1 and -2.
const FIRST: u32 = u32::MAX;
const SECOND: u32 = u32::MAX - 1;

/// What the post-processor makes of a pair whose texts are one token each, FIRST and SECOND. No post-processor
/// looks at ids: what it puts around these it puts around all.
pub fn pair_template(tokenizer: &Tokenizer) -> Result<Encoding, String> {
    let text =
        |id, type_id| Encoding::from_tokens(vec![Token::new(id, "a".to_string(), (0, 1))], type_id);
    tokenizer.post_process(text(FIRST, 0), Some(text(SECOND, 1)), true).map_err(|e| e.to_string())
}

#[cfg(test)]
fn joined(post_processor: &str) -> (Vec<i32>, Vec<u32>) {
    let json = format!(
        r#"{{"model": {{"type": "WordLevel", "vocab": {{"a": 0, "b": 1}}, "unk_token": "a"}},
        "post_processor": {post_processor}}}"#
    );
    let encoding = pair_template(&json.parse().unwrap()).unwrap();
    let ids = encoding.get_ids().iter().map(|&id| id as i32).collect();
    (ids, encoding.get_type_ids().to_vec())
}

#[test]
fn every_post_processor_shows_its_template() {
    let bert = r#"{"type": "BertProcessing", "sep": ["b", 1], "cls": ["a", 0]}"#;
    assert_eq!(joined(bert), (vec![0, -1, 1, -2, 1], vec![0, 0, 0, 1, 1]));
    let roberta = r#"{"type": "RobertaProcessing", "sep": ["b", 1], "cls": ["a", 0],
        "trim_offsets": true, "add_prefix_space": false}"#;
    assert_eq!(joined(roberta), (vec![0, -1, 1, 1, -2, 1], vec![0; 6]));
    assert_eq!(joined("null"), (vec![-1, -2], vec![0, 1]));
    let turned = r#"{"type": "TemplateProcessing",
        "single": [{"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "b", "type_id": 1}},
                 {"Sequence": {"id": "A", "type_id": 1}}],
        "special_tokens": {"b": {"id": "b", "ids": [1], "tokens": ["b"]}}}"#;
    assert_eq!(joined(turned), (vec![-2, 1, -1], vec![0, 1, 1]));
}
