//! The ids of encoder.rs are those of tokenizers.
use crate::tokenizer::laurel_tokenizer;
use crate::word_cutter::WordCutter;
use std::path::{Path, PathBuf};

/// Texts of pieces that cut, normalise or merge in their own way, the same in every run.
fn texts(added: &[String]) -> Vec<String> {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        " ", "  ", "\n", "\r\n", "\t", "\u{a0}", "\u{2581}", "\u{2581}\u{2581}", "a", "the",
        "The", "ing", "'s", "'LL", "1", "2024", "\u{bd}", "\u{2167}", "\u{e9}", "e\u{301}",
        "\u{1e9b}\u{323}", "\u{212b}", "\u{130}", "\u{df}", "\u{65e5}\u{672c}",
        "\u{e01}\u{e33}", "\u{1f600}", "\u{1f468}\u{200d}\u{1f469}", "\u{200b}", "\u{feff}",
        "\u{fffd}", "\u{0}", "\u{1}", "!", "...", "#", "<", ">", "<|", "|>", "<s", "_",
        "##", "\u{2014}", "\u{201c}", "\u{ac00}", "\u{1100}\u{1161}", "\u{10ffff}", "x",
        "river", "green",
    ];
    let mut state = 1u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    let mut texts = vec![String::new(), "a ".repeat(3000), "\u{2581}".repeat(300)];
    for _ in 0..1500 {
        let mut text = String::new();
        for _ in 0..next(24) {
            match next(12) {
                0 if !added.is_empty() => text += &added[next(added.len())],
                _ => text += PIECES[next(PIECES.len())],
            }
        }
        texts.push(text);
    }
    texts
}

fn assert_same_ids(name: &str, ours: &laurel_tokenizer, text: &str) {
    for special in [false, true] {
        let theirs = ours.tokenizer.encode_fast(text, special).unwrap();
        assert_eq!(ours.encode(text, special).unwrap(), theirs.get_ids(), "{name}: {text:?}");
    }
}

fn assert_same(name: &str, json: &str) -> laurel_tokenizer {
    let ours = laurel_tokenizer::new(json).unwrap();
    let added: Vec<String> =
        ours.tokenizer.get_added_tokens_decoder().into_values().map(|t| t.content).collect();
    for text in texts(&added) {
        assert_same_ids(name, &ours, &text);
        let whole = ours.encode_partly_ordinary(&text, &[]).unwrap();
        assert_eq!(whole, ours.encode(&text, false).unwrap(), "{name}: {text:?}");
    }
    ours
}

fn tokenizers_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tokenizers_in(&path, found);
        } else if path.ends_with("tokenizer.json") {
            found.push(path);
        }
    }
}

fn with_marks(third: &str, merge: &str) -> String {
    format!(
        r#"{{"normalizer": {{"type": "Replace", "pattern": {{"String": " "}}, "content": "\u2581"}},
        "model": {{"type": "BPE", "unk_token": "?", "fuse_unk": true,
        "vocab": {{"?": 0, "\u2581": 1, "a": 2, "x": 3, "\u2581\u2581": 4, "\u2581a": 5, "{third}": 6}},
        "merges": ["\u2581 \u2581", "\u2581 a", "{merge}"]}}}}"#
    )
}

#[test]
fn words_are_cut_only_where_no_token_lies() {
    let apart = with_marks("xx", "x x");
    let across = with_marks(r"x\u2581a", r"x \u2581a");
    for (name, json) in [("apart", &apart), ("across", &across)] {
        assert!(matches!(*assert_same(name, json).encoder.cutter, WordCutter::Marks { .. }));
    }
    let without_unk = apart.replace(r#""unk_token": "?", "#, "");
    assert!(matches!(*assert_same("no unk", &without_unk).encoder.cutter, WordCutter::Pieces));
}

#[test]
fn digits_are_words() {
    for individual in ["true", "false"] {
        let json = format!(
            r#"{{"pre_tokenizer": {{"type": "Sequence", "pretokenizers": [
            {{"type": "Digits", "individual_digits": {individual}}},
            {{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}}]}},
            "model": {{"type": "BPE", "vocab": {{"1": 0, "2": 1, "0": 2, "\u0120": 3, "20": 4, "2024": 5,
            "24": 6, "a": 7, "\u0120a": 8, "4": 9, "\u00c2": 10, "\u00bd": 11}},
            "merges": ["2 0", "2 4", "20 24", "\u0120 a"]}}}}"#
        );
        let cutter = assert_same(individual, &json).encoder.cutter;
        assert!(matches!(*cutter, WordCutter::Patterns(_)));
    }
}

#[test]
fn ids_are_those_of_tokenizers() {
    let mut files = Vec::new();
    tokenizers_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden"), &mut files);
    let (mut plain, mut patterns, mut spaces, mut pieces, mut marks) = (0, 0, 0, 0, 0);
    for file in files {
        let json = std::fs::read_to_string(&file).unwrap();
        let encoder = assert_same(&file.display().to_string(), &json).encoder;
        plain += usize::from(encoder.plain.is_some());
        match *encoder.cutter {
            WordCutter::Patterns(_) => patterns += 1,
            WordCutter::Spaces(_) => spaces += 1,
            WordCutter::Pieces => pieces += 1,
            WordCutter::Marks { .. } => marks += 1,
        }
    }
    assert!(patterns > 0 && spaces > 0 && pieces > 0 && marks > 0);
    assert_eq!(plain, patterns + spaces + marks); // the others have a Precompiled normalizer, or a Metaspace that cuts
}

fn tokenizer_json(model: &str, parts: &str, added: &[(u32, &str)]) -> String {
    let added: Vec<_> = added
        .iter()
        .map(|(id, content)| {
            serde_json::json!({"id": id, "content": content, "normalized": true, "special": false,
                "single_word": false, "lstrip": false, "rstrip": false})
        })
        .collect();
    format!(
        r#"{{"added_tokens": {}, {parts} "model": {model}}}"#,
        serde_json::to_string(&added).unwrap()
    )
}

fn word_level(vocab: &str) -> String {
    format!(r#"{{"type": "WordLevel", "unk_token": "U", "vocab": {vocab}}}"#)
}

fn bpe(options: &str, vocab: &str, merge: &str) -> String {
    format!(r#"{{"type": "BPE", {options}, "vocab": {vocab}, "merges": ["{merge}"]}}"#)
}

const METASPACE: &str = r#""pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "split": false,
    "prepend_scheme": "first"},"#;
const BERT: &str = r#""normalizer": {"type": "BertNormalizer", "clean_text": true,
    "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},"#;

fn replacing(from: &str, to: &str) -> String {
    format!(
        r#""normalizer": {{"type": "Replace", "pattern": {{"String": "{from}"}}, "content": "{to}"}},"#
    )
}

#[test]
fn added_tokens_are_looked_for_where_tokenizers_does() {
    let word_piece = r#"{"type": "WordPiece", "unk_token": "U", "continuing_subword_prefix": "\u0023\u0023",
        "max_input_chars_per_word": 100, "vocab": {"U": 0, "x": 1}}"#;
    let one = word_level(r#"{"U": 0}"#);
    let stale = word_level(r#"{"U": 0, "y": 1, "x": 3}"#);
    for (json, text) in [
        (tokenizer_json(word_piece, BERT, &[(2, "covid")]), "c\u{f6}vid x COVID"),
        (tokenizer_json(word_piece, BERT, &[(2, " ")]), "\u{4e2d}"),
        (tokenizer_json(&one, METASPACE, &[(1, "a b")]), "xa bx"),
        (tokenizer_json(&stale, &replacing("x", "y"), &[(3, "x"), (4, "n")]), "y"),
    ] {
        assert_same_ids("", &laurel_tokenizer::new(&json).unwrap(), text);
    }
    let nothing = tokenizer_json(&one, &replacing("x", ""), &[(1, "x")]);
    let error = laurel_tokenizer::new(&nothing).err().unwrap();
    assert_eq!(error, "found the added token \"x\", of which the normalizer leaves nothing, expected one with \"normalized\": false");
}

#[test]
fn what_offsets_decide_is_left_to_tokenizers() {
    let words = word_level(r#"{"U": 0, "q": 1, "\u2581q": 2}"#);
    for (from, to, text) in [("``", "q", "``"), ("z", "", "zq"), (" ", "_", "q q")] {
        let json = tokenizer_json(&words, &format!("{}{METASPACE}", replacing(from, to)), &[]);
        assert_same_ids("", &laurel_tokenizer::new(&json).unwrap(), text);
    }
    let regex = r#""normalizer": {"type": "Replace", "pattern": {"Regex": ""}, "content": "\u00e9"},
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},"#;
    let model = r#"{"type": "BPE", "unk_token": "a", "vocab": {"a": 10}, "merges": []}"#;
    assert_same_ids("", &laurel_tokenizer::new(&tokenizer_json(model, regex, &[])).unwrap(), ">");
}

#[test]
fn merges_of_what_the_text_does_not_spell_leave_it_whole() {
    let fallback = r#""byte_fallback": true, "unk_token": "?""#;
    let bytes = r#"{"?": 0, "\u2581": 1, "<0xC3>": 2, "<0xA9>": 3, "<0xA9>\u2581": 4}"#;
    for (model, text) in [
        (
            bpe(r#""unk_token": "a""#, r#"{"a": 0, "\u2581": 1, "a\u2581": 2}"#, r"a \u2581"),
            "\u{e9}\u{2581}",
        ),
        (
            bpe(
                r#""unk_token": "\u2581""#,
                r#"{"a": 0, "\u2581": 1, "\u2581\u2581": 2}"#,
                r"\u2581 \u2581",
            ),
            "\u{e9}\u{2581}",
        ),
        (bpe(fallback, bytes, r"<0xA9> \u2581"), "\u{e9}\u{2581}"),
        (
            bpe(
                r#""unk_token": "?""#,
                r#"{"?": 0, "\u2581": 1, "a": 2, "b": 2, "a\u2581": 3}"#,
                r"a \u2581",
            ),
            "b\u{2581}",
        ),
    ] {
        assert_same_ids(
            "",
            &laurel_tokenizer::new(&tokenizer_json(&model, "", &[])).unwrap(),
            text,
        );
    }
}

#[test]
fn post_processors_write_a_text_once() {
    let bert = r#"{"type": "BertProcessing", "sep": ["U", 0], "cls": ["U", 0]}"#;
    let template = |second: &str| {
        let text = r#"{"Sequence": {"id": "A", "type_id": 0}}"#;
        format!(
            r#"{{"type": "TemplateProcessing", "single": [{text}, {second}], "pair": [{text}],
            "special_tokens": {{}}}}"#
        )
    };
    let new = |processors: &str| {
        let parts =
            format!(r#""post_processor": {{"type": "Sequence", "processors": [{processors}]}},"#);
        laurel_tokenizer::new(&tokenizer_json(&word_level(r#"{"U": 0}"#), &parts, &[]))
    };
    assert_same_ids("", &new(&format!("{bert}, {bert}")).unwrap(), "y");
    let twice = template(r#"{"Sequence": {"id": "A", "type_id": 0}}"#);
    let unknown = template(r#"{"SpecialToken": {"id": "X", "type_id": 0}}"#);
    for processors in [twice, unknown] {
        let error = new(&processors).err().unwrap();
        assert!(error.contains("does not write a text once"), "{error}");
    }
}

#[test]
fn more_words_than_are_kept_have_their_ids() {
    let model = r#"{"type": "BPE", "unk_token": "a", "vocab": {"a": 0, "b": 1, "c": 2, "\u0120": 3, "ab": 4},
        "merges": ["a b"]}"#;
    let parts = r#""pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},"#;
    let ours = laurel_tokenizer::new(&tokenizer_json(model, parts, &[])).unwrap();
    let word = |number: u32| {
        (0..120).map(|i| ["a", "b", "c"][(number >> (i % 20)) as usize % 3]).collect::<String>()
    };
    for number in 0..40_000 {
        ours.encode(&word(number), false).unwrap();
    }
    for number in (0..40_000).step_by(1000) {
        assert_same_ids("many", &ours, &word(number));
    }
}
