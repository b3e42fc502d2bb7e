//! The words of a text for comparing texts: NFKC, without case, punctuation and spacing.
use crate::ffi::{guard, text, Bytes, Message};
use std::ffi::c_char;
use unicode_normalization::{
    char::is_combining_mark, is_nfkc_quick, IsNormalized, UnicodeNormalization,
};

/// Scripts that put no spaces between words: every character counts by itself. (Thai and Lao, Tibetan,
/// Myanmar, Khmer, Tai Tham, kana, bopomofo, Han with its compatibility and later planes.)
const UNSPACED: [(u32, u32); 15] = [
    (0x0E00, 0x0EFF),
    (0x0F00, 0x0FFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x1A20, 0x1AAF),
    (0x3005, 0x3007),
    (0x3040, 0x30FF),
    (0x3100, 0x312F),
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
];

fn is_unspaced(c: char) -> bool {
    let code = c as u32;
    code >= 0x0E00 && UNSPACED.iter().any(|&(first, last)| first <= code && code <= last)
}

/// Left out inside a word: "don't" and "dont" are one.
fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{02BC}')
}

struct Words {
    out: String,
    in_word: bool,
}

impl Words {
    fn end_word(&mut self) {
        if std::mem::take(&mut self.in_word) {
            self.out.push(' ');
        }
    }

    fn push(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            self.out.push(c.to_ascii_lowercase());
            self.in_word = true;
        } else if is_apostrophe(c) {
            // The next letter goes on with the word.
        } else if !(c.is_alphanumeric() || is_combining_mark(c)) {
            self.end_word();
        } else if is_unspaced(c) {
            self.end_word();
            self.out.push(c);
            self.out.push('\n');
        } else if self.in_word || !is_combining_mark(c) {
            // Both ways, so that letters with several lower forms (ß, ς) are one.
            self.out.extend(c.to_uppercase().flat_map(char::to_lowercase));
            self.in_word = true;
        }
    }
}

/// Each word ended by a space, each character of a script without spaces by a line end.
pub fn words(text: &str) -> String {
    let mut words = Words { out: String::with_capacity(text.len() + 1), in_word: false };
    if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        text.chars().for_each(|c| words.push(c));
    } else {
        text.nfkc().for_each(|c| words.push(c));
    }
    words.end_word();
    words.out
}

#[no_mangle]
unsafe extern "C" fn laurel_words(data: *const c_char, size: usize, out: *mut Bytes) -> Message {
    guard(|| {
        *out = Bytes::from_string(words(text(data, size)?));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn case_punctuation_and_spacing_make_no_difference() {
        assert_eq!(words("  Hello,\u{a0}WORLD!\n(Don’t   panic.) "), "hello world dont panic ");
        assert_eq!(words("hello world -- don't panic"), words("Hello (world): DONT\tPANIC"));
    }

    #[test]
    fn compatible_forms_are_one() {
        assert_eq!(words("Ｆｕｌｌ ﬁne Straße ΣΟΦΟΣ σοφος"), "full fine strasse σοφοσ σοφοσ ");
        assert_eq!(words("cafe\u{301}"), words("CAFÉ"));
    }

    #[test]
    fn characters_of_scripts_without_spaces_stand_alone() {
        assert_eq!(words("用Python写。 ok"), "用\npython 写\nok ");
    }

    #[test]
    fn nothing_is_left_of_punctuation() {
        assert_eq!(words("?! ... ''"), "");
    }
}
