// Texts of random words; the better response has more of the good ones.
#include "curation/generated.h"

#include "core/random.h"
#include "curation/row_files.h"

namespace laurel::test {

namespace {

constexpr const char* kPeople[] = {"ann", "bob", "cy", "dee", "eve"};

std::string random_word(Random& random) {
  constexpr const char* kSyllables[] = {"ba", "do", "fi", "gu", "ka", "le", "mo",
                                        "nu", "pi", "ra", "so", "tu", "ve", "zo"};
  std::string word;
  for (int i = 0; i < 3; ++i) word += kSyllables[random.below(std::size(kSyllables))];
  return word;
}

// `good` of its words are one of twenty that say that the response is good.
std::string random_text(int64_t fewest, int64_t most, int64_t good, Random& random) {
  const auto words = fewest + static_cast<int64_t>(random.below(most - fewest + 1));
  std::string text;
  for (int64_t i = 0; i < words; ++i) {
    if (i > 0) text += ' ';
    text += i < good ? "good" + std::to_string(random.below(20)) : random_word(random);
  }
  return text;
}

struct Texts {
  std::string prompt, better, worse;
};

Texts random_texts(Random& random) {
  return {.prompt = random_text(8, 20, 0, random),
          .better = random_text(12, 40, 4, random),
          .worse = random_text(12, 40, 0, random)};
}

Json pair_row(Random& random) {
  const Texts texts = random_texts(random);
  Json row = pair_of(texts.prompt, texts.better, texts.worse);
  row["who"] = kPeople[random.below(std::size(kPeople))];
  return row;
}

Json arena_row(Random& random) {
  const Texts texts = random_texts(random);
  const bool first = random.below(2) == 0;
  return {{"prompt", texts.prompt},
          {"response_a", first ? texts.better : texts.worse},
          {"response_b", first ? texts.worse : texts.better},
          {"preferred", first ? "a" : "b"},
          {"who", kPeople[random.below(std::size(kPeople))]}};
}

Json stars_row(Random& random) {
  const auto score = static_cast<int64_t>(random.below(5));
  return {{"prompt", random_text(8, 20, 0, random)},
          {"response", random_text(12, 40, score, random)},
          {"score", score},
          {"who", kPeople[random.below(std::size(kPeople))]}};
}

// A second person says the same of every tenth row.
void add_votes(std::vector<Json>& rows) {
  for (size_t i = 0, n = rows.size(); i < n; i += 10) {
    rows.push_back(rows[i]);
    rows.back()["who"] = "fay";
  }
}

}  // namespace

Json generated_pair(uint64_t seed) {
  Random random(seed, 7);
  return pair_row(random);
}

std::string nearly(const std::string& text) {
  std::string copy;
  for (const char c : text) copy += c == ' ' ? std::string("  ") : std::string(1, c);
  copy[0] = static_cast<char>(std::toupper(copy[0]));
  return copy + "! really";
}

GeneratedSet clean_set(uint64_t seed) {
  Random random(seed);
  GeneratedSet set;
  set["pairs"].format = PairwiseFormat{};
  set["arena"].format = PairwiseFormat{};
  set["stars"].format = PointwiseFormat{};
  for (int i = 0; i < 400; ++i) {
    set["pairs"].train.push_back(pair_row(random));
    set["arena"].train.push_back(arena_row(random));
    set["stars"].train.push_back(stars_row(random));
  }
  for (int i = 0; i < 80; ++i) {
    set["pairs"].eval.push_back(pair_row(random));
    set["arena"].eval.push_back(arena_row(random));
    set["stars"].eval.push_back(stars_row(random));
  }
  for (auto& [name, source] : set) add_votes(source.train);
  return set;
}

CurationRows read_set(const GeneratedSet& set) {
  std::vector<SourceOptions> sources;
  for (const auto& [name, source] : set) {
    std::vector<std::string> train{write_lines(name + ".jsonl", source.train)}, eval;
    if (!source.eval.empty()) eval = {write_lines(name + "_eval.jsonl", source.eval)};
    sources.push_back(source_of(name, source.format, train, eval));
  }
  return read_curation_rows(sources, "who", 2);
}

}  // namespace laurel::test
