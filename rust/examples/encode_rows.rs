//! The texts of a file's rows, encoded on all cores by tokenizers' encode_fast and by laurel: how long each takes, and
//! how many texts have other ids. bench/larger_than_memory.py compares the token cache with the former.
//!
//!   cargo run --release --example encode_rows MODEL_FOLDER FILE
#[path = "../src/added_tokens.rs"]
mod added_tokens;
#[path = "../src/encoder.rs"]
mod encoder;
#[path = "../src/plain_steps.rs"]
mod plain_steps;
#[path = "../src/word_cutter.rs"]
mod word_cutter;

use serde_json::{json, Value};
use std::io::{BufRead, BufReader};
use std::thread::{available_parallelism, scope};
use std::time::Instant;
use tokenizers::Tokenizer;

const ROWS_AT_ONCE: usize = 65536;

/// The strings of a row, one after the other.
fn text_of(line: &str) -> String {
    let row: Value = serde_json::from_str(line).expect("a row");
    row.as_object().expect("an object").values().filter_map(Value::as_str).collect()
}

/// The seconds that all threads take for all texts.
fn seconds_of(texts: &[String], encode: impl Fn(&str) + Sync) -> f64 {
    let threads = available_parallelism().map_or(1, usize::from);
    let (begin, encode) = (Instant::now(), &encode);
    scope(|running| {
        for some in texts.chunks(texts.len().div_ceil(threads)) {
            running.spawn(move || some.iter().for_each(|text| encode(text)));
        }
    });
    begin.elapsed().as_secs_f64()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, file] = &arguments[..] else { panic!("usage: encode_rows MODEL_FOLDER FILE") };
    let mut tokenizer =
        Tokenizer::from_file(format!("{folder}/tokenizer.json")).expect("a tokenizer");
    tokenizer.with_truncation(None).expect("no truncation");
    tokenizer.with_padding(None);
    let cutter = word_cutter::WordCutter::new(&tokenizer).expect("a cutter").into();
    let encoder = encoder::Encoder::new(&tokenizer, cutter).expect("an encoder");
    let theirs = |text: &str| tokenizer.encode_fast(text, true).expect("ids");
    let ours = |text: &str| encoder.encode(&tokenizer, text, true).expect("ids");
    let mut lines = BufReader::new(std::fs::File::open(file).expect("a file")).lines();
    let (mut rows, mut different, mut seconds, mut laurel) = (0, 0, 0.0, 0.0);
    loop {
        let texts: Vec<String> =
            lines.by_ref().take(ROWS_AT_ONCE).map(|line| text_of(&line.expect("a line"))).collect();
        if texts.is_empty() {
            break;
        }
        seconds += seconds_of(&texts, |text| drop(theirs(text)));
        laurel += seconds_of(&texts, |text| drop(ours(text)));
        different += texts.iter().filter(|text| theirs(text).get_ids() != ours(text)).count();
        rows += texts.len();
    }
    println!(
        "{}",
        json!({"rows": rows, "seconds": seconds, "laurel": laurel, "different": different})
    );
}
