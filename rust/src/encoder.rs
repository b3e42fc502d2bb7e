//! Encoding as tokenizers' encode_fast does it, without what only offsets need: a thread keeps the ids of words
//! that it has met.
use crate::added_tokens::{AddedTokens, Part};
use crate::plain_steps::PlainSteps;
use crate::word_cutter::{add_ids_of_piece, WordCutter};
use ahash::AHashMap;
use std::borrow::Cow;
use std::cell::RefCell;
use std::mem::{size_of, size_of_val};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use tokenizers::tokenizer::{
    OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, Token,
};
use tokenizers::{Encoding, Tokenizer};

// Words are dropped when there are too many: the frequent ones come back.
const MOST_BYTES_OF_WORDS: usize = 8 << 20; // of one tokenizer and one thread
const MOST_BYTES_OF_WORD: usize = 128;
const MOST_TOKENIZERS: usize = 4;

#[derive(Default)]
struct KnownWords {
    ids: AHashMap<Box<str>, Box<[u32]>>,
    bytes: usize,
}

thread_local! {
    // Of the thread and not of the encoder: threads would wait for each other.
    static WORDS: RefCell<AHashMap<u64, KnownWords>> = RefCell::new(AHashMap::new());
}

pub struct Encoder {
    id: u64, // under which a thread keeps its words
    added: AddedTokens,
    pub cutter: Arc<WordCutter>,
    pub plain: Option<PlainSteps>, // before words are cut; None: tokenizers does it, for all texts
    /// What the post-processor puts before and after a text.
    pub affixes: (Vec<u32>, Vec<u32>),
}

impl Encoder {
    /// Of a tokenizer without truncation and padding, which does not change from here on, and of its cutter.
    pub fn new(tokenizer: &Tokenizer, mut cutter: Arc<WordCutter>) -> Result<Self, String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let added = AddedTokens::new(tokenizer)?;
        // Words between spaces are not normalized yet.
        let late = added.any_normalized() && matches!(*cutter, WordCutter::Spaces(_));
        let plain = if late { None } else { PlainSteps::new(tokenizer, &cutter) };
        if plain.is_none() && cutter.reads_text() {
            cutter = Arc::new(WordCutter::Pieces);
        }
        let affixes = affixes_of(tokenizer)?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Ok(Encoder { id, added, cutter, plain, affixes })
    }

    /// The ids that encode_fast gives.
    pub fn encode(
        &self,
        tokenizer: &Tokenizer,
        text: &str,
        add_special_tokens: bool,
    ) -> Result<Vec<u32>, String> {
        let (before, after) = &self.affixes;
        let mut ids = Vec::with_capacity(before.len() + text.len() / 3 + after.len());
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
            ids.extend_from_slice(after);
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
        let by_patterns = matches!(*self.cutter, WordCutter::Patterns(_)); // all that the pre-tokenizer does
        if let Some(pre_tokenizer) = tokenizer.get_pre_tokenizer().filter(|_| !by_patterns) {
            pre_tokenizer.pre_tokenize(&mut pieces).map_err(|e| e.to_string())?;
        }
        with_words(self.id, |words| {
            for (piece, _, tokens) in
                pieces.get_splits(OffsetReferential::Normalized, OffsetType::None)
            {
                match (tokens, &*self.cutter) {
                    (Some(tokens), _) => ids.extend(tokens.iter().map(|token| token.id)),
                    // Its words are of texts that are not normalized.
                    (None, WordCutter::Spaces(_)) => add_ids_of_piece(tokenizer, piece, ids)?,
                    _ => self.add_words(tokenizer, words, piece, ids)?,
                }
            }
            Ok(())
        })
    }

    /// Appends the ids of a text. False: it needs more than plain steps.
    fn add_plain(
        &self,
        tokenizer: &Tokenizer,
        text: &str,
        ids: &mut Vec<u32>,
    ) -> Result<bool, String> {
        let Some(steps) = &self.plain else { return Ok(false) };
        with_words(self.id, |words| {
            let mut first = true;
            self.added.each_part(text, |part| {
                match part {
                    Part::Token(id) => ids.push(id),
                    Part::Text(text) => match self.plain_text(steps, text, first) {
                        Some(text) => self.add_words(tokenizer, words, &text, ids)?,
                        None => return Ok(false),
                    },
                }
                first = false;
                Ok(true)
            })
        })
    }

    fn plain_text<'a>(
        &self,
        steps: &PlainSteps,
        text: &'a str,
        first: bool,
    ) -> Option<Cow<'a, str>> {
        let text = steps.normalize(text)?;
        if self.added.any_in_normalized(&text) {
            return None;
        }
        steps.pre_tokenize(text, first)
    }

    fn add_words(
        &self,
        tokenizer: &Tokenizer,
        words: &mut KnownWords,
        text: &str,
        ids: &mut Vec<u32>,
    ) -> Result<(), String> {
        self.cutter.each_word(text, &mut |word| {
            if let Some(known) = words.ids.get(word) {
                ids.extend_from_slice(known);
                return Ok(());
            }
            let at = ids.len();
            self.cutter.add_ids(tokenizer, word, ids)?;
            if word.len() <= MOST_BYTES_OF_WORD {
                words.add(word, &ids[at..]);
            }
            Ok(())
        })
    }
}

impl KnownWords {
    fn add(&mut self, word: &str, ids: &[u32]) {
        // Twice the entry, since a table has free places; and what two small blocks take more than they hold.
        let bytes = 2 * size_of::<(Box<str>, Box<[u32]>)>() + word.len() + size_of_val(ids) + 32;
        if self.bytes + bytes > MOST_BYTES_OF_WORDS {
            *self = KnownWords::default();
        }
        self.bytes += bytes;
        self.ids.insert(word.into(), ids.into());
    }
}

fn with_words<T>(id: u64, body: impl FnOnce(&mut KnownWords) -> T) -> T {
    WORDS.with_borrow_mut(|words_of| {
        if words_of.len() >= MOST_TOKENIZERS && !words_of.contains_key(&id) {
            words_of.clear();
        }
        body(words_of.entry(id).or_default())
    })
}

/// What the post-processor puts around a text, which is one token here.
fn affixes_of(tokenizer: &Tokenizer) -> Result<(Vec<u32>, Vec<u32>), String> {
    const TEXT: u32 = u32::MAX - 2; // none of a vocabulary
    let around = |add_special_tokens| {
        let one = Encoding::from_tokens(vec![Token::new(TEXT, "a".to_string(), (0, 1))], 0);
        let process = || tokenizer.post_process(one, None, add_special_tokens);
        let processed = catch_unwind(AssertUnwindSafe(process)).ok()?.ok()?; // some panic
        Some(processed.get_ids().to_vec())
    };
    let affixes = || {
        let ids = around(true)?;
        let at = ids.iter().position(|&id| id == TEXT)?;
        let (before, after) = (ids[..at].to_vec(), ids[at + 1..].to_vec());
        (around(false)? == [TEXT] && !after.contains(&TEXT)).then_some((before, after))
    };
    affixes().ok_or_else(|| {
        "found a post-processor that does not write a text once, expected special tokens around it"
            .to_string()
    })
}
