//! Cuts texts into words: parts whose ids do not depend on their neighbours.
use ahash::AHashSet;
use tokenizers::models::ModelWrapper;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::{
    Model, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString,
    PreTokenizer, SplitDelimiterBehavior,
};
use tokenizers::{NormalizerWrapper, PreTokenizerWrapper, Tokenizer};

/// SentencePiece's space.
const MARK: char = '\u{2581}';

/// The pattern of ByteLevel with use_regex: that of GPT-2 (openai/gpt-2, src/encoder.py).
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

const MOST_PATTERNS: usize = 16; // each calls the next
const MOST_JOINED: usize = 64;

pub enum WordCutter {
    /// The pre-tokenizer cuts by patterns, and then writes bytes as characters: its patterns find the
    /// words in the text itself.
    Patterns(Vec<Pattern>),
    /// Normalizer and pre-tokenizer are BERT's, which do not look across a space: a text is cut there, and each
    /// word normalized by itself.
    Spaces(BertNormalizer),
    /// Each piece of the pre-tokenizer is cut before its marks, but within such pairs of texts.
    Marks { joined: Vec<(String, String)> },
    /// Each piece of the pre-tokenizer is a word.
    Pieces,
}

/// Matches, and what lies between them, are parts.
pub enum Pattern {
    Regex(Split),
    Digits { individual: bool },
}

type Visit<'a, 'v> = &'v mut dyn FnMut(&'a str) -> Result<(), String>;

impl WordCutter {
    pub fn new(tokenizer: &Tokenizer) -> Result<Self, String> {
        let (normalizer, pre_tokenizer) =
            (tokenizer.get_normalizer(), tokenizer.get_pre_tokenizer());
        if let Some(patterns) = patterns_of(pre_tokenizer)? {
            return Ok(Self::Patterns(patterns));
        }
        Ok(match (normalizer, pre_tokenizer) {
            (
                Some(NormalizerWrapper::BertNormalizer(bert)),
                Some(PreTokenizerWrapper::BertPreTokenizer(_)),
            ) => Self::Spaces(*bert),
            _ => joined_at_marks(tokenizer).map_or(Self::Pieces, |joined| Self::Marks { joined }),
        })
    }

    /// Whether it cuts a text, and not pieces of the pre-tokenizer or what stays in one piece.
    pub fn reads_text(&self) -> bool {
        matches!(self, Self::Patterns(_) | Self::Spaces(_))
    }

    /// visit(word) for each word of a text or a piece, in order.
    pub fn each_word<'a>(&self, text: &'a str, visit: Visit<'a, '_>) -> Result<(), String> {
        match self {
            _ if text.is_empty() => Ok(()),
            Self::Patterns(patterns) => cut_by_patterns(patterns, text, visit),
            Self::Spaces(_) => {
                let mut words = text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty());
                words.try_for_each(visit)
            }
            Self::Marks { joined } => cut_at_marks(joined, text, visit),
            Self::Pieces => visit(text),
        }
    }

    /// Appends the ids of a word.
    pub fn add_ids(
        &self,
        tokenizer: &Tokenizer,
        word: &str,
        ids: &mut Vec<u32>,
    ) -> Result<(), String> {
        let mut alone = NormalizedString::from(word);
        let pieces = match self {
            Self::Patterns(_) => pieces_of(&ByteLevel::new(false, true, false), alone),
            Self::Spaces(bert) => {
                bert.normalize(&mut alone).map_err(|e| e.to_string())?;
                pieces_of(&BertPreTokenizer, alone)
            }
            Self::Marks { .. } | Self::Pieces => return add_ids_of_piece(tokenizer, word, ids),
        }?;
        let pieces = pieces.get_splits(OffsetReferential::Normalized, OffsetType::None);
        pieces.into_iter().try_for_each(|(piece, ..)| add_ids_of_piece(tokenizer, piece, ids))
    }
}

fn pieces_of(
    pre_tokenizer: &impl PreTokenizer,
    text: NormalizedString,
) -> Result<PreTokenizedString, String> {
    let mut pieces = PreTokenizedString::from(text);
    pre_tokenizer.pre_tokenize(&mut pieces).map_err(|e| e.to_string())?;
    Ok(pieces)
}

pub fn add_ids_of_piece(
    tokenizer: &Tokenizer,
    piece: &str,
    ids: &mut Vec<u32>,
) -> Result<(), String> {
    let tokens = tokenizer.get_model().tokenize(piece).map_err(|e| e.to_string())?;
    ids.extend(tokens.iter().map(|token| token.id));
    Ok(())
}

/// The patterns that cut words which ByteLevel then spells, where the pre-tokenizer is nothing else.
fn patterns_of(
    pre_tokenizer: Option<&PreTokenizerWrapper>,
) -> Result<Option<Vec<Pattern>>, String> {
    let parts = match pre_tokenizer {
        Some(PreTokenizerWrapper::Sequence(sequence)) => sequence.as_ref(),
        Some(one) => std::slice::from_ref(one),
        None => return Ok(None),
    };
    let Some((PreTokenizerWrapper::ByteLevel(last), before)) = parts.split_last() else {
        return Ok(None);
    };
    let mut patterns = Vec::new();
    for part in before {
        patterns.push(match part {
            PreTokenizerWrapper::Split(split)
                if split.behavior == SplitDelimiterBehavior::Isolated =>
            {
                Pattern::Regex(split.clone())
            }
            PreTokenizerWrapper::Digits(digits) => {
                Pattern::Digits { individual: digits.individual_digits }
            }
            _ => return Ok(None),
        });
    }
    if last.add_prefix_space || patterns.len() > MOST_PATTERNS {
        return Ok(None);
    }
    if last.use_regex {
        let pattern = SplitPattern::Regex(GPT2.to_string());
        let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false);
        patterns.push(Pattern::Regex(split.map_err(|e| e.to_string())?));
    }
    Ok(Some(patterns))
}

fn cut_by_patterns<'a>(
    patterns: &[Pattern],
    text: &'a str,
    visit: Visit<'a, '_>,
) -> Result<(), String> {
    let Some((pattern, others)) = patterns.split_first() else {
        return if text.is_empty() { Ok(()) } else { visit(text) };
    };
    let mut end_of_last = 0;
    let mut cut_around = |begin: usize, end: usize| {
        cut_by_patterns(others, &text[end_of_last..begin], visit)?;
        end_of_last = end;
        cut_by_patterns(others, &text[begin..end], visit)
    };
    match pattern {
        Pattern::Regex(split) => {
            split.regex.find_iter(text).try_for_each(|(begin, end)| cut_around(begin, end))?;
        }
        Pattern::Digits { individual } => {
            each_number(text, *individual).try_for_each(|(begin, end)| cut_around(begin, end))?;
        }
    }
    cut_by_patterns(others, &text[end_of_last..], visit)
}

/// Where digits stand, one by one or those that follow each other together.
fn each_number(text: &str, individual: bool) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = &text[from..];
        let begin = from + rest.find(char::is_numeric)?;
        let digits = &text[begin..];
        let length = match individual {
            true => digits.chars().next().map_or(0, char::len_utf8),
            false => digits.find(|c: char| !c.is_numeric()).unwrap_or(digits.len()),
        };
        from = begin + length;
        Some((begin, from))
    })
}

/// Of a BPE: the tokens that join a mark to a character before it, cut in front of the mark. At any other such
/// place no merge reaches across, since each makes a token, and merges on its two sides do not see each other. None:
/// the text of a symbol is not always that of its token, or something stands between words that is not in the text.
fn joined_at_marks(tokenizer: &Tokenizer) -> Option<Vec<(String, String)>> {
    let ModelWrapper::BPE(bpe) = tokenizer.get_model() else { return None };
    let vocabulary = bpe.get_vocab();
    let unk = bpe.unk_token.as_deref()?; // else an unknown character is left out, and its neighbours meet
    let plain = bpe.continuing_subword_prefix.is_none()
        && bpe.end_of_word_suffix.is_none()
        && !bpe.ignore_merges
        && vocabulary.contains_key(MARK.encode_utf8(&mut [0; 4]))
        && vocabulary.contains_key(unk)
        && vocabulary.values().collect::<AHashSet<_>>().len() == vocabulary.len();
    let merges_unspelled = vocabulary.keys().any(|token| {
        let unknown = ends_of(token, unk.len()).any(|end| end == unk && end != token);
        unknown
            || (bpe.byte_fallback && ends_of(token, BYTE).any(|end| is_byte(end) && end != token))
    });
    if !plain || merges_unspelled {
        return None;
    }
    let joined = vocabulary.keys().flat_map(|token| {
        begins_of_marks(token).map(|at| (token[..at].to_string(), token[at..].to_string()))
    });
    let joined: Vec<_> = joined.take(MOST_JOINED + 1).collect();
    (joined.len() <= MOST_JOINED).then_some(joined)
}

const BYTE: usize = "<0x00>".len();

/// What a text of more bytes begins with and ends in.
fn ends_of(text: &str, bytes: usize) -> impl Iterator<Item = &str> {
    let last = text.len().checked_sub(bytes).and_then(|at| text.get(at..));
    [text.get(..bytes), last].into_iter().flatten()
}

/// The token of a byte of a character that has none: "<0x0A>".
fn is_byte(token: &str) -> bool {
    token.len() == BYTE && token.starts_with("<0x") && token.ends_with('>')
}

/// Where a mark follows another character.
fn begins_of_marks(text: &str) -> impl Iterator<Item = usize> + '_ {
    let marks = text.match_indices(MARK).map(|(at, _)| at);
    marks.filter(|&at| at > 0 && !text[..at].ends_with(MARK))
}

fn cut_at_marks<'a>(
    joined: &[(String, String)],
    text: &'a str,
    visit: Visit<'a, '_>,
) -> Result<(), String> {
    let mut begin = 0;
    for end in begins_of_marks(text) {
        let (before, after) = text.split_at(end);
        if joined.iter().any(|(first, last)| before.ends_with(first) && after.starts_with(last)) {
            continue;
        }
        visit(&text[begin..end])?;
        begin = end;
    }
    visit(&text[begin..])
}
