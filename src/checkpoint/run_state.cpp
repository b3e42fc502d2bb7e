// run.json of a checkpoint, both ways.
#include "checkpoint/run_state.h"

#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

Json json_of(const SamplerState& data) {
  Json sources = Json::array();
  for (const SourceCursor& source : data.sources) {
    Json parts = Json::array();
    for (const auto& [epoch, position] : source.parts) {
      parts.push_back({{"epoch", epoch}, {"position", position}});
    }
    sources.push_back(
        {{"total_taken", source.total_taken}, {"taken", source.taken}, {"parts", parts}});
  }
  return {{"step", data.step},
          {"groups", data.groups},
          {"sampled", data.sampled},
          {"sources", sources}};
}

// The types that get() would convert to each other are told apart. No run counts further than 2^53.
int64_t count(const Json& json, const char* key) {
  const Json& value = json.at(key);
  if (value.is_number_integer() && value >= 0 && value <= int64_t{1} << 53) return value;
  throw Json::other_error::create(
      501, str("\"", key, "\": found ", describe_json(value), ", expected a count"), nullptr);
}

bool flag(const Json& json, const char* key) {
  return json.at(key).get_ref<const Json::boolean_t&>();
}

SamplerState sampler_state(const Json& json) {
  SamplerState data{.step = count(json, "step"),
                    .groups = count(json, "groups"),
                    .sampled = count(json, "sampled")};
  for (const Json& source : json.at("sources")) {
    SourceCursor cursor{
        .parts = {}, .total_taken = count(source, "total_taken"), .taken = count(source, "taken")};
    for (const Json& part : source.at("parts")) {
      cursor.parts.push_back({.epoch = count(part, "epoch"), .position = count(part, "position")});
    }
    data.sources.push_back(std::move(cursor));
  }
  return data;
}

RunState parse_state(const Json& json) {
  RunState state{.run = json.at("run"),
                 .step = count(json, "step"),
                 .evaluated = flag(json, "evaluated"),
                 .updates = count(json, "updates"),
                 .skipped = count(json, "skipped"),
                 .metrics_bytes = count(json, "metrics_bytes"),
                 .sampler = sampler_state(json.at("sampler")),
                 .best = {},
                 .data_sha256 = json.at("data_sha256"),
                 .model_sha256 = json.at("model_sha256").get<std::map<std::string, std::string>>(),
                 .config = json.at("config"),
                 .environment = json.at("environment")};
  if (const Json& best = json.at("best"); !best.is_null()) {
    state.best = {.value = best.at("value"), .step = count(best, "step")};
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
          {"sampler", json_of(state.sampler)},
          {"best", best},
          {"data_sha256", state.data_sha256},
          {"model_sha256", state.model_sha256},
          {"environment", state.environment},
          {"config", state.config}};
}

RunState run_state(const Json& json, const std::string& where) {
  RunState state;
  try {
    state = parse_state(json);
  } catch (const nlohmann::json::exception& problem) {
    throw Error{
        ErrorKind::checkpoint,
        str(where, ": is not the state of a run as this version writes it: ", problem.what())};
  }
  if (state.sampler.step == state.step) return state;
  throw Error{ErrorKind::checkpoint,
              str(where, ": found the sampler state of step ", state.sampler.step,
                  ", expected that of step ", state.step,
                  ", as \"step\" says; the checkpoint is damaged: take an older one")};
}

RunState read_run_state(const std::filesystem::path& checkpoint) {
  const std::filesystem::path file = checkpoint / "run.json";
  return run_state(
      parse_json(read_file(file, ErrorKind::checkpoint), file.string(), ErrorKind::checkpoint),
      file.string());
}

}  // namespace laurel
