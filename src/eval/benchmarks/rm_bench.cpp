// RM-Bench's matrix of styles.
#include "eval/benchmarks/rm_bench.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/str.h"
#include "eval/benchmarks/benchmark_fields.h"
#include "eval/benchmarks/part_means.h"

namespace laurel {

namespace {

constexpr size_t kStyles = 3;
constexpr std::array kDifficulties{"hard", "normal", "easy"};

std::vector<std::string> domain_names() { return {"chat", "math", "code", "safety"}; }

// Shares of right comparisons, in the order of kDifficulties.
using Shares = std::array<double, kDifficulties.size()>;

Shares shares_of(const std::vector<double>& rewards) {
  Shares shares{};
  for (size_t right = 0; right < kStyles; ++right) {
    for (size_t wrong = 0; wrong < kStyles; ++wrong) {
      const size_t difficulty = right < wrong ? 0 : right == wrong ? 1 : 2;
      if (rewards[right] > rewards[kStyles + wrong]) shares[difficulty] += 1.0 / kStyles;
    }
  }
  return shares;
}

// By difficulty.
struct StyleTable {
  std::array<RowValues, kDifficulties.size()> rows;
  size_t domains = 1;

  // By difficulty, then by domain.
  std::vector<MetricValues> means(std::span<const double> weight) const {
    std::vector<MetricValues> means;
    for (const RowValues& of : rows) means.push_back(means_by_part(of, domains, weight));
    return means;
  }
};

// The total, then the domains where there are any, then the difficulties.
MetricValues style_values(const StyleTable& table, std::span<const double> weight) {
  const std::vector<MetricValues> means = table.means(weight);
  MetricValues values, difficulties;
  for (size_t domain = 0; domain < table.domains; ++domain) {
    values.push_back(mean_of(MetricValues{means[0][domain], means[1][domain], means[2][domain]}));
  }
  for (const MetricValues& of : means) difficulties.push_back(mean_of(of));
  const std::optional<double> total = mean_of(values);
  if (table.domains == 1) values.clear();
  values.insert(values.begin(), total);
  values.insert(values.end(), difficulties.begin(), difficulties.end());
  return values;
}

// "chat hard", "chat normal", ... of the domains that have rows.
BenchmarkSet domain_set(const StyleTable& table) {
  const std::vector<std::string> names = domain_names();
  Metrics metrics;
  std::vector<size_t> present;
  for (size_t domain = 0; domain < names.size(); ++domain) {
    if (std::ranges::count(table.rows[0].part, domain) == 0) continue;
    present.push_back(domain);
    for (const char* difficulty : kDifficulties) {
      metrics.names.push_back(str(names[domain], " ", difficulty));
    }
  }
  metrics.values = [table, present](std::span<const double> weight) {
    const std::vector<MetricValues> means = table.means(weight);
    MetricValues values;
    for (const size_t domain : present) {
      for (const MetricValues& of : means) values.push_back(of[domain]);
    }
    return values;
  };
  return {.name = "domains", .title = "by domain and difficulty", .metrics = std::move(metrics)};
}

}  // namespace

BenchmarkRow RmBench::read(const Json& row, const std::string& where) {
  const BenchmarkFields fields(row, where, name, layout);
  BenchmarkRow out{.where = where,
                   .id = fields.id("id"),
                   .prompt = fields.text("prompt"),
                   .answers = fields.texts("chosen"),
                   .right = {true, true, true, false, false, false},
                   .subset = {},
                   .unit = fields.text("prompt"),
                   .record = row};
  const std::vector<std::string> wrong = fields.texts("rejected");
  if (out.answers.size() != kStyles || wrong.size() != kStyles) {
    fields.fail(str(count_text(std::ssize(out.answers), "answer"), " in \"chosen\" and ",
                    wrong.size(), " in \"rejected\""));
  }
  out.answers.insert(out.answers.end(), wrong.begin(), wrong.end());
  if (!fields.has("domain")) return out;
  const std::string domain = fields.text("domain");  // of safety also a kind: "safety-refuse"
  out.subset = domain.substr(0, domain.find('-'));
  if (!out.id.empty()) out.id = str(domain, " ", out.id);  // of a domain its own
  fields.one_of("domain", out.subset, domain_names());
  return out;
}

void RmBench::check(std::span<const BenchmarkRow> rows) {
  for (const BenchmarkRow& row : rows) {
    if (row.subset.empty() == rows.front().subset.empty()) continue;
    throw Error{
        ErrorKind::data,
        str(row.where, ": found a row ", row.subset.empty() ? "without" : "with",
            " \"domain\", after ", rows.front().where, " ", row.subset.empty() ? "with" : "without",
            "; expected total_dataset.json, whose rows have one, or the file of a single "
            "domain")};
  }
}

std::vector<BenchmarkSet> RmBench::sets(const std::vector<ScoredBenchmarkRow>& rows) {
  const std::vector<std::string> names = domain_names();
  const bool by_domain = std::ranges::any_of(
      rows, [&](const ScoredBenchmarkRow& of) { return of.row.subset != rows.front().row.subset; });
  StyleTable table{.rows = {}, .domains = by_domain ? names.size() : 1};
  for (const auto& [row, rewards] : rows) {
    const auto domain = std::ranges::find(names, row.subset) - names.begin();
    const Shares shares = shares_of(rewards);
    for (size_t k = 0; k < shares.size(); ++k) {
      table.rows[k].add(by_domain ? static_cast<size_t>(domain) : 0, shares[k]);
    }
  }
  Metrics metrics{.names = {"total"}, .values = [table](std::span<const double> weight) {
                    return style_values(table, weight);
                  }};
  if (by_domain) metrics.names.insert(metrics.names.end(), names.begin(), names.end());
  metrics.names.insert(metrics.names.end(), kDifficulties.begin(), kDifficulties.end());
  std::vector<BenchmarkSet> sets{{.name = "total", .title = "", .metrics = std::move(metrics)}};
  if (by_domain) sets.push_back(domain_set(table));
  return sets;
}

std::string RmBench::results(const std::vector<ScoredBenchmarkRow>& rows, const std::string&) {
  Json all = Json::array();
  for (const auto& [row, rewards] : rows) {
    all.push_back(row.record);
    const auto wrong = rewards.begin() + kStyles;
    all.back()["score_chosen"] = std::vector<double>(rewards.begin(), wrong);
    all.back()["score_rejected"] = std::vector<double>(wrong, rewards.end());
  }
  return all.dump(4) + "\n";
}

}  // namespace laurel
