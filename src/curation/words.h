// Words: a text without case, punctuation and spacing, for telling whether two texts are alike.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace laurel {

// The text after NFKC, without case, punctuation, symbols and spacing: each word ended by a space,
// and in scripts that put no spaces between words (Han, kana, Thai, ...) each character ended by a
// line end. An apostrophe inside a word is left out. `text` is valid UTF-8.
std::string normalised(std::string_view text);

// A word of a normalised text, or a character of a script without spaces.
struct Word {
  uint64_t hash = 0;
  uint32_t begin = 0, size = 0;  // bytes of the normalised text
  bool unspaced = false;
};

std::vector<Word> words_of(std::string_view normalised_text);

// Words [first, first + count) of a normalised text, for people.
std::string readable_words(std::string_view normalised_text, std::span<const Word> words,
                           size_t first, size_t count);

// A run of words that is as long as 13 words, or 30 characters of scripts without spaces. In mixed
// text 13 such characters count as much as 30 / 13 ... of the other: a word weighs 30, a character
// 13, and a run is the shortest from its first word on that weighs 390 or more.
struct WordRun {
  uint64_t hash = 0;
  uint32_t first = 0, count = 0;  // words
};

// The runs that begin at each word; none from where the rest of the text is too short.
std::vector<WordRun> word_runs(std::span<const Word> words);

// The hash of a prompt that is shorter than a run, but long enough to say something as a whole: of
// 5 to 12 words, or of 12 to 29 characters in scripts without spaces.
std::optional<uint64_t> short_prompt_hash(std::span<const Word> words);

// A hash of bytes that is the same on every machine.
uint64_t hash_of_text(std::string_view bytes);

}  // namespace laurel
