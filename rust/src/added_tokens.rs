//! Finds added tokens in a text as tokenizers does.
use aho_corasick::{AhoCorasick, MatchKind};
use tokenizers::tokenizer::{NormalizedString, Normalizer};
use tokenizers::{AddedToken, Tokenizer};

pub struct AddedTokens {
    raw: AhoCorasick,
    tokens: Vec<(u32, AddedToken)>, // by the number of their pattern
    normalized: AhoCorasick,
}

pub enum Part<'a> {
    Text(&'a str),
    Token(u32),
}

impl AddedTokens {
    pub fn new(tokenizer: &Tokenizer) -> Result<Self, String> {
        let decoder = tokenizer.get_added_tokens_decoder();
        let given = decoder.into_iter().filter(|(_, token)| !token.content.is_empty());
        let (late, tokens): (Vec<_>, Vec<_>) = given.partition(|(_, token)| token.normalized);
        let contents = tokens.iter().map(|(_, token)| token.content.as_str());
        let of_late = late.into_iter().flat_map(|(_, token)| {
            let mut normalized = NormalizedString::from(token.content.as_str());
            if let Some(normalizer) = tokenizer.get_normalizer() {
                let _ = normalizer.normalize(&mut normalized); // as tokenizers does
            }
            [normalized.get().to_string(), token.content]
        });
        Ok(AddedTokens {
            raw: AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(contents)
                .map_err(|e| e.to_string())?,
            tokens,
            normalized: AhoCorasick::new(of_late.filter(|text| !text.is_empty()))
                .map_err(|e| e.to_string())?,
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
        for found in self.raw.find_iter(text) {
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

    /// Whether one that is looked for in normalized text is in this one.
    pub fn any_in_normalized(&self, text: &str) -> bool {
        self.normalized.is_match(text)
    }
}
