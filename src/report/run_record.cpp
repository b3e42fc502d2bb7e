// Reads a run's files. What is not there, or has another form than laurel writes, is left out: a
// report shows what there is.
#include "report/run_record.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "checkpoint/run_folder.h"
#include "core/files.h"
#include "core/json_file.h"
#include "core/str.h"
#include "report/slices_table.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

const Json& member(const Json& object, const char* name) {
  static const Json none;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : none;
}

// To walk through: nothing where it is no object.
const Json& members(const Json& object, const char* name) {
  static const Json empty = Json::object();
  const Json& found = member(object, name);
  return found.is_object() ? found : empty;
}

double number(const Json& value) { return value.is_number() ? value.get<double>() : NAN; }

int64_t whole(const Json& value) { return value.is_number_integer() ? value.get<int64_t>() : 0; }

std::string text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<double> defined(const Json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

MetricSet set_from_json(const std::string& name, const Json& json) {
  MetricSet set{.name = name,
                .title = name,
                .n = whole(member(json, "n")),
                .possible = whole(member(json, "possible")),
                .units = whole(member(json, "units"))};
  set.possible = std::max(set.possible, set.n);
  const std::string unit = text(member(json, "unit"));
  const auto names = enum_names(ResampleUnit{});
  for (size_t i = 0; i < names.size(); ++i) {
    if (unit == names[i]) set.unit = static_cast<ResampleUnit>(i);
  }
  for (const auto& [metric, value] : members(json, "metrics").items()) {
    set.metrics.push_back({.name = metric,
                           .value = defined(member(value, "value")),
                           .low = defined(member(value, "low")),
                           .high = defined(member(value, "high"))});
  }
  return set;
}

void add_point(Curve& curve, int64_t step, const Json& value) {
  if (!value.is_number()) return;
  curve.step.push_back(static_cast<double>(step));
  curve.value.push_back(value.get<double>());
}

void add_step(RunRecord& run, const Json& line) {
  const int64_t step = whole(member(line, "step"));
  run.steps = std::max(run.steps, step);
  run.skipped += member(line, "skipped") == true;
  const double seconds = number(member(line, "seconds")), tokens = number(member(line, "tokens"));
  if (std::isfinite(seconds)) run.seconds += seconds;
  if (std::isfinite(tokens)) run.tokens += tokens;
  for (const char* name : {"loss", "lr", "grad_norm"}) {
    add_point(run.curves[name], step, member(line, name));
  }
  for (const char* name : {"losses", "accuracy"}) {
    for (const auto& [source, value] : members(line, name).items()) {
      add_point(run.source_curves[name][source], step, value);
    }
  }
  for (const auto& [source, value] : members(line, "rewards").items()) {
    add_point(run.source_curves["rewards"][source], step, member(value, "mean"));
  }
}

void add_line(RunRecord& run, const Json& line) {
  const std::string kind = text(member(line, "kind"));
  if (kind == "step") return add_step(run, line);
  if (kind == "event") run.last_event = text(member(line, "event"));
  if (kind != "eval") return;
  EvaluationRecord record{whole(member(line, "step")), evaluation_from_json(line)};
  for (EvaluationRecord& before : run.evaluations) {
    if (before.evaluation.source == record.evaluation.source) before.evaluation.slices.clear();
  }
  run.evaluations.push_back(std::move(record));
}

void read_metrics(RunRecord& run, const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error{ErrorKind::checkpoint, str(file, ": cannot be opened")};
  std::string line;
  for (int64_t number = 1; std::getline(in, line) && !in.eof(); ++number) {
    const std::string where = str(file, ":", number);
    add_line(run, parse_json(line, where, ErrorKind::checkpoint, {.one_line = true}));
  }
  if (in.bad()) throw Error{ErrorKind::checkpoint, str(file, ": cannot be read")};
}

Json json_of_file(const fs::path& file) {
  return read_json_if_there(file, ErrorKind::checkpoint).value_or(nullptr);
}

std::string name_of(const fs::path& folder) {
  const fs::path path = fs::absolute(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename();
}

}  // namespace

Evaluation evaluation_from_json(const Json& line) {
  Evaluation evaluation{.source = text(member(line, "source")),
                        .n = whole(member(line, "n")),
                        .dropped = whole(member(line, "dropped")),
                        .unlabelled = whole(member(line, "unlabelled")),
                        .weights = text(member(line, "weights"))};
  const Json& rewards = member(line, "rewards");
  if (rewards.is_object()) {
    evaluation.rewards = {number(member(rewards, "mean")), number(member(rewards, "deviation"))};
  }
  evaluation.sets.push_back(set_from_json("", line));
  if (const Json& outcomes = member(line, "outcomes"); outcomes.is_number()) {
    evaluation.sets.front().n = whole(outcomes);
  }
  for (const auto& [name, set] : members(line, "sets").items()) {
    evaluation.sets.push_back(set_from_json(name, set));
  }
  for (const auto& [field, values] : members(line, "slices").items()) {
    SliceTable table{.field = field};
    if (!values.is_object()) continue;
    for (const auto& [value, set] : values.items()) {
      table.slices.push_back({value, set_from_json(value, set), defined(member(set, "shrunken"))});
    }
    table.left_out = whole(member(member(line, "slices_left_out"), field.c_str()));
    evaluation.slices.push_back(std::move(table));
  }
  const Json& differ = member(line, "slices_that_differ");
  if (!differ.is_array()) return evaluation;
  evaluation.comparison = SliceComparison{.metric = slice_metric(evaluation.sets.front()),
                                          .compared = whole(member(line, "slices_compared"))};
  for (const Json& slice : differ) {
    evaluation.comparison->differ.push_back({.field = text(member(slice, "field")),
                                             .value = text(member(slice, "value")),
                                             .difference = number(member(slice, "difference")),
                                             .low = number(member(slice, "low")),
                                             .high = number(member(slice, "high"))});
  }
  return evaluation;
}

std::vector<std::string> RunRecord::evaluated_sources() const {
  std::vector<std::string> sources;
  for (const EvaluationRecord& record : evaluations) {
    const std::string& source = record.evaluation.source;
    if (std::ranges::find(sources, source) == sources.end()) sources.push_back(source);
  }
  return sources;
}

const EvaluationRecord* RunRecord::last_evaluation(const std::string& source) const {
  for (size_t i = evaluations.size(); i-- > 0;) {
    if (evaluations[i].evaluation.source == source) return &evaluations[i];
  }
  return nullptr;
}

RunRecord read_run(const fs::path& path) {
  const RunFolder folder{path};
  const bool metrics = path_exists(folder.metrics(), ErrorKind::checkpoint);
  if (!metrics && !path_exists(folder.config(), ErrorKind::checkpoint)) {
    throw Error{ErrorKind::checkpoint,
                str(path,
                    ": found no laurel.json and no metrics.jsonl, expected the folder of a "
                    "run (run.folder)")};
  }
  RunRecord run{.name = name_of(path),
                .config = json_of_file(folder.config()),
                .final_facts = json_of_file(folder.final_folder() / "run.json"),
                .inputs = read_inputs_record(folder.inputs())};
  if (metrics) read_metrics(run, folder.metrics());
  // A run that went back to an earlier checkpoint has evaluated no later step. Benchmarks, of which
  // there are no rows, are evaluated after steps of their own.
  std::optional<EvalRows> rows = read_eval_rows(folder.eval_rows());
  if (rows && !rows->sources.empty()) {
    const EvaluationRecord* const last = run.last_evaluation(rows->sources.front().source);
    if (last && last->step == rows->step) run.rows = std::move(rows);
  }
  return run;
}

}  // namespace laurel
