// What a run folder says about its run, read without its model: metrics.jsonl and small JSON files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "eval/report.h"
#include "report/eval_rows.h"
#include "report/inputs_record.h"

namespace laurel {

// A number of each step that has it.
struct Curve {
  std::vector<double> step, value;
};

struct EvaluationRecord {
  int64_t step = 0;
  Evaluation evaluation;  // with slices only where it is the last one of its source
};

struct RunRecord {
  std::string name;  // of the folder
  Json config;       // laurel.json; null: there is none
  Json final_facts;  // run.json of final/; null
  std::optional<InputsRecord> inputs;
  int64_t steps = 0;  // completed
  int64_t skipped = 0;
  double seconds = 0, tokens = 0;       // of the steps
  std::string last_event;               // "end", "stopped", "start"; empty: none
  std::map<std::string, Curve> curves;  // "loss", "lr", "grad_norm"
  // By source: "losses", "accuracy", "rewards" (their mean).
  std::map<std::string, std::map<std::string, Curve>> source_curves;
  std::vector<EvaluationRecord> evaluations;  // in the order of the file
  std::optional<EvalRows> rows;               // eval_rows.json, where it is of the last evaluation

  // In the order in which they were evaluated first.
  std::vector<std::string> evaluated_sources() const;
  const EvaluationRecord* last_evaluation(const std::string& source) const;
};

// Of a folder that has laurel.json or metrics.jsonl; any other file may be missing. A last line
// that a killed process left unfinished is ignored. Throws Error (checkpoint).
RunRecord read_run(const std::filesystem::path& folder);

// What evaluation_json() wrote, but for the reasons of drops and the titles of sets.
Evaluation evaluation_from_json(const Json& line);

}  // namespace laurel
