// Tokenizer, implemented by the Rust library.
#include "text/tokenizer.h"

#include <algorithm>

#include "core/json.h"
#include "text/rust_ffi.h"

namespace laurel {

void Tokenizer::Free::operator()(laurel_tokenizer* handle) const { laurel_tokenizer_free(handle); }

static std::string added_as_json(std::span<const NewToken> added) {
  Json list = Json::array();
  for (const NewToken& token : added) {
    list.push_back({{"content", token.text},
                    {"special", token.special},
                    {"normalized", token.normalized},
                    {"lstrip", token.lstrip},
                    {"rstrip", token.rstrip},
                    {"single_word", token.single_word},
                    {"replace", token.replace}});
  }
  return list.dump();
}

static std::vector<AddedToken> added_tokens_of(const laurel_tokenizer* handle) {
  laurel_bytes bytes{};
  check(laurel_tokenizer_added_tokens(handle, &bytes), ErrorKind::model, "tokenizer");
  std::vector<AddedToken> tokens;
  for (const Json& token : Json::parse(take(bytes))) {
    tokens.push_back({token["content"], token["id"], token["special"]});
  }
  return tokens;
}

// `ids` with one -1 for the first text and a later -2 for the second; the type of each.
static std::optional<PairTemplate> pair_template_of(const std::vector<int32_t>& ids,
                                                    const std::vector<int32_t>& types) {
  constexpr int32_t kFirst = -1, kSecond = -2;
  const auto begin = ids.begin(), end = ids.end();
  const auto first = std::ranges::find(ids, kFirst), second = std::find(first, end, kSecond);
  const bool once = std::ranges::count(ids, kFirst) == 1 && std::ranges::count(ids, kSecond) == 1;
  if (!once || second == end) return std::nullopt;
  PairTemplate pair{.before = {begin, first},
                    .between = {first + 1, second},
                    .after = {second + 1, end},
                    .type_1_from = std::nullopt};
  const auto one = std::ranges::find(types, 1);
  const bool known = std::all_of(types.begin(), one, [](int32_t type) { return type == 0; }) &&
                     std::all_of(one, types.end(), [](int32_t type) { return type == 1; });
  if (!known) return std::nullopt;
  if (one == types.end()) return pair;
  const auto at = (one - types.begin()) - (first - begin) - 1;  // in `between`
  if (at < 0 || at > std::ssize(pair.between)) return std::nullopt;
  pair.type_1_from = static_cast<size_t>(at);
  return pair;
}

Tokenizer::Tokenizer(const std::string& json, const std::string& where) {
  laurel_tokenizer* handle = nullptr;
  check(laurel_tokenizer_new(json.data(), json.size(), &handle), ErrorKind::model, where);
  handle_.reset(handle);
  read_properties();
}

void Tokenizer::add(std::span<const NewToken> tokens) {
  const std::string list = added_as_json(tokens);
  check(laurel_tokenizer_add(handle_.get(), list.data(), list.size()), ErrorKind::model,
        "added tokens");
  read_properties();
}

void Tokenizer::read_properties() {
  added_ = added_tokens_of(handle_.get());
  vocabulary_size_ = static_cast<int32_t>(laurel_tokenizer_vocabulary_size(handle_.get()));
  laurel_ids prefix{}, suffix{};
  check(laurel_tokenizer_special_affixes(handle_.get(), &prefix, &suffix), ErrorKind::model,
        "tokenizer");
  leading_ = take(prefix);
  trailing_ = take(suffix);
  laurel_ids joined{}, types{};
  check(laurel_tokenizer_pair_template(handle_.get(), &joined, &types), ErrorKind::model,
        "tokenizer");
  const std::vector<int32_t> ids = take(joined);
  pair_ = pair_template_of(ids, take(types));
}

std::vector<int32_t> Tokenizer::encode(std::string_view text, bool add_special_tokens) const {
  laurel_ids ids{};
  check(laurel_tokenizer_encode(handle_.get(), text.data(), text.size(), add_special_tokens, &ids),
        ErrorKind::data, "tokenizer");
  return take(ids);
}

std::vector<int32_t> Tokenizer::encode_partly_ordinary(std::string_view text,
                                                       std::span<const ByteRange> ordinary) const {
  std::vector<size_t> boundaries;
  for (const auto& [begin, end] : ordinary) boundaries.insert(boundaries.end(), {begin, end});
  laurel_ids ids{};
  check(laurel_tokenizer_encode_partly_ordinary(handle_.get(), text.data(), text.size(),
                                                boundaries.data(), ordinary.size(), &ids),
        ErrorKind::data, "tokenizer");
  return take(ids);
}

std::vector<ByteRange> Tokenizer::special_text(std::string_view text) const {
  laurel_ranges found{};
  check(laurel_tokenizer_special_text(handle_.get(), text.data(), text.size(), &found),
        ErrorKind::data, "tokenizer");
  std::vector<ByteRange> ranges;
  for (size_t i = 0; i < found.size; ++i) {
    ranges.push_back({found.data[2 * i], found.data[2 * i + 1]});
  }
  laurel_ranges_free(found);
  return ranges;
}

std::optional<int32_t> Tokenizer::id_of(std::string_view token) const {
  const int64_t id = laurel_tokenizer_token_to_id(handle_.get(), token.data(), token.size());
  if (id < 0) return std::nullopt;
  return static_cast<int32_t>(id);
}

std::optional<std::string> Tokenizer::token_of(int32_t id) const {
  if (id < 0) return std::nullopt;
  laurel_bytes token{};
  check(laurel_tokenizer_id_to_token(handle_.get(), static_cast<uint32_t>(id), &token),
        ErrorKind::model, "tokenizer");
  if (token.data == nullptr) return std::nullopt;
  return take(token);
}

std::optional<std::string> Tokenizer::pad_token() const {
  laurel_bytes token{};
  check(laurel_tokenizer_pad_token(handle_.get(), &token), ErrorKind::model, "tokenizer");
  if (token.data == nullptr) return std::nullopt;
  return take(token);
}

Json Tokenizer::pipeline() const {
  laurel_bytes json{};
  check(laurel_tokenizer_pipeline(handle_.get(), &json), ErrorKind::model, "tokenizer");
  return Json::parse(take(json));
}

std::string with_parts(const std::string& json, const Json& parts, const std::string& where) {
  const std::string given = parts.dump();
  laurel_bytes rebuilt{};
  check(laurel_tokenizer_with_parts(json.data(), json.size(), given.data(), given.size(), &rebuilt),
        ErrorKind::model, where);
  return take(rebuilt);
}

}  // namespace laurel
