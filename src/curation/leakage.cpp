// Leakage by the numbers of texts.
#include "curation/leakage.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

namespace laurel {

namespace {

// Shorter answers ("Yes.", "I don't know.") coincide without anybody having copied them.
constexpr int64_t kFewestWords = 8;

// Where train rows have a text first.
struct TrainTexts {
  std::map<std::pair<uint32_t, std::vector<uint32_t>>, size_t> rows;  // prompt, sorted responses
  std::unordered_map<uint32_t, size_t> prompts, response_words;
};

std::vector<uint32_t> sorted_words(const CurationRows& all, const CurationRow& row) {
  std::vector<uint32_t> words;
  for (const uint32_t response : row.responses) words.push_back(all.texts.words(response));
  std::ranges::sort(words);
  return words;
}

TrainTexts texts_of_train(const CurationRows& all) {
  TrainTexts train;
  for (size_t i = 0; i < all.rows.size(); ++i) {
    const CurationRow& row = all.rows[i];
    if (row.eval) continue;
    const std::vector<uint32_t> responses = sorted_words(all, row);
    train.rows.try_emplace({all.texts.words(row.prompt), responses}, i);
    train.prompts.try_emplace(row.prompt, i);
    for (const uint32_t response : responses) train.response_words.try_emplace(response, i);
  }
  return train;
}

bool is_long(const std::string& normalised_text) {
  return std::ranges::count_if(normalised_text, [](char c) { return c == ' ' || c == '\n'; }) >=
         kFewestWords;
}

std::optional<size_t> find(const std::unordered_map<uint32_t, size_t>& texts, uint32_t text) {
  const auto known = texts.find(text);
  if (known == texts.end()) return std::nullopt;
  return known->second;
}

// By prompt the train row with a near one.
std::unordered_map<uint32_t, size_t> near_of_train(const TrainTexts& train,
                                                   const Similarity& similar) {
  std::unordered_map<uint32_t, size_t> near;
  for (const SimilarTexts& pair : similar.pairs) {
    if (const auto row = find(train.prompts, pair.first)) near.try_emplace(pair.second, *row);
    if (const auto row = find(train.prompts, pair.second)) near.try_emplace(pair.first, *row);
  }
  return near;
}

std::optional<size_t> train_row_with_response(const CurationRows& all, const TrainTexts& train,
                                              const std::vector<uint32_t>& responses) {
  for (const uint32_t response : responses) {
    const auto row = find(train.response_words, response);
    if (row && is_long(all.texts.normalised()[response])) return row;
  }
  return std::nullopt;
}

}  // namespace

Leakage find_leakage(const CurationRows& rows, const Similarity& similar) {
  Leakage leakage;
  const TrainTexts train = texts_of_train(rows);
  const std::unordered_map<uint32_t, size_t> near = near_of_train(train, similar);
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    const CurationRow& row = rows.rows[i];
    if (!row.eval) continue;
    ++leakage.eval_rows;
    const std::vector<uint32_t> responses = sorted_words(rows, row);
    const auto whole = train.rows.find({rows.texts.words(row.prompt), responses});
    if (whole != train.rows.end()) {
      leakage.whole.emplace_back(i, whole->second);
    } else if (const auto prompt = find(train.prompts, row.prompt)) {
      leakage.prompts.emplace_back(i, *prompt);
    } else if (const auto near_one = find(near, row.prompt)) {
      leakage.near_prompts.emplace_back(i, *near_one);
    } else if (const auto other = train_row_with_response(rows, train, responses)) {
      leakage.responses.emplace_back(i, *other);
    }
  }
  return leakage;
}

}  // namespace laurel
