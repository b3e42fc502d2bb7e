// Copies what loading reported.
#include "report/inputs_record.h"

#include "core/files.h"
#include "core/json_file.h"
#include "core/option_reader.h"
#include "core/option_writer.h"

namespace laurel {

using Hashes = std::map<std::string, std::string>;

static InputSplit input_split(const Split& split, const std::vector<Path>& files,
                              const Hashes& sha256) {
  InputSplit record{.rows = split.report.rows,
                    .used = split.report.used,
                    .malformed = split.report.bad,
                    .dropped = split.report.dropped,
                    .truncated = split.report.truncated,
                    .prompts = split.report.prompts};
  for (const Path& file : files) {
    const auto hash = sha256.find(file.value);
    record.files.push_back(
        {file.value, hash == sha256.end() ? std::nullopt : std::optional(hash->second)});
  }
  return record;
}

InputSource input_source(const SourceData& source, const Hashes& sha256) {
  const SourceOptions& options = source.options;
  const std::vector<Path>& eval = options.eval_fraction > 0 ? options.train : options.eval;
  return {options.name, input_split(source.train, options.train, sha256),
          input_split(source.eval, eval, sha256)};
}

void write_inputs_record(const std::filesystem::path& path, const InputsRecord& record) {
  write_file(path, options_to_json(record).dump(2) + "\n");
}

std::optional<InputsRecord> read_inputs_record(const std::filesystem::path& path) {
  const std::optional<Json> json = read_json_if_there(path, ErrorKind::checkpoint);
  if (!json) return std::nullopt;
  return read_file_json<InputsRecord>(*json, path.string(), ErrorKind::checkpoint);
}

}  // namespace laurel
