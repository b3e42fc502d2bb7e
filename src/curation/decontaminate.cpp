// Decontamination: a table of the benchmarks' runs of words, and the rows that have one.
#include "curation/decontaminate.h"

#include <algorithm>
#include <set>

#include "curation/words.h"

namespace laurel {

namespace {

// In fewer prompts a run is never common text: a thousandth of a small set is less than one.
constexpr int64_t kCommonPrompts = 10;

}  // namespace

void Decontaminator::ignore_template(std::string source) {
  for (size_t at = 0; (at = source.find("\\n", at)) != std::string::npos;) {
    source.replace(at, 2, "\n");
  }
  const std::string plain = normalised(source);
  for (const WordRun& run : word_runs(words_of(plain))) {
    template_.insert(run.hash);
    const auto known = by_hash_.find(run.hash);
    if (known != by_hash_.end()) texts_[known->second].in_template = true;
  }
}

int32_t Decontaminator::add_benchmark(const std::string& name) {
  const auto known = std::ranges::find(benchmarks_, name);
  const auto number = static_cast<int32_t>(known - benchmarks_.begin());
  if (known == benchmarks_.end()) benchmarks_.push_back(name);
  return number;
}

void Decontaminator::add_text(uint64_t hash, std::string text, bool whole, int32_t benchmark,
                              const std::string& where) {
  const auto [place, is_new] = by_hash_.try_emplace(hash, static_cast<uint32_t>(texts_.size()));
  if (is_new) {
    texts_.push_back({.text = std::move(text),
                      .of = {},
                      .whole = whole,
                      .in_template = !whole && template_.contains(hash)});
  }
  auto& of = texts_[place->second].of;
  if (std::ranges::none_of(of, [&](const auto& one) { return one.first == benchmark; })) {
    of.emplace_back(benchmark, where);
  }
}

void Decontaminator::add_prompt(int32_t benchmark, const std::string& where,
                                std::string_view text) {
  ++prompts_;
  const std::string plain = normalised(text);
  const std::vector<Word> words = words_of(plain);
  for (const WordRun& run : word_runs(words)) {
    add_text(run.hash, readable_words(plain, words, run.first, run.count), false, benchmark, where);
  }
  if (const auto hash = short_prompt_hash(words)) {
    add_text(*hash, readable_words(plain, words, 0, words.size()), true, benchmark, where);
  }
}

BenchmarkMatches Decontaminator::matches(std::string_view prompt,
                                         std::span<const std::string> questions) const {
  const std::string plain = normalised(prompt);
  const std::vector<Word> words = words_of(plain);
  BenchmarkMatches matches{.texts = {}, .prompt = hash_of_text(plain)};
  const auto look_up = [&](uint64_t hash) {
    const auto known = by_hash_.find(hash);
    if (known != by_hash_.end()) matches.texts.push_back(known->second);
  };
  for (const WordRun& run : word_runs(words)) look_up(run.hash);
  if (const auto hash = short_prompt_hash(words)) look_up(*hash);
  // A system message in front, or an earlier question, hides nothing. Their runs are the prompt's.
  for (const std::string& question : questions) {
    const std::string own = normalised(question);
    if (const auto hash = short_prompt_hash(words_of(own))) look_up(*hash);
  }
  std::ranges::sort(matches.texts);
  const auto repeated = std::ranges::unique(matches.texts);
  matches.texts.erase(repeated.begin(), repeated.end());
  return matches;
}

void Decontaminator::count(uint64_t row, const BenchmarkMatches& matches) {
  const bool is_new = seen_.insert(matches.prompt).second;
  for (const uint32_t text : matches.texts) texts_[text].prompts += is_new;
  if (!matches.texts.empty()) hits_.emplace_back(row, matches.texts);
}

// A whole prompt is one normalised text, however often rows have it: never common.
bool Decontaminator::ignored(const BenchmarkText& text) const {
  if (text.whole) return false;
  if (text.in_template) return true;
  const double most = options_.max_df * static_cast<double>(seen_.size());
  return text.prompts > kCommonPrompts && static_cast<double>(text.prompts) > most;
}

DecontaminationReport Decontaminator::report() const {
  DecontaminationReport report{.prompts = static_cast<int64_t>(seen_.size())};
  for (const std::string& name : benchmarks_) report.hits[name] = 0;
  for (const auto& [row, texts] : hits_) {
    std::set<int32_t> benchmarks;
    const BenchmarkText* first = nullptr;
    for (const uint32_t number : texts) {
      const BenchmarkText& text = texts_[number];
      if (ignored(text)) continue;
      if (!first) first = &text;
      for (const auto& [benchmark, where] : text.of) benchmarks.insert(benchmark);
    }
    if (!first) continue;
    for (const int32_t benchmark : benchmarks) ++report.hits[benchmarks_[benchmark]];
    const auto& [benchmark, where] = first->of.front();
    report.rows.push_back({row, benchmarks_[benchmark], where, first->text, first->whole});
  }
  for (const BenchmarkText& text : texts_) {
    if (text.prompts == 0 || !ignored(text)) continue;
    report.ignored.push_back({text.text, text.prompts, text.in_template});
  }
  std::ranges::stable_sort(report.ignored, std::greater<>(), &IgnoredRun::prompts);
  return report;
}

}  // namespace laurel
