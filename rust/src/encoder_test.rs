//! The ids of encoder.rs beside those of tokenizers.
use crate::tokenizer::laurel_tokenizer;
use crate::word_cutter::WordCutter;
use std::path::{Path, PathBuf};

/// Texts of pieces that cut, normalise or merge in their own way, the same in every run.
fn texts(added: &[String]) -> Vec<String> {
    const PIECES: &[&str] = &[
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "\u{a0}",
        "\u{2581}",
        "\u{2581}\u{2581}",
        "a",
        "the",
        "The",
        "ing",
        "'s",
        "'LL",
        "1",
        "2024",
        "\u{bd}",
        "\u{2167}",
        "\u{e9}",
        "e\u{301}",
        "\u{1e9b}\u{323}",
        "\u{212b}",
        "\u{130}",
        "\u{df}",
        "\u{65e5}\u{672c}",
        "\u{e01}\u{e33}",
        "\u{1f600}",
        "\u{1f468}\u{200d}\u{1f469}",
        "\u{200b}",
        "\u{feff}",
        "\u{fffd}",
        "\u{0}",
        "\u{1}",
        "!",
        "...",
        "#",
        "<",
        ">",
        "<|",
        "|>",
        "<s",
        "_",
        "##",
        "\u{2014}",
        "\u{201c}",
        "\u{ac00}",
        "\u{1100}\u{1161}",
        "\u{10ffff}",
        "x",
        "river",
        "green",
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

fn assert_same(name: &str, json: &str) -> laurel_tokenizer {
    let ours = laurel_tokenizer::new(json).unwrap();
    let added: Vec<String> =
        ours.tokenizer.get_added_tokens_decoder().into_values().map(|t| t.content).collect();
    for text in texts(&added) {
        for special in [false, true] {
            let theirs = ours.tokenizer.encode_fast(text.as_str(), special).unwrap();
            let mine = ours.encode(&text, special).unwrap();
            assert_eq!(mine, theirs.get_ids(), "{name}: {text:?}");
        }
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
        assert!(matches!(assert_same(name, json).encoder.cutter, WordCutter::Marks { .. }));
    }
    let without_unk = apart.replace(r#""unk_token": "?", "#, "");
    assert!(matches!(assert_same("no unk", &without_unk).encoder.cutter, WordCutter::Pieces));
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
        assert!(matches!(cutter, WordCutter::Patterns(_)));
    }
}

#[test]
fn ids_are_those_of_tokenizers() {
    let mut files = Vec::new();
    tokenizers_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden"), &mut files);
    let (mut patterns, mut spaces, mut pieces, mut marks) = (0, 0, 0, 0);
    for file in files {
        let json = std::fs::read_to_string(&file).unwrap();
        match assert_same(&file.display().to_string(), &json).encoder.cutter {
            WordCutter::Patterns(_) => patterns += 1,
            WordCutter::Spaces(_) => spaces += 1,
            WordCutter::Pieces => pieces += 1,
            WordCutter::Marks { .. } => marks += 1,
        }
    }
    assert!(patterns > 0 && spaces > 0 && pieces > 0 && marks > 0);
}
