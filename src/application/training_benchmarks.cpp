// Tokenises each row as a list without ranks.
#include "application/training_benchmarks.h"

#include <algorithm>
#include <utility>

#include "application/benchmark_files.h"
#include "application/load_config.h"
#include "application/training_files.h"
#include "core/str.h"

namespace laurel {

namespace {

// The weights of the head's attributes in comparisons: those of the run's sources of comparisons.
std::vector<double> comparison_weights_of(const HeadPlan& head, const std::string& option) {
  if (head.attributes.size() < 2) return {1};
  std::vector<std::vector<double>> found;
  for (const SourceColumns& source : head.sources) {
    const std::vector<double>& weights = source.reward_weights;
    if (!weights.empty() && std::ranges::count(found, weights) == 0) found.push_back(weights);
  }
  if (found.size() == 1) return found[0];
  throw Error{
      ErrorKind::usage,
      str(option, ": found a head with ", head.attributes.size(), " attributes and ", found.size(),
          " different reward_weights in the sources, expected those of one: a "
          "benchmark compares answers")};
}

class BenchmarkEncoder {
 public:
  BenchmarkEncoder(const EncodeContext& texts, TrainingBenchmark& out) : texts_(texts), out_(out) {}

  void add(BenchmarkRow row) {
    std::string why;
    if (std::optional<Group> group = encode(row, why)) {
      out_.rows.push_back(std::move(row));
      out_.groups.push_back(std::move(*group));
    } else if (out_.dropped["not_scored"]++ == 0) {
      first_ = why;
    }
  }

  const std::string& first() const { return first_; }  // why the first was dropped

 private:
  std::optional<Group> encode(const BenchmarkRow& row, std::string& why) const {
    try {
      const RowSchema schema{.format = RankedFormat{}, .labelled = false};
      const Example example = parse_row(row_to_score(row), schema, row.where);
      EncodeContext context = texts_;
      context.rules.rule =
          rule_of_row(TextChoice::automatic, context.rules.rule, example.is_chat());
      EncodedExample encoded = encode_example(example, context, row.where);
      if (!encoded.group) why = str(row.where, ": ", encoded.over_length);
      return std::move(encoded.group);
    } catch (const Error& error) {
      if (error.kind != ErrorKind::data) throw;
      why = error.message;
      return std::nullopt;
    }
  }

  const EncodeContext& texts_;
  TrainingBenchmark& out_;
  std::string first_;
};

TrainingBenchmark load(const BenchmarkConfig& options, const DataOptions& data,
                       const EncodeContext& texts, Log& log) {
  BenchmarkFiles files =
      read_benchmark_files(options.benchmark, names_of(options.files), data.bad_rows);
  TrainingBenchmark out{.name = options.name,
                        .benchmark = options.benchmark,
                        .rows = {},
                        .groups = {},
                        .dropped = {},
                        .reward_weights = {},
                        .eval_every = options.eval_every};
  if (files.malformed > 0) out.dropped["malformed"] = files.malformed;
  const int64_t all = std::ssize(files.rows);
  BenchmarkEncoder encoder(texts, out);
  for (BenchmarkRow& row : files.rows) encoder.add(std::move(row));
  log.info(str("benchmark ", options.name, ": ", benchmark_name(options.benchmark), ", ",
               count_text(all, "row"), ", ", out.rows.size(), " used"));
  const std::string missing = missing_rows(options.benchmark, options.name, all + files.malformed);
  if (!missing.empty()) log.warn(missing);
  for (const std::string& remark : files.remarks) {
    log.warn(str("benchmark ", options.name, ": ", remark));
  }
  if (!encoder.first().empty()) {
    log.warn(str("benchmark ", options.name, ": ", count_text(out.dropped["not_scored"], "row"),
                 " cannot be scored: published scores count all rows, these do not; the first: ",
                 encoder.first()));
  }
  if (out.rows.empty()) throw Error{ErrorKind::data, encoder.first()};
  return out;
}

}  // namespace

std::vector<TrainingBenchmark> load_benchmarks(const Config& config, const EncodeContext& texts,
                                               const HeadPlan& head, Log& log) {
  std::vector<TrainingBenchmark> benchmarks;
  for (const BenchmarkConfig& options : config.benchmarks) {
    const std::vector<double> weights =
        comparison_weights_of(head, str("benchmarks.", options.name));
    benchmarks.push_back(load(options, config.data, texts, log));
    for (const TrainingFile& of : training_files(config.sources, names_of(options.files))) {
      log.warn(str("benchmark ", options.name, ": ", of.file, " is a file that source ", of.source,
                   " is trained on: its scores say how well the model has learned these rows"));
    }
    benchmarks.back().reward_weights = weights;
  }
  return benchmarks;
}

}  // namespace laurel
