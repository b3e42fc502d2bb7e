// Hashes are FNV-1a, finished by mix64: the same on every machine, so that the held-out part is too.
#include "data/sources/response_stats.h"

#include <algorithm>
#include <string_view>

#include "core/random.h"
#include "core/unicode.h"

namespace laurel {

namespace {

uint64_t hash_of(std::string_view bytes, uint64_t before = 0) {
  uint64_t hash = 0xCBF29CE484222325u ^ before;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return mix64(hash ^ bytes.size());
}

enum class Contents { as_they_are, trimmed };

uint64_t hash_of(std::string_view role, std::string_view content, uint64_t before,
                 Contents contents) {
  if (contents == Contents::trimmed) content = strip_white_space(content);
  return hash_of(content, hash_of(role, before));
}

uint64_t hash_of(const Text& text, const char* role_of_string, uint64_t before, Contents contents) {
  if (const auto* string = std::get_if<std::string>(&text)) {
    return hash_of(role_of_string, *string, before, contents);
  }
  uint64_t hash = before;
  for (const Message& message : std::get<Conversation>(text)) {
    hash = hash_of(message.role, message.content, hash, contents);
    if (!message.extra.empty()) hash = hash_of(message.extra.dump(), hash);
  }
  return hash;
}

// They belong to the prompt: answers to one question with other tools are no answers to the same.
uint64_t hash_of_variables(const Example& example) {
  return example.variables.empty() ? 0 : hash_of(example.variables.dump());
}

int64_t answer_length(const Text& response, size_t shared, TextRule rule) {
  const auto* messages = std::get_if<Conversation>(&response);
  if (!messages) return code_points(std::get<std::string>(response));
  if (rule == TextRule::pair && !messages->empty()) return code_points(messages->back().content);
  int64_t length = 0;
  for (size_t i = shared; i < messages->size(); ++i) length += code_points((*messages)[i].content);
  return length;
}

}  // namespace

// Templates trim contents, and those who copy questions do not.
uint64_t prompt_hash(const Example& example) {
  const uint64_t before = hash_of_variables(example);
  const auto of = [&](const Text& text, const char* role) {
    return hash_of(text, role, before, Contents::trimmed);
  };
  if (has_prompt(example)) return of(*example.prompt, "user");
  if (Conversation shared = shared_messages(example); !shared.empty()) return of(shared, "user");
  if (std::string start = shared_start(example); !start.empty()) return of(start, "user");
  std::vector<uint64_t> hashes;
  for (const Text& response : example.responses) {
    hashes.push_back(hash_of(response, "assistant", 0, Contents::trimmed));
  }
  std::sort(hashes.begin(), hashes.end());
  uint64_t hash = before;
  for (const uint64_t next : hashes) hash = mix64(hash ^ next);
  return hash;
}

std::vector<ResponseStats> response_stats(const Example& example, TextRule rule) {
  const size_t shared = shared_messages(example).size();
  const uint64_t before = has_prompt(example) ? prompt_hash(example) : hash_of_variables(example);
  std::vector<ResponseStats> stats;
  for (const Text& response : example.responses) {
    stats.push_back({.answer_length = answer_length(response, shared, rule),
                     .hash = hash_of(response, "assistant", before, Contents::as_they_are)});
  }
  for (size_t i = 0; i < example.covariates.size(); ++i) {
    stats[i].covariates = example.covariates[i];
  }
  return stats;
}

}  // namespace laurel
