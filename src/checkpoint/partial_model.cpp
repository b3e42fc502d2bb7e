// Reads and writes base.json, and opens what it names.
#include "checkpoint/partial_model.h"

#include "core/files.h"
#include "core/json_file.h"
#include "core/option_reader.h"
#include "core/option_writer.h"
#include "core/str.h"

namespace laurel {

static constexpr const char* kBaseFile = "base.json";

std::optional<PartialModel> read_partial_model(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kBaseFile;
  const std::optional<Json> json = read_json_if_there(file, ErrorKind::model);
  if (!json) return std::nullopt;
  return read_file_json<PartialModel>(*json, file.string(), ErrorKind::model);
}

void write_partial_model(const std::filesystem::path& folder, const PartialModel& partial) {
  write_file(folder / kBaseFile, options_to_json(partial).dump(2) + "\n");
}

ModelFolder open_base_of(const std::filesystem::path& folder, const PartialModel& partial) {
  OpenedBase opened = open_base(partial.base);
  if (opened.model) return *std::move(opened.model);
  throw Error{ErrorKind::model,
              str(folder, ": holds only what was trained on ", partial.base.folder, ", but ",
                  opened.problem, "; restore that folder as it was (base.json has its hashes)")};
}

void check_same_base(const BaseModel& before, const ModelFolder& model) {
  for (const auto& [name, digits] : base_model_of(model).sha256) {
    const auto found = before.sha256.find(name);
    if (found != before.sha256.end() && found->second == digits) continue;
    throw Error{
        ErrorKind::checkpoint,
        str(model.folder / name, ": is not the base that the run began with: found SHA-256 ",
            digits.substr(0, 16), "..., expected ",
            found == before.sha256.end() ? "none" : found->second.substr(0, 16) + "...",
            "; restore it, or start a new run in another run.folder")};
  }
}

}  // namespace laurel
