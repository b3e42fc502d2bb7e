//! Finds added tokens in a text as tokenizers does.
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use tokenizers::{AddedToken, Tokenizer};

pub struct AddedTokens {
    /// Those that are looked for in text as it is, by the number of their pattern.
    tokens: Vec<(u32, AddedToken)>,
    as_it_is: AhoCorasick,
    /// Those that are looked for after the normalizer; None: no token is.
    normalized: Option<AhoCorasick>,
}

pub enum Part<'a> {
    Text(&'a str),
    Token(u32),
}

impl AddedTokens {
    pub fn new(tokenizer: &Tokenizer) -> Result<Self, String> {
        let given = tokenizer.get_added_tokens_decoder().into_iter();
        let given = given.filter(|(_, token)| !token.content.is_empty());
        let (late, tokens): (Vec<_>, Vec<_>) = given.partition(|(_, token)| token.normalized);
        let mut patterns = Vec::new();
        for (id, token) in late {
            let pattern = tokenizer.get_added_vocabulary().simple_id_to_token(id);
            patterns.push(pattern.filter(|text| !text.is_empty()).ok_or_else(|| {
                let content = &token.content;
                format!("found the added token {content:?}, of which the normalizer leaves nothing, expected one with \"normalized\": false")
            })?);
        }
        Ok(AddedTokens {
            as_it_is: search(tokens.iter().map(|(_, token)| &token.content))?,
            tokens,
            normalized: (!patterns.is_empty()).then(|| search(&patterns)).transpose()?,
        })
    }

    /// visit(part) for each part of the text in order, until it gives false. False, too, where a token asks for
    /// more than its text.
    pub fn each_part<'a>(
        &self,
        text: &'a str,
        mut visit: impl FnMut(Part<'a>) -> Result<bool, String>,
    ) -> Result<bool, String> {
        let mut end_of_last = 0;
        for found in self.as_it_is.find_iter(text) {
            let (id, token) = &self.tokens[found.pattern().as_usize()];
            if token.lstrip || token.rstrip || token.single_word {
                return Ok(false);
            }
            let before = &text[end_of_last..found.start()];
            if !visit(Part::Text(before))? || !visit(Part::Token(*id))? {
                return Ok(false);
            }
            end_of_last = found.end();
        }
        visit(Part::Text(&text[end_of_last..]))
    }

    pub fn any_normalized(&self) -> bool {
        self.normalized.is_some()
    }

    /// Whether one that is looked for after the normalizer is in this text, which it has made.
    pub fn any_in_normalized(&self, text: &str) -> bool {
        self.normalized.as_ref().is_some_and(|search| search.is_match(text))
    }
}

/// Leftmost, then longest. What AhoCorasick chooses by itself may take hundreds of bytes for each of a pattern.
pub fn search(patterns: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<AhoCorasick, String> {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .match_kind(MatchKind::LeftmostLongest)
        .build(patterns)
        .map_err(|e| e.to_string())
}
