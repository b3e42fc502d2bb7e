// Words of a text: the Rust library normalises, hashes are FNV-1a finished by mix64.
#include "curation/words.h"

#include "core/random.h"
#include "text/rust_ffi.h"

namespace laurel {

namespace {

constexpr uint32_t kRunWords = 13, kRunCharacters = 30;
constexpr uint32_t kRunWeight = kRunWords * kRunCharacters;
constexpr uint32_t kShortestPrompt = 5 * kRunCharacters;

uint32_t weight_of_word(const Word& word) { return word.unspaced ? kRunWords : kRunCharacters; }

uint64_t with_word(uint64_t hash, const Word& word) { return mix64(hash ^ word.hash); }

}  // namespace

uint64_t hash_of_text(std::string_view bytes) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return mix64(hash ^ bytes.size());
}

std::string normalised(std::string_view text) {
  laurel_bytes words{};
  check(laurel_words(text.data(), text.size(), &words), ErrorKind::data, "text");
  return take(words);
}

std::vector<Word> words_of(std::string_view normalised_text) {
  std::vector<Word> words;
  size_t begin = 0;
  for (size_t i = 0; i < normalised_text.size(); ++i) {
    const char c = normalised_text[i];
    if (c != ' ' && c != '\n') continue;
    words.push_back({.hash = hash_of_text(normalised_text.substr(begin, i - begin)),
                     .begin = static_cast<uint32_t>(begin),
                     .size = static_cast<uint32_t>(i - begin),
                     .unspaced = c == '\n'});
    begin = i + 1;
  }
  return words;
}

std::string readable_words(std::string_view normalised_text, std::span<const Word> words,
                           size_t first, size_t count) {
  std::string text;
  for (size_t i = first; i < first + count && i < words.size(); ++i) {
    const bool joined = text.empty() || (words[i].unspaced && words[i - 1].unspaced);
    if (!joined) text += ' ';
    text += normalised_text.substr(words[i].begin, words[i].size);
  }
  return text;
}

std::vector<WordRun> word_runs(std::span<const Word> words) {
  std::vector<WordRun> runs;
  size_t end = 0;
  uint32_t weight = 0;  // of words [first, end)
  for (size_t first = 0; first < words.size(); ++first) {
    while (weight < kRunWeight && end < words.size()) weight += weight_of_word(words[end++]);
    if (weight < kRunWeight) break;
    uint64_t hash = 0;
    for (size_t i = first; i < end; ++i) hash = with_word(hash, words[i]);
    runs.push_back({hash, static_cast<uint32_t>(first), static_cast<uint32_t>(end - first)});
    weight -= weight_of_word(words[first]);
  }
  return runs;
}

std::optional<uint64_t> short_prompt_hash(std::span<const Word> words) {
  uint32_t weight = 0;
  uint64_t hash = 1;  // unlike a run's
  for (const Word& word : words) {
    weight += weight_of_word(word);
    if (weight >= kRunWeight) return std::nullopt;
    hash = with_word(hash, word);
  }
  if (weight < kShortestPrompt) return std::nullopt;
  return hash;
}

}  // namespace laurel
