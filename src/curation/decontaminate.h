// Decontamination: which rows' prompts have text of a benchmark's prompts.
//
// 1. Decontaminator: add_benchmark() and add_prompt() for all prompts of all benchmarks,
//    ignore_template() for the text that every row has.
// 2. matches() for every row, in threads; then count(), one row after another.
// 3. report(): what is left when the runs of words that are common are ignored.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/curation_options.h"

namespace laurel {

struct DecontaminationOptions {
  double max_df = kMaxDf;  // Decontaminate::max_df
};

// What of the benchmarks a prompt has: numbers of the Decontaminator, each once, ascending.
struct BenchmarkMatches {
  std::vector<uint32_t> texts;
  uint64_t prompt = 0;  // hash of the normalised prompt: equal ones count once for max_df
};

// A row whose prompt has text of a benchmark.
struct ContaminatedRow {
  uint64_t row = 0;           // as given to count()
  std::string benchmark;      // the first one's name
  std::string where;          // "file:line" of the benchmark's prompt
  std::string text;           // the first run of words that they share, or the whole prompt
  bool whole_prompt = false;  // equal as a whole, or to a question; else a run of words
};

// Common text: a run of words that is ignored.
struct IgnoredRun {
  std::string text;
  int64_t prompts = 0;  // different training prompts that have it
  bool in_template = false;
};

struct DecontaminationReport {
  int64_t prompts = 0;                  // different ones among the rows
  std::vector<ContaminatedRow> rows;    // in the order of count()
  std::map<std::string, int64_t> hits;  // benchmark -> rows; a row counts for each of its own
  std::vector<IgnoredRun> ignored;      // the most frequent first
};

class Decontaminator {
 public:
  explicit Decontaminator(DecontaminationOptions options) : options_(options) {}

  // Runs of words of a chat template's Jinja source, whose strings write line ends as \n.
  void ignore_template(std::string source);

  // Returns its number; equal names are one benchmark.
  int32_t add_benchmark(const std::string& name);
  // Of one prompt: its user and system text (RowTexts::first_prompt). `where` is for messages.
  void add_prompt(int32_t benchmark, const std::string& where, std::string_view text);
  int64_t prompts_of_benchmarks() const { return prompts_; }

  // May be called by several threads after the last add_prompt(). `questions`: parts of the prompt
  // that a short prompt of a benchmark may be equal to (RowTexts::questions).
  BenchmarkMatches matches(std::string_view prompt,
                           std::span<const std::string> questions = {}) const;

  // `row` is any number of the caller's.
  void count(uint64_t row, const BenchmarkMatches& matches);

  DecontaminationReport report() const;

 private:
  // A run of words or a whole short prompt of one or more benchmarks.
  struct BenchmarkText {
    std::string text;
    std::vector<std::pair<int32_t, std::string>> of;  // benchmark, where: its first prompt with it
    bool whole = false, in_template = false;
    int64_t prompts = 0;  // different training prompts that have it
  };

  void add_text(uint64_t hash, std::string text, bool whole, int32_t benchmark,
                const std::string& where);
  bool ignored(const BenchmarkText& text) const;

  DecontaminationOptions options_;
  std::vector<std::string> benchmarks_;
  std::vector<BenchmarkText> texts_;
  std::unordered_map<uint64_t, uint32_t> by_hash_;
  std::unordered_set<uint64_t> template_;  // hashes of runs
  int64_t prompts_ = 0;
  std::unordered_set<uint64_t> seen_;  // training prompts
  std::vector<std::pair<uint64_t, std::vector<uint32_t>>> hits_;
};

}  // namespace laurel
