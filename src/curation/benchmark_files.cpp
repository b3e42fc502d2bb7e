// Reads benchmark files row by row.
#include "curation/benchmark_files.h"

#include <array>
#include <filesystem>
#include <map>
#include <optional>

#include "application/load_config.h"
#include "core/error.h"
#include "core/str.h"
#include "core/unicode.h"
#include "curation/row_texts.h"
#include "curation/words.h"
#include "data/files/data_folder.h"
#include "data/files/row_reader.h"
#include "data/records/format.h"

namespace laurel {

namespace {

constexpr std::array kPromptFields{"prompt",  "messages", "question", "instruction",
                                   "problem", "query",    "input",    "conversation_input"};

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

// Whether a field says something: a text, or messages. A table has "" and null where a row has none.
bool has_text(const Json& field) {
  if (field.is_string()) return !strip_white_space(field.get_ref<const std::string&>()).empty();
  return field.is_array() && !field.empty() && field.front().contains("role");
}

const Json* field_with_text(const Json& row, const char* name) {
  const auto field = row.find(name);
  return field != row.end() && has_text(*field) ? &*field : nullptr;
}

// Each question alone as well: rows may have it behind another system message.
void add_texts(const Example& example, std::vector<std::string>& prompts) {
  const RowTexts texts = texts_of(example);
  prompts.push_back(texts.first_prompt);
  for (const std::string& question : texts.questions) {
    if (question != texts.first_prompt) prompts.push_back(question);
  }
}

// A field of the row as the prompt that it is.
void add_field(const Json& field, const std::string& where, std::vector<std::string>& prompts) {
  const Json rating = {{"prompt", field}, {"response", "-"}};
  const RowSchema schema{.format = PointwiseFormat{}, .fields = {}, .labelled = false};
  add_texts(parse_row(rating, schema, where), prompts);
}

// A task and what it is about stand in two fields, and in one prompt.
void add_instruction_and_input(const Json& row, std::vector<std::string>& prompts) {
  const Json* const instruction = field_with_text(row, "instruction");
  const Json* const input = field_with_text(row, "input");
  if (!instruction || !input || !instruction->is_string() || !input->is_string()) return;
  prompts.push_back(
      str(instruction->get_ref<const std::string&>(), "\n", input->get_ref<const std::string&>()));
}

[[noreturn]] void refuse_layout(const std::string& where) {
  throw Error{
      ErrorKind::data,
      str(where,
          ": found no prompt in a row of curation.decontaminate.against, expected "
          "one of the fields ",
          join({kPromptFields.begin(), kPromptFields.end()}, ", "), ", or the fields of a format")};
}

bool has_no_words(const std::string& text) { return normalised(text).empty(); }

void warn_of_rows_without_prompt(const std::string& file, int64_t rows, int64_t all,
                                 const std::string& first, Log& log) {
  if (rows == 0) return;
  log.warn(
      str("decontaminate: ", file, ": found ", rows, " of ", count_text(all, "row"),
          " without text in the fields of a prompt (first: ", first, "), expected some in one of ",
          join({kPromptFields.begin(), kPromptFields.end()}, ", "),
          "; nothing is compared with such rows: see that the prompt is not elsewhere in them"));
}

void add_file(const std::string& file, int32_t benchmark, Decontaminator& decontaminator,
              Log& log) {
  RowReader reader(file);
  int64_t rows = 0, without = 0;
  std::string first;  // of those without
  while (const std::optional<RawRow> row = reader.next()) {
    ++rows;
    const std::string where = reader.where(*row);
    const std::vector<std::string> prompts = benchmark_prompts(parse_raw_row(*row, where), where);
    if (prompts.empty() && without++ == 0) first = where;
    for (const std::string& prompt : prompts) decontaminator.add_prompt(benchmark, where, prompt);
  }
  log.info(str("decontaminate: prompts of ", rows - without, " of ", count_text(rows, "row"),
               " of ", file));
  warn_of_rows_without_prompt(file, without, rows, first, log);
}

}  // namespace

std::vector<std::string> benchmark_prompts(const Json& row, const std::string& where) {
  std::vector<std::string> prompts;
  bool empty = false, other = false;  // some field is empty; some holds neither text nor messages
  std::optional<Error> unread;
  for (const char* const name : kPromptFields) {
    const auto field = row.find(name);
    if (field == row.end()) continue;
    if (has_text(*field)) {
      try {
        add_field(*field, str(where, ": \"", name, "\""), prompts);
      } catch (const Error& error) {  // told where no other field holds a prompt
        if (error.kind != ErrorKind::data) throw;
        if (!unread) unread = error;
      }
    } else if (field->is_string() || field->empty()) {
      empty = true;
    } else {
      other = true;
    }
  }
  add_instruction_and_input(row, prompts);
  if (prompts.empty() && unread) throw *unread;
  if (prompts.empty()) {
    const std::vector<Format> formats = recognised_formats(row, {});
    if (formats.size() == 1) {
      const RowSchema schema{.format = formats[0], .fields = {}, .labelled = false};
      add_texts(parse_row(row, schema, where), prompts);
    } else if (other || !empty) {
      refuse_layout(where);
    }
  }
  std::erase_if(prompts, has_no_words);
  return prompts;
}

void add_benchmark_files(const std::vector<Path>& against, Decontaminator& decontaminator,
                         Log& log) {
  std::vector<std::string> paths;
  for (const Path& path : against) paths.push_back(path.value);
  const std::vector<Path> files = data_files(paths, std::nullopt, log);
  const std::vector<std::string> names = benchmark_names(files);
  for (size_t i = 0; i < files.size(); ++i) {
    add_file(files[i].value, decontaminator.add_benchmark(names[i]), decontaminator, log);
  }
}

}  // namespace laurel
