// RMB's two sets of two goals.
#include "eval/benchmarks/rmb.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/str.h"
#include "eval/benchmarks/benchmark_fields.h"
#include "eval/benchmarks/part_means.h"

namespace laurel {

namespace {

constexpr size_t kRmbSections = 4;

std::vector<std::string> rmb_section_paths() {
  return {"Pairwise_set/Helpfulness", "Pairwise_set/Harmlessness", "BoN_set/Helpfulness",
          "BoN_set/Harmlessness"};
}

std::vector<std::string> rmb_section_names() {
  return {"helpfulness pairs", "harmlessness pairs", "helpfulness best_of_n",
          "harmlessness best_of_n"};
}

// The first `count` names of a path.
std::string beginning(const std::string& path, int count) {
  size_t end = 0;
  for (int i = 0; i < count && end != std::string::npos; ++i) end = path.find('/', end + 1);
  return path.substr(0, end);
}

size_t rmb_section_of(const std::string& path) {
  const std::vector<std::string> paths = rmb_section_paths();
  return static_cast<size_t>(std::ranges::find(paths, beginning(path, 2)) - paths.begin());
}

// Role and content of each message: the language is not the template's. A user's only message is a
// string, which the chat template makes a message of, and a model of plain texts reads as it is.
Json dialogue_of(const BenchmarkFields& fields) {
  const std::vector<std::string> roles = fields.texts_in("conversation_input", "role");
  const std::vector<std::string> contents = fields.texts_in("conversation_input", "content");
  if (roles.size() == 1 && roles[0] == "user") return contents[0];
  Json messages = Json::array();
  for (size_t i = 0; i < roles.size(); ++i) {
    messages.push_back({{"role", roles[i]}, {"content", contents[i]}});
  }
  return messages;
}

bool is_pair(const BenchmarkRow& row) { return row.subset.starts_with("Pairwise_set/"); }

bool best_is_first(const std::vector<double>& rewards) {
  return std::ranges::all_of(rewards.begin() + 1, rewards.end(),
                             [&](double other) { return rewards[0] > other; });
}

// "Helpfulness/Code"
std::string category_of(const BenchmarkRow& row) {
  const std::string path = beginning(row.subset, 3);
  return path.substr(path.find('/') + 1);
}

// Accuracy by category of the pairs, or of the lists.
BenchmarkSet category_set(const std::vector<ScoredBenchmarkRow>& rows, bool pairs) {
  std::vector<size_t> own;
  std::map<std::string, size_t> parts;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (is_pair(rows[i].row) != pairs) continue;
    own.push_back(i);
    parts.emplace(category_of(rows[i].row), 0);
  }
  std::vector<std::string> names;
  for (auto& [name, part] : parts) {
    part = names.size();
    names.push_back(name);
  }
  RowValues wins;
  for (const size_t row : own) {
    wins.add(parts.at(category_of(rows[row].row)), best_is_first(rows[row].rewards) ? 1 : 0);
  }
  return {.name = pairs ? "pairs" : "best_of_n",
          .title = pairs ? "of pairs by category" : "of best of N by category",
          .metrics = part_metrics(names, wins),
          .rows = own};
}

}  // namespace

BenchmarkRow Rmb::read(const Json& row, const std::string& where) {
  const BenchmarkFields fields(row, where, name, layout);
  BenchmarkRow out{.where = where,
                   .id = fields.id("pair_uid") + fields.id("bon_uid"),
                   .prompt = dialogue_of(fields),
                   .answers = {},
                   .right = {true},
                   .subset = fields.text("category_path"),
                   .unit = {},
                   .record = Json::object()};
  out.unit = out.prompt.dump();
  if (!out.id.empty()) out.id = str(beginning(out.subset, 1), " ", out.id);  // of a set its own
  if (rmb_section_of(out.subset) == kRmbSections) {
    fields.one_of("category_path", out.subset, rmb_section_paths());
  }
  if (is_pair(out)) {
    out.answers = {fields.text_in("chosen", "answer"), fields.text_in("reject", "answer")};
  } else {
    out.answers = fields.texts_in("loser_list", "answer");
    out.answers.insert(out.answers.begin(), fields.text_in("bon_best", "answer"));
  }
  out.right.resize(out.answers.size(), false);
  for (const char* field : {"pair_uid", "bon_uid", "category_path"}) {
    if (fields.has(field)) out.record[field] = row[field];
  }
  return out;
}

std::vector<BenchmarkSet> Rmb::sets(const std::vector<ScoredBenchmarkRow>& rows) {
  RowValues wins;
  for (const auto& [row, rewards] : rows) {
    wins.add(rmb_section_of(row.subset), best_is_first(rewards) ? 1 : 0);
  }
  Metrics sections{.names = rmb_section_names(), .values = [wins](std::span<const double> weight) {
                     MetricValues values = means_by_part(wins, kRmbSections, weight);
                     values.insert(values.begin(), mean_of(values));
                     return values;
                   }};
  sections.names.insert(sections.names.begin(), "total");
  std::vector<BenchmarkSet> sets{{.name = "total", .title = "", .metrics = std::move(sections)}};
  for (const bool pairs : {true, false}) {
    BenchmarkSet set = category_set(rows, pairs);
    if (!set.metrics.names.empty()) sets.push_back(std::move(set));
  }
  return sets;
}

std::string Rmb::results(const std::vector<ScoredBenchmarkRow>& rows, const std::string&) {
  Json all = Json::array();
  for (const auto& [row, rewards] : rows) {
    all.push_back(row.record);
    Json& result = all.back();
    if (is_pair(row)) {
      result["chosen_reward"] = rewards[0];
      result["reject_reward"] = rewards[1];
    } else {
      result["best_reward"] = rewards[0];
      result["loser_rewards"] = std::vector<double>(rewards.begin() + 1, rewards.end());
    }
    result["is_correct"] = best_is_first(rewards) ? 1 : 0;
  }
  return all.dump(2) + "\n";
}

}  // namespace laurel
