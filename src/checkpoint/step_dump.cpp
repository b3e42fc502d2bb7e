// A dump as JSON, a line for each group; numbers that JSON lacks are strings.
#include "checkpoint/step_dump.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "checkpoint/step_dump_groups.h"
#include "core/files.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kDumpFormat = 2;
constexpr uintmax_t kMaxDumpBytes = uintmax_t{1} << 29;
constexpr size_t kMaxValues = kMaxDumpBytes / 8;  // nearly all are ids of some digits and a comma
constexpr size_t kMaxDumpSources = 1000;
constexpr int kDepth = 8;
constexpr const char* kPrecisions[] = {"fp32", "bf16"};

// Names of files need not be UTF-8.
std::string text_of(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json header_of(const StepDump& dump) {
  Json sources = Json::array();
  for (const DumpedSource& source : dump.sources) {
    sources.push_back({{"name", source.name},
                       {"scale", exact_number(source.scale)},
                       {"loss", exact_number(source.loss)}});
  }
  Json header{{"format", kDumpFormat},
              {"laurel", dump.laurel},
              {"step", dump.step},
              {"checkpoint", dump.checkpoint.generic_string()},
              {"precision", dump.precision},
              {"tokens_per_micro_batch", dump.tokens_per_micro_batch},
              {"lr", exact_number(dump.lr)},
              {"loss", exact_number(dump.loss)},
              {"grad_norm", exact_number(dump.grad_norm)},
              {"sources", sources}};
  if (dump.dropout.any()) {
    header["dropout"] = {{"model", dump.dropout.model},
                         {"adapters", dump.dropout.adapters},
                         {"seed", static_cast<int64_t>(dump.dropout.seed)}};
  }
  return header;
}

// Absent where the step dropped nothing.
DropoutOptions dropout_of(StrictObject& dump, const std::string& where) {
  const Json* const json = dump.find("dropout");
  if (!json) return {};
  StrictObject object(*json, where + ": dropout", ErrorKind::checkpoint);
  const auto rate = [&](const std::string& key) {
    const double value = object.number(key);
    if (!(value >= 0 && value < 1)) {
      object.refuse(str("\"", key, "\": found ", value, ", expected a number from 0 to below 1"));
    }
    return value;
  };
  DropoutOptions dropout{.model = rate("model"), .adapters = rate("adapters")};
  dropout.seed = static_cast<uint64_t>(object.integer("seed"));
  object.finish();
  return dropout;
}

// The folder that a dump names lies beside it or below.
fs::path checked_path(StrictObject& object, const std::string& key) {
  const fs::path path = object.text(key);
  const bool leads_out =
      std::any_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
  if (path.empty() || path.is_absolute() || leads_out) {
    object.refuse(str("\"", key, "\": found ", path, ", expected a path inside the dump's folder"));
  }
  return path;
}

int64_t positive(StrictObject& object, const std::string& key) {
  const int64_t value = object.integer(key);
  if (value < 1) object.refuse(str("\"", key, "\": found ", value, ", expected at least 1"));
  return value;
}

// `numbers` are filled with their places in the list.
std::vector<DumpedSource> sources_of(StrictObject& dump, const std::string& where,
                                     SourceIds& numbers) {
  const Json& list = dump.list("sources");
  if (list.size() > kMaxDumpSources) {
    dump.refuse(str("\"sources\": found ", list.size(), " sources, expected at most ",
                    kMaxDumpSources, ": not a step dump"));
  }
  std::vector<DumpedSource> sources;
  for (const Json& json : list) {
    const std::string at = str(where, ": sources[", sources.size(), "]");
    StrictObject object(json, at, ErrorKind::checkpoint);
    DumpedSource source{.name = object.text("name"),
                        .scale = exact_number(object, "scale"),
                        .loss = exact_number(object, "loss")};
    object.finish();
    if (!numbers.emplace(source.name, static_cast<SourceId>(sources.size())).second) {
      object.refuse(str("found the name \"", source.name, "\" twice, expected it once"));
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace

std::string step_dump_name(int64_t step) {
  std::ostringstream name;
  name << "nonfinite-step-" << std::setw(8) << std::setfill('0') << step << ".json";
  return name.str();
}

void write_step_dump(const fs::path& path, const StepDump& dump) {
  AtomicFile file(path);
  const std::string header = text_of(header_of(dump), 2);  // ends in "\n}"
  file.write(header.substr(0, header.size() - 2));
  file.write(",\n  \"groups\": [");
  for (size_t i = 0; i < dump.groups.size(); ++i) {
    const DumpedGroup& group = dump.groups[i];
    const std::string& source = dump.sources.at(static_cast<size_t>(group.group.source)).name;
    file.write(str(i == 0 ? "\n    " : ",\n    ", text_of(group_json(group, source), -1)));
  }
  file.write("\n  ]\n}\n");
  file.finish();
}

StepDump read_step_dump(const fs::path& path) {
  const std::string where = path.string();
  std::error_code unknown;
  const uintmax_t size = fs::file_size(path, unknown);
  if (!unknown && size > kMaxDumpBytes) {
    throw Error{ErrorKind::checkpoint, str(where, ": found ", size, " bytes, expected at most ",
                                           kMaxDumpBytes, ": not a step dump")};
  }
  const Json json = parse_json(read_file(path, ErrorKind::checkpoint, kMaxDumpBytes), where,
                               ErrorKind::checkpoint, {.depth = kDepth, .values = kMaxValues});
  StrictObject object(json, where, ErrorKind::checkpoint);
  if (const int64_t format = object.integer("format"); format != kDumpFormat) {
    object.refuse(str("found format ", format, ", expected ", kDumpFormat,
                      "; was it written by a newer laurel?"));
  }
  StepDump dump;
  dump.laurel = object.text("laurel");
  dump.step = positive(object, "step");
  dump.checkpoint = checked_path(object, "checkpoint");
  dump.precision = kPrecisions[object.one_of("precision", std::to_array(kPrecisions))];
  dump.tokens_per_micro_batch = positive(object, "tokens_per_micro_batch");
  dump.lr = exact_number(object, "lr");
  dump.loss = exact_number(object, "loss");
  dump.grad_norm = exact_number(object, "grad_norm");
  dump.dropout = dropout_of(object, where);
  SourceIds numbers;
  dump.sources = sources_of(object, where, numbers);
  const Json& groups = object.list("groups");
  object.finish();
  for (const Json& group : groups) {
    const std::string at = str(where, ": groups[", dump.groups.size(), "]");
    dump.groups.push_back(dumped_group(group, numbers, at));
  }
  if (dump.groups.empty()) object.refuse("\"groups\": found none, expected at least one");
  return dump;
}

}  // namespace laurel
