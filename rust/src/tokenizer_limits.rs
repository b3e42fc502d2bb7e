//! Refuses tokenizer.json files whose normalizers grow text without bound or whose ids are random.
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokenizers::models::ModelWrapper;
use tokenizers::{NormalizerWrapper, PreTokenizerWrapper, Tokenizer};

const MAX_NORMALIZERS: usize = 128;
// Prepend, Precompiled, Replace and Metaspace of one file reach some hundreds.
const MAX_GROWTH: f64 = 4096.0;

#[derive(Deserialize)]
struct Parsed {
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
}

/// How often a text is rewritten, and how long a byte of it can become.
struct Growth {
    steps: usize,
    factor: f64,
}

fn length(value: &Value) -> f64 {
    value.as_str().map_or(0, str::len) as f64
}

fn of_replace(step: &Value) -> f64 {
    let content = length(&step["content"]);
    match step["pattern"]["String"].as_str() {
        Some(pattern) if !pattern.is_empty() => content / pattern.len() as f64,
        _ => 1.0 + content, // it may match between any two bytes
    }
}

/// A trie, of which the first four bytes hold the size, and the replacements after it. What cannot be
/// decoded, tokenizers refuses itself.
fn charsmap(step: &Value) -> Option<(usize, Vec<u8>)> {
    let map = base64::decode(step["precompiled_charsmap"].as_str()?).ok()?;
    let size = u32::from_le_bytes(*map.first_chunk()?) as usize;
    Some((size, map[4..].to_vec()))
}

fn of_precompiled(step: &Value) -> f64 {
    let (size, map) = charsmap(step).unwrap_or_default();
    let replacements = map.get(size / 4 * 4..).unwrap_or_default();
    replacements.split(|&b| b == 0).map(<[u8]>::len).max().unwrap_or(0) as f64
}

/// tokenizers takes the memory of the trie before it reads it.
fn refuse_short_charsmap(step: &Value) -> Result<(), String> {
    for inner in step["normalizers"].as_array().into_iter().flatten() {
        refuse_short_charsmap(inner)?;
    }
    match charsmap(step) {
        Some((size, map)) if size > map.len() => Err(format!(
            "found a precompiled_charsmap of {} bytes, expected a trie of {size} bytes in it",
            map.len()
        )),
        _ => Ok(()),
    }
}

impl Growth {
    fn add(&mut self, step: &Value) {
        for list in ["normalizers", "pretokenizers"] {
            for inner in step[list].as_array().into_iter().flatten() {
                self.add(inner);
            }
        }
        self.steps += 1;
        let factor: f64 = match step["type"].as_str().unwrap_or_default() {
            "Replace" => of_replace(step),
            "Prepend" => 1.0 + length(&step["prepend"]),
            "Precompiled" => of_precompiled(step),
            // A byte becomes a character of two, a character gets a space on either side.
            "ByteLevel" | "BertNormalizer" => 2.0,
            "Metaspace" => 1.0 + length(&step["replacement"]),
            _ => 1.0, // applied twice they grow a text no further
        };
        self.factor *= factor.max(1.0);
    }
}

/// With the types that tokenizers sees where the file names none.
fn as_read<T: DeserializeOwned + Serialize>(step: Value) -> Result<Value, String> {
    let step: Option<T> = serde_json::from_value(step).map_err(|e| e.to_string())?;
    serde_json::to_value(step).map_err(|e| e.to_string())
}

/// Before the tokenizer is made, which normalizes its added tokens.
pub fn refuse_growth(json: &str) -> Result<(), String> {
    if !json.trim_start().starts_with('{') {
        return Ok(()); // no tokenizer is made of it
    }
    let parsed: Parsed = serde_json::from_str(json).map_err(|e| e.to_string())?;
    refuse_short_charsmap(&parsed.normalizer)?;
    let mut growth = Growth { steps: 0, factor: 1.0 };
    growth.add(&as_read::<NormalizerWrapper>(parsed.normalizer)?);
    let normalizers = growth.steps;
    growth.add(&as_read::<PreTokenizerWrapper>(parsed.pre_tokenizer)?);
    if normalizers > MAX_NORMALIZERS {
        return Err(format!("found {normalizers} normalizers, expected at most {MAX_NORMALIZERS}"));
    }
    if growth.factor > MAX_GROWTH {
        return Err(format!(
            "found a normalizer and pre_tokenizer that can make a text {:.0} times as long, expected \
             at most {MAX_GROWTH} times",
            growth.factor
        ));
    }
    Ok(())
}

/// Scores could not be computed again.
pub fn refuse_dropout(tokenizer: &Tokenizer) -> Result<(), String> {
    let dropout = match tokenizer.get_model() {
        ModelWrapper::BPE(model) => model.dropout.filter(|&p| p != 0.0),
        _ => None,
    };
    match dropout {
        Some(p) => Err(format!(
            "found dropout {p} in the model, expected none: it draws ids at random; set it to null"
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
fn replace(pattern: &str, content: &str) -> Value {
    serde_json::json!({"type": "Replace", "pattern": {"String": pattern}, "content": content})
}

#[cfg(test)]
fn growth_of(normalizers: &[Value]) -> Result<(), String> {
    let sequence = serde_json::json!({"type": "Sequence", "normalizers": normalizers});
    refuse_growth(&serde_json::json!({"normalizer": sequence}).to_string())
}

#[test]
fn normalizers_that_multiply_a_text_are_refused() {
    let regex = serde_json::json!({"pattern": {"Regex": ""}, "content": "x"}); // without its type
    let byte_level = serde_json::json!({"type": "ByteLevel"});
    let nested =
        serde_json::json!({"type": "Sequence", "normalizers": vec![replace("a", "aaaa"); 7]});
    for bomb in [
        vec![replace("a", "aaaaaaaaaa"); 40],
        vec![replace("", &"x".repeat(5000))],
        vec![serde_json::json!({"type": "Prepend", "prepend": "x".repeat(5000)})],
        vec![regex; 13],
        vec![byte_level.clone(); 13],
        vec![nested],
    ] {
        let message = growth_of(&bomb).unwrap_err();
        assert!(message.contains("expected at most 4096 times"), "{message}");
    }
    let message = growth_of(&vec![replace("a", "b"); 128]).unwrap_err();
    assert_eq!(message, "found 129 normalizers, expected at most 128");
    let splits = serde_json::json!({"type": "Sequence", "pretokenizers": vec![
        serde_json::json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}); 13]});
    assert!(refuse_growth(&serde_json::json!({"pre_tokenizer": splits}).to_string()).is_err());
}

#[test]
fn a_charsmap_grows_as_its_longest_replacement() {
    let charsmap = |text: &str| {
        let bytes = [&4u32.to_le_bytes()[..], &[0; 4], text.as_bytes()].concat();
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for three in bytes.chunks(3) {
            let bits = three.iter().fold(0, |bits, &b| (bits << 8) | u32::from(b))
                << (8 * (3 - three.len()));
            for i in 0..4 {
                let digit = digits[(bits >> (18 - 6 * i)) as usize & 63];
                out.push(if i > three.len() { '=' } else { digit.into() });
            }
        }
        serde_json::json!({"type": "Precompiled", "precompiled_charsmap": out})
    };
    assert_eq!(of_precompiled(&charsmap("abc\0defgh\0i\0")), 5.0);
    assert_eq!(of_precompiled(&charsmap("abc\0defghi\0i")), 6.0);
    assert_eq!(of_precompiled(&charsmap("")), 0.0);
    assert!(growth_of(&[charsmap(&"x".repeat(33)), replace(" ", "▁")]).is_ok());
    assert!(growth_of(&[charsmap(&"x".repeat(5000))]).is_err());
    let short = serde_json::json!({"type": "Precompiled", "precompiled_charsmap": "//////8="});
    let message = growth_of(&[short]).unwrap_err();
    assert!(message.contains("expected a trie of 4294967295 bytes"), "{message}");
}

#[test]
fn normalizers_of_published_tokenizers_pass() {
    let of = |kind: &str| serde_json::json!({"type": kind});
    let prepend = serde_json::json!({"type": "Prepend", "prepend": "▁"});
    let spaces =
        serde_json::json!({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"});
    growth_of(&[prepend, replace(" ", "▁")]).unwrap(); // Llama 2
    growth_of(&[replace(" ", "▁")]).unwrap(); // Gemma
    growth_of(&[
        replace("``", "\""),
        replace("''", "\""),
        of("NFKD"),
        of("StripAccents"),
        of("Lowercase"),
        spaces,
    ])
    .unwrap(); // ALBERT
    refuse_growth(r#"{"normalizer": null, "pre_tokenizer": null}"#).unwrap();
    refuse_growth("{}").unwrap();
}

#[test]
fn ids_that_are_drawn_at_random_are_refused() {
    let of = |dropout: &str| {
        let json = format!(
            r#"{{"model": {{"type": "BPE", "dropout": {dropout}, "vocab": {{"a": 0}}, "merges": []}}}}"#
        );
        crate::tokenizer::laurel_tokenizer::new(&json).map(|_| ())
    };
    assert_eq!(of("null"), Ok(()));
    assert_eq!(of("0.0"), Ok(()));
    let message = of("0.5").unwrap_err();
    assert!(message.starts_with("found dropout 0.5 in the model, expected none"), "{message}");
}
