// Reads the precision from run.json or config.json; compares rewards in two of them.
#include "application/model_precision.h"

#include <filesystem>
#include <vector>

#include "checkpoint/hub_cache.h"
#include "core/files.h"
#include "core/str.h"
#include "eval/reward_change.h"
#include "ops/cpu_features.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr double kLargeChange = 0.1;  // of the deviation
constexpr double kLeastRankCorrelation = 0.98;
constexpr int64_t kEnoughForRanks = 30;

std::string name_of(Precision precision) {
  return enum_names(precision)[static_cast<size_t>(precision)];
}

// The value at the end of these keys, if it is a string.
std::string string_at(const Json& json, const std::vector<std::string>& keys) {
  const Json* value = &json;
  for (const std::string& key : keys) {
    if (!value->is_object() || !value->contains(key)) return "";
    value = &value->at(key);
  }
  return value->is_string() ? value->get<std::string>() : "";
}

Json read_json(const fs::path& file) {
  return parse_json(read_file(file), file.string(), ErrorKind::model);
}

// "fp32" or "bf16", as the run or checkpoint that the folder is of computed; "" for other folders.
std::string precision_of_run(const fs::path& folder) {
  const fs::path file = folder / "run.json";
  if (!path_exists(file)) return "";
  const Json run = read_json(file);
  const std::string of_final = string_at(run, {"precision"});
  return of_final.empty() ? string_at(run, {"environment", "precision"}) : of_final;
}

std::vector<double> rewards_of_records(Scorer& scorer, std::span<const Record> records) {
  std::vector<double> rewards;
  for (const RowRewards& row : scorer.score(records)) {
    for (const ScoredResponse& response : row.responses) {
      rewards.insert(rewards.end(), response.rewards.begin(), response.rewards.end());
    }
  }
  return rewards;
}

std::string change_text(const ValueChange& of) {
  return str(count_text(of.n, "reward"), " of the first rows move by ", significant(of.rms, 4),
             " (root mean square; ", significant(100 * of.relative_rms(), 4),
             " % of their deviation, ", significant(of.deviation, 4), "), Spearman ",
             of.spearman ? significant(*of.spearman, 4) : "not defined");
}

}  // namespace

OwnPrecision own_precision(const std::string& model, at::Device device) {
  const fs::path folder = resolve_model(model);
  OwnPrecision own{.precision = Precision::fp32, .reason = "the default on a CPU"};
  const std::string of_run = precision_of_run(folder);
  if (!of_run.empty()) {
    own.reason = "as the run was evaluated";
    if (of_run == name_of(Precision::bf16)) own.precision = Precision::bf16;
  } else if (!device.is_cpu()) {
    const Json config = read_json(folder / "config.json");
    std::string type = string_at(config, {"dtype"});
    if (type.empty()) type = string_at(config, {"torch_dtype"});
    own.reason = type.empty() ? "config.json names no type" : str("config.json names ", type);
    if (type == "bfloat16") own.precision = Precision::bf16;
  }
  if (own.precision == Precision::fp32) return own;
  if (device.is_cpu() && !has_fast_bf16()) {
    return {.precision = Precision::fp32,
            .reason = "the run was evaluated in bf16, which this CPU does not multiply"};
  }
  const std::vector<MatmulShape> shapes = ComputeOptions{}.shapes;
  own.products = resolve_precision(own.precision, device, "--precision", [&] {
                   return time_matmuls(shapes);
                 }).products;
  return own;
}

bool is_large(const ValueChange& change) {
  const bool ranks = change.n >= kRowsForRanks && change.spearman.value_or(0) < kLeastSpearman;
  return change.relative_rms() > kMostRelativeRms || ranks;
}

ChosenPrecision choose_precision(const std::string& model, const Compute& compute,
                                 const std::optional<Precision>& asked, const RowOptions& rows,
                                 std::span<const Record> records, Log& log) {
  const OwnPrecision own = own_precision(model, compute.device);
  Compute of_own = compute;
  of_own.precision = own.precision;
  if (own.precision == Precision::bf16 && compute.precision != Precision::bf16) {
    of_own.products = own.products;  // of the whole process; fp32 has none of these
    choose_bf16_matmul_backend(own.products);
  }
  if (!asked) {
    log.info(str("precision: ", name_of(own.precision), ", ", own.reason));
    return {of_own};
  }
  const bool same = own.precision == compute.precision;
  log.info(str("precision: ", name_of(compute.precision), ", as --precision says",
               same ? "" : str("; without it ", name_of(own.precision), ", ", own.reason)));
  if (same || records.empty()) return {compute};
  Log silent([](LogLevel, const std::string&) {});  // the model is opened again, with its messages
  Scorer scorer(model, of_own, rows, silent);
  return {compute, rewards_of_records(scorer, records)};
}

void tell_precision_change(const ChosenPrecision& chosen, Scorer& scorer,
                           std::span<const Record> records, Log& log) {
  if (!chosen.own_rewards) return;
  const std::vector<double> asked = rewards_of_records(scorer, records);
  if (asked.empty() || asked.size() != chosen.own_rewards->size()) return;
  const ValueChange change = value_change(*chosen.own_rewards, asked);
  const std::string text =
      str("--precision ", name_of(chosen.compute.precision), ": ", change_text(change));
  is_large(change) ? log.warn(text) : log.info(text);
}

std::string weights_text(const Compute& compute) {
  return compute.precision == Precision::bf16 ? "bf16, rounded from the file's" : "fp32";
}

}  // namespace laurel
