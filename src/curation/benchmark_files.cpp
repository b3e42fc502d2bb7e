// Reads benchmark files row by row.
#include "curation/benchmark_files.h"

#include <array>
#include <filesystem>
#include <map>
#include <optional>

#include "application/load_config.h"
#include "core/error.h"
#include "core/str.h"
#include "curation/row_texts.h"
#include "data/files/data_folder.h"
#include "data/files/row_reader.h"
#include "data/records/format.h"

namespace laurel {

namespace {

constexpr std::array kPromptFields{"prompt",  "messages", "question", "instruction",
                                   "problem", "query",    "input"};

// The file's name without the endings of data files, after its folder where another file has the same.
std::vector<std::string> benchmark_names(const std::vector<Path>& files) {
  std::vector<std::string> names;
  std::map<std::string, int> count;
  for (const Path& file : files) {
    names.push_back(without_data_ending(std::filesystem::path(file.value).filename().string()));
    ++count[names.back()];
  }
  for (size_t i = 0; i < files.size(); ++i) {
    if (count[names[i]] == 1) continue;
    const auto folder = std::filesystem::path(files[i].value).parent_path().filename();
    names[i] = (folder / names[i]).string();
  }
  return names;
}

}  // namespace

std::string benchmark_prompt(const Json& row, const std::string& where) {
  for (const char* const name : kPromptFields) {
    const auto field = row.find(name);
    if (field == row.end() || !(field->is_string() || field->is_array())) continue;
    const Json rating = {{"prompt", *field}, {"response", "-"}};
    const RowSchema schema{.format = PointwiseFormat{}, .fields = {}, .labelled = false};
    return texts_of(parse_row(rating, schema, str(where, ": \"", name, "\""))).first_prompt;
  }
  const std::vector<Format> formats = recognised_formats(row, {});
  if (formats.size() == 1) {
    const RowSchema schema{.format = formats[0], .fields = {}, .labelled = false};
    return texts_of(parse_row(row, schema, where)).first_prompt;
  }
  throw Error{
      ErrorKind::data,
      str(where,
          ": found no prompt in a row of curation.decontaminate.against, expected "
          "one of the fields ",
          join({kPromptFields.begin(), kPromptFields.end()}, ", "), ", or the fields of a format")};
}

void add_benchmark_files(const std::vector<Path>& against, Decontaminator& decontaminator,
                         Log& log) {
  std::vector<std::string> paths;
  for (const Path& path : against) paths.push_back(path.value);
  const std::vector<Path> files = data_files(paths, std::nullopt, log);
  const std::vector<std::string> names = benchmark_names(files);
  for (size_t i = 0; i < files.size(); ++i) {
    const int32_t benchmark = decontaminator.add_benchmark(names[i]);
    RowReader reader(files[i].value);
    int64_t rows = 0;
    while (const std::optional<RawRow> row = reader.next()) {
      const std::string where = reader.where(*row);
      decontaminator.add_prompt(benchmark, where,
                                benchmark_prompt(parse_raw_row(*row, where), where));
      ++rows;
    }
    log.info(str("decontaminate: ", count_text(rows, "prompt"), " of ", files[i].value));
  }
}

}  // namespace laurel
