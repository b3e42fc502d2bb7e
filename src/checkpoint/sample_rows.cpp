// Sample rows as JSON, each group as a step dump has it.
#include "checkpoint/sample_rows.h"

#include "checkpoint/step_dump_groups.h"
#include "core/files.h"
#include "data/group_checks.h"

namespace laurel {

namespace fs = std::filesystem;

static constexpr int64_t kSampleRowsFormat = 2;

void write_sample_rows(const fs::path& path, const SampleRows& rows) {
  Json groups = Json::array();
  for (const Group& group : rows.groups) {
    groups.push_back(group_json({.location = "", .group = group},
                                rows.sources.at(static_cast<size_t>(group.source))));
  }
  const Json json = {{"format", kSampleRowsFormat},
                     {"split", rows.split},
                     {"sources", rows.sources},
                     {"groups", std::move(groups)}};
  write_file(path, json.dump() + "\n");
}

std::optional<SampleRows> read_sample_rows(const fs::path& path, int64_t vocab_size) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  const std::string where = path.string();
  const Json json =
      parse_json(read_file(path, ErrorKind::checkpoint), where, ErrorKind::checkpoint);
  StrictObject object(json, where, ErrorKind::checkpoint);
  if (const int64_t format = object.integer("format"); format != kSampleRowsFormat) {
    object.refuse(str("found format ", format, ", expected ", kSampleRowsFormat));
  }
  SampleRows rows{.split = object.text("split"), .sources = object.texts("sources"), .groups = {}};
  SourceIds ids;
  for (const std::string& name : rows.sources) {
    ids.emplace(name, static_cast<SourceId>(ids.size()));
  }
  for (const Json& group : object.list("groups")) {
    const std::string at = str(where, ": groups[", rows.groups.size(), "]");
    rows.groups.push_back(dumped_group(group, ids, at).group);
    if (const auto problem = problem_of(rows.groups.back(), vocab_size)) {
      throw Error{ErrorKind::checkpoint, str(at, ": ", *problem)};
    }
    rows.groups.back().id = rows.groups.size();  // those of several sources may be equal
  }
  if (rows.groups.empty()) object.refuse("\"groups\": found none, expected the rows of a run");
  object.finish();
  return rows;
}

}  // namespace laurel
