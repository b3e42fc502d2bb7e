// Runs the binary and reads what it left behind.
#include "silent_bugs/runs.h"

#include <ATen/ATen.h>

#include <cmath>
#include <stdexcept>

#include "checkpoint/safetensors.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace fs = std::filesystem;

// Throws, which ends the test: there is nothing to look at then.
static void expect_success(const Outcome& outcome) {
  if (outcome.code != 0) throw std::runtime_error(str("code ", outcome.code, ": ", outcome.err));
}

std::vector<Json> steps_of_run(const fs::path& folder, const Json& config,
                               const std::string& arguments) {
  write_file(folder / "config.json", config.dump());
  const Outcome outcome = run_laurel("train config.json --overwrite " + arguments, folder);
  expect_success(outcome);
  std::vector<Json> steps = lines_of(folder / "run/metrics.jsonl", "step");
  if (steps.empty()) throw std::runtime_error("the run has logged no step");
  return steps;
}

std::vector<double> column(const std::vector<Json>& lines, const std::string& key) {
  std::vector<double> values;
  for (const Json& line : lines) values.push_back(line.at(key).get<double>());
  return values;
}

std::vector<Json> scored(const fs::path& folder, const std::string& model, const std::string& file,
                         const std::string& arguments) {
  const Outcome outcome =
      run_laurel("score " + model + " " + file + " scored.jsonl " + arguments, folder);
  expect_success(outcome);
  std::vector<Json> rows = lines_of(folder / "scored.jsonl");
  if (rows.empty()) throw std::runtime_error(file + ": no row was scored");
  return rows;
}

Json evaluated(const fs::path& folder, const std::string& model, const std::string& file) {
  const Outcome outcome = run_laurel("eval " + model + " " + file + " --json -", folder);
  expect_success(outcome);
  return Json::parse(outcome.out);
}

double metric(const Json& evaluation, const std::string& name) {
  return evaluation.at("metrics").at(name).at("value").get<double>();
}

std::map<std::string, at::Tensor> tensors_of(const fs::path& model) {
  const ShardedSafetensors files(model);
  std::map<std::string, at::Tensor> tensors;
  for (const std::string& name : files.names()) {
    at::Tensor tensor = at::empty(files.find(name)->shape, at::kDouble);
    files.read(name, tensor);
    tensors[name] = tensor;
  }
  return tensors;
}

std::vector<Json> weighted(std::vector<Json> lines, const std::vector<double>& weights) {
  for (size_t i = 0; i < lines.size(); ++i) lines[i]["weight"] = weights[i % weights.size()];
  return lines;
}

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

void set_member(const fs::path& file, const std::string& key, const Json& value) {
  Json json = Json::parse(read_file(file));
  json[key] = value;
  write_file(file, json.dump(2));
  fs::remove(file.parent_path() / "manifest.json");  // which would notice
}

}  // namespace laurel
