//! Encoding as tokenizers' encode_fast does it, without what only offsets need: a thread keeps the ids of words
//! that it has met.
use crate::added_tokens::{AddedTokens, Part};
use crate::plain_steps::PlainSteps;
use crate::word_cutter::{add_ids_of_piece, WordCutter};
use ahash::AHashMap;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use tokenizers::tokenizer::{
    OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, Token,
};
use tokenizers::{Encoding, Tokenizer};

// A thread's words take a few MB. They are dropped when there are too many: the frequent ones come back.
const MOST_WORDS: usize = 1 << 15;
const MOST_BYTES_OF_WORD: usize = 128;
const MOST_TOKENIZERS: usize = 8;

type Words = AHashMap<Box<str>, Box<[u32]>>;

thread_local! {
    static WORDS_OF: RefCell<AHashMap<u64, Words>> = RefCell::new(AHashMap::new());
}

pub struct Encoder {
    number: u64, // of its words
    added: AddedTokens,
    pub cutter: WordCutter,
    plain: Option<PlainSteps>, // before its words are cut
    /// What the post-processor puts before and behind a text.
    pub affixes: (Vec<u32>, Vec<u32>),
}

impl Encoder {
    /// Of a tokenizer without truncation and padding, which does not change from here on.
    pub fn new(tokenizer: &Tokenizer) -> Result<Self, String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let cutter = WordCutter::new(tokenizer)?;
        Ok(Encoder {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            added: AddedTokens::new(tokenizer)?,
            plain: PlainSteps::new(tokenizer, &cutter),
            cutter,
            affixes: affixes_of(tokenizer)?,
        })
    }

    /// The ids that encode_fast gives.
    pub fn encode(
        &self,
        tokenizer: &Tokenizer,
        text: &str,
        add_special_tokens: bool,
    ) -> Result<Vec<u32>, String> {
        let (before, behind) = &self.affixes;
        let mut ids = Vec::with_capacity(before.len() + text.len() / 3 + behind.len());
        if add_special_tokens {
            ids.extend_from_slice(before);
        }
        let begin = ids.len();
        if !self.add_plain(tokenizer, text, &mut ids)? {
            ids.truncate(begin);
            let vocabulary = tokenizer.get_added_vocabulary();
            let pieces = vocabulary.extract_and_normalize(tokenizer.get_normalizer(), text);
            self.add_pieces(tokenizer, pieces, &mut ids)?;
        }
        if add_special_tokens {
            ids.extend_from_slice(behind);
        }
        Ok(ids)
    }

    /// Appends the ids of a text from which added tokens were cut, and which was normalized.
    pub fn add_pieces(
        &self,
        tokenizer: &Tokenizer,
        mut pieces: PreTokenizedString,
        ids: &mut Vec<u32>,
    ) -> Result<(), String> {
        let pre_tokenizer = tokenizer.get_pre_tokenizer();
        if let Some(pre_tokenizer) = pre_tokenizer.filter(|_| !self.cuts_by_patterns()) {
            pre_tokenizer.pre_tokenize(&mut pieces).map_err(|e| e.to_string())?;
        }
        with_words(self.number, |words| {
            for (piece, _, tokens) in
                pieces.get_splits(OffsetReferential::Normalized, OffsetType::None)
            {
                match (tokens, &self.cutter) {
                    (Some(tokens), _) => ids.extend(tokens.iter().map(|token| token.id)),
                    // Its words are of texts that are not normalized.
                    (None, WordCutter::Spaces(_)) => add_ids_of_piece(tokenizer, piece, ids)?,
                    _ => self.add_words(tokenizer, words, piece, ids)?,
                }
            }
            Ok(())
        })
    }

    fn cuts_by_patterns(&self) -> bool {
        matches!(self.cutter, WordCutter::Patterns(_))
    }

    /// Appends the ids of a text. False: it needs more than plain steps.
    fn add_plain(
        &self,
        tokenizer: &Tokenizer,
        text: &str,
        ids: &mut Vec<u32>,
    ) -> Result<bool, String> {
        let Some(steps) = &self.plain else { return Ok(false) };
        with_words(self.number, |words| {
            let mut first = true;
            self.added.each_part(text, |part| {
                match part {
                    Part::Token(id) => ids.push(id),
                    Part::Text(text) => match steps.apply(text, first) {
                        Some(text) if !self.added.any_in_normalized(&text) => {
                            self.add_words(tokenizer, words, &text, ids)?;
                        }
                        _ => return Ok(false),
                    },
                }
                first = false;
                Ok(true)
            })
        })
    }

    fn add_words(
        &self,
        tokenizer: &Tokenizer,
        words: &mut Words,
        text: &str,
        ids: &mut Vec<u32>,
    ) -> Result<(), String> {
        self.cutter.each_word(text, &mut |word| {
            if let Some(known) = words.get(word) {
                ids.extend_from_slice(known);
                return Ok(());
            }
            let at = ids.len();
            self.cutter.add_ids(tokenizer, word, ids)?;
            if word.len() <= MOST_BYTES_OF_WORD {
                if words.len() >= MOST_WORDS {
                    words.clear();
                }
                words.insert(word.into(), ids[at..].into());
            }
            Ok(())
        })
    }
}

fn with_words<T>(number: u64, body: impl FnOnce(&mut Words) -> T) -> T {
    WORDS_OF.with_borrow_mut(|words_of| {
        if words_of.len() >= MOST_TOKENIZERS && !words_of.contains_key(&number) {
            words_of.clear();
        }
        body(words_of.entry(number).or_default())
    })
}

/// What the post-processor puts around a text that is one token, the only one that it does not mark as special.
fn affixes_of(tokenizer: &Tokenizer) -> Result<(Vec<u32>, Vec<u32>), String> {
    let one = Encoding::from_tokens(vec![Token::new(0, "a".to_string(), (0, 1))], 0);
    let around = tokenizer.post_process(one, None, true).map_err(|e| e.to_string())?;
    let (ids, special) = (around.get_ids(), around.get_special_tokens_mask());
    let times = special.iter().filter(|&&mask| mask == 0).count();
    match special.iter().position(|&mask| mask == 0) {
        Some(at) if times == 1 => Ok((ids[..at].to_vec(), ids[at + 1..].to_vec())),
        _ => Err(format!(
            "found a post-processor that writes a text {times} times, expected it once"
        )),
    }
}
