// run.json of a checkpoint, both ways.
#include "checkpoint/run_state.h"

#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

Json json_of(const DealState& data) {
  Json sources = Json::array();
  for (const SourceCursor& source : data.sources) {
    Json parts = Json::array();
    for (const auto& [epoch, position] : source.parts) {
      parts.push_back({{"epoch", epoch}, {"position", position}});
    }
    sources.push_back({{"turn", source.turn}, {"taken", source.taken}, {"parts", parts}});
  }
  return {{"step", data.step}, {"slots", data.slots}, {"dealt", data.dealt}, {"sources", sources}};
}

DealState deal_state(const Json& json) {
  DealState data{.step = json.at("step"), .slots = json.at("slots"), .dealt = json.at("dealt")};
  for (const Json& source : json.at("sources")) {
    SourceCursor cursor{.parts = {}, .turn = source.at("turn"), .taken = source.at("taken")};
    for (const Json& part : source.at("parts")) {
      cursor.parts.push_back({.epoch = part.at("epoch"), .position = part.at("position")});
    }
    data.sources.push_back(std::move(cursor));
  }
  return data;
}

RunState run_state(const Json& json) {
  RunState state{.run = json.at("run"),
                 .step = json.at("step"),
                 .evaluated = json.at("evaluated"),
                 .updates = json.at("updates"),
                 .skipped = json.at("skipped"),
                 .metrics_bytes = json.at("metrics_bytes"),
                 .data = deal_state(json.at("data")),
                 .best = {},
                 .data_sha256 = json.at("data_sha256"),
                 .model_sha256 = json.at("model_sha256"),
                 .config = json.at("config"),
                 .facts = json.at("facts")};
  if (const Json& best = json.at("best"); !best.is_null()) {
    state.best = {.value = best.at("value"), .step = best.at("step")};
  }
  return state;
}

}  // namespace

Json json_of(const RunState& state) {
  Json best;
  if (state.best) best = {{"value", state.best->value}, {"step", state.best->step}};
  return {{"run", state.run},
          {"step", state.step},
          {"evaluated", state.evaluated},
          {"updates", state.updates},
          {"skipped", state.skipped},
          {"metrics_bytes", state.metrics_bytes},
          {"data", json_of(state.data)},
          {"best", best},
          {"data_sha256", state.data_sha256},
          {"model_sha256", state.model_sha256},
          {"facts", state.facts},
          {"config", state.config}};
}

RunState read_run_state(const std::filesystem::path& checkpoint) {
  const std::filesystem::path file = checkpoint / "run.json";
  const Json json =
      parse_json(read_file(file, ErrorKind::checkpoint), file.string(), ErrorKind::checkpoint);
  try {
    return run_state(json);
  } catch (const nlohmann::json::exception& problem) {
    throw Error{
        ErrorKind::checkpoint,
        str(file, ": is not the state of a run as this version writes it: ", problem.what())};
  }
}

}  // namespace laurel
