// Tokenizer: token ids of strings by a model's tokenizer.json, exactly as Hugging Face tokenizers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

struct laurel_tokenizer;

namespace laurel {

struct AddedToken {
  std::string text;
  int32_t id;
  bool special;
};

// A token to be added: one that tokenizer_config.json names.
struct NewToken {
  std::string text;
  bool special = true, normalized = false, lstrip = false, rstrip = false, single_word = false;
  bool replace = false;  // its flags replace those of an added token with the same text
};

// The ids of a pair of texts: before, the first text, between, the second, after. Tokens are of type
// 0, and of type 1 from between[type_1_from] on, or from the second text where that is its size;
// none: all are of type 0.
struct PairTemplate {
  std::vector<int32_t> before, between, after;
  std::optional<size_t> type_1_from;
};

struct ByteRange {
  size_t begin, end;
  bool operator==(const ByteRange&) const = default;
};

// All const functions may be called from several threads at once.
class Tokenizer {
 public:
  // `json` is the text of a tokenizer.json; its truncation and padding blocks are ignored.
  // Throws Error (model) that starts with `where`.
  Tokenizer(const std::string& json, const std::string& where);

  // Tokens that are not added tokens yet become ones, after the vocabulary where it lacks them.
  void add(std::span<const NewToken> tokens);

  // Throws Error (data) if `text` is not UTF-8. `add_special_tokens` runs the post-processor (BOS,
  // EOS, ...); text that spells an added token becomes that token either way.
  std::vector<int32_t> encode(std::string_view text, bool add_special_tokens) const;

  // Without the post-processor; special tokens that lie inside the `ordinary` byte ranges (sorted,
  // disjoint, on code-point boundaries) are encoded as ordinary text, all others as special tokens.
  std::vector<int32_t> encode_partly_ordinary(std::string_view text,
                                              std::span<const ByteRange> ordinary) const;

  // Where `text` spells special tokens, from left to right, the longest first.
  std::vector<ByteRange> special_text(std::string_view text) const;

  std::optional<int32_t> id_of(std::string_view token) const;
  std::optional<std::string> token_of(int32_t id) const;
  // The pad token of tokenizer.json's padding block, which has no other effect here.
  std::optional<std::string> pad_token() const;
  // "normalizer", "pre_tokenizer", "post_processor", "decoder" and "model" as tokenizer.json holds
  // them, of the model its options.
  Json pipeline() const;
  const std::vector<AddedToken>& added_tokens() const { return added_; }  // by id
  int32_t vocabulary_size() const { return vocabulary_size_; }            // largest id + 1

  // The special tokens that the post-processor adds before and after a text.
  const std::vector<int32_t>& leading_ids() const { return leading_; }
  const std::vector<int32_t>& trailing_ids() const { return trailing_; }

  // How the post-processor joins a pair of texts. None where it does so in another form: the second
  // text first, a text twice, or other token types.
  const std::optional<PairTemplate>& pair_template() const { return pair_; }

 private:
  struct Free {
    void operator()(laurel_tokenizer* handle) const;
  };
  void read_properties();

  std::unique_ptr<laurel_tokenizer, Free> handle_;
  std::vector<AddedToken> added_;
  int32_t vocabulary_size_ = 0;
  std::vector<int32_t> leading_, trailing_;
  std::optional<PairTemplate> pair_;
};

// The text of a tokenizer.json with other parts, of "model" the members that are given. Throws
// Error (model) that starts with `where`.
std::string with_parts(const std::string& json, const Json& parts, const std::string& where);

}  // namespace laurel
