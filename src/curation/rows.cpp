// Reads all rows and numbers their texts.
#include "curation/rows.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/parallel.h"
#include "core/str.h"
#include "core/unicode.h"
#include "curation/row_texts.h"
#include "curation/words.h"
#include "data/files/raw_row.h"
#include "data/records/record_fields.h"
#include "data/sources/load.h"

namespace laurel {

namespace {

constexpr size_t kBadExamples = 5;

// What is computed of a row in a thread.
struct PreparedRow {
  RowTexts texts;
  std::string prompt_words;
  std::vector<std::string> response_words;
};

PreparedRow prepare(const Example& example) {
  PreparedRow row{.texts = texts_of(example), .prompt_words = {}, .response_words = {}};
  row.prompt_words = normalised(row.texts.prompt);
  for (const std::string& response : row.texts.responses) {
    row.response_words.push_back(normalised(response));
  }
  return row;
}

void add_row(ReadExample& read, PreparedRow prepared, bool has_annotator, CurationRows& all) {
  Example& example = *read.example;
  CurationRow row{.place = read.place, .eval = read.eval};
  row.presented_order = has_presented_order(example);
  const RowTexts& texts = prepared.texts;
  row.prompt = all.texts.add(texts.prompt, texts.prompt_key, std::move(prepared.prompt_words));
  for (size_t i = 0; i < texts.responses.size(); ++i) {
    row.responses.push_back(all.texts.add(texts.responses[i], texts.response_keys[i],
                                          std::move(prepared.response_words[i])));
  }
  row.slices = std::move(example.slices);
  if (has_annotator) {
    row.annotator = std::move(row.slices.back());
    row.slices.pop_back();
    if (row.annotator == kNoSlice) row.annotator.clear();
  }
  if (example.label) row.label = std::move(*example.label);
  row.annotator_scores = std::move(example.annotator_scores);
  row.annotators = std::move(example.annotators);
  row.segments = std::move(example.segments);
  all.rows.push_back(std::move(row));
}

void refuse_pipe(const std::string& file) {
  if (!std::filesystem::exists(file) || std::filesystem::is_regular_file(file)) return;
  throw Error{ErrorKind::data,
              str(file,
                  ": found a pipe or a device, expected a file: it is read more than once; "
                  "write it to a file first")};
}

void read_source(const SourceOptions& options, int32_t number,
                 const std::optional<std::string>& annotator, int threads, CurationRows& all) {
  CurationSource source{.options = options};
  for (const auto* paths : {&options.train, &options.eval}) {
    for (const Path& path : *paths) source.files.push_back(path.value);
  }
  source.stamps = stamps_of(options);
  for (const std::string& file : source.files) refuse_pipe(file);
  std::vector<std::string> more;
  if (annotator) more.push_back(*annotator);
  ExampleReader reader(options, number, threads, std::move(more));
  for (;;) {
    std::vector<ReadExample> examples = reader.next();
    if (examples.empty()) break;
    std::vector<PreparedRow> prepared(examples.size());
    parallel_for(static_cast<int64_t>(examples.size()), threads, [&](int64_t i) {
      if (examples[i].example) prepared[i] = prepare(*examples[i].example);
    });
    for (size_t i = 0; i < examples.size(); ++i) {
      if (examples[i].example) {
        add_row(examples[i], std::move(prepared[i]), annotator.has_value(), all);
        continue;
      }
      if (examples[i].error.empty()) continue;  // by the source's filter
      ++source.bad;
      if (source.bad_examples.size() < kBadExamples) {
        source.bad_examples.push_back(examples[i].error);
      }
    }
  }
  all.sources.push_back(std::move(source));
}

}  // namespace

uint32_t TextTable::add(std::string_view text, std::string_view key, std::string normalised) {
  text = strip_white_space(text);
  const auto [known, is_new] =
      by_hash_.try_emplace(hash_of_text(key), static_cast<uint32_t>(facts_.size()));
  if (!is_new) return known->second;
  // What nothing is left of (a row of punctuation) is compared as it is.
  const uint64_t hash = normalised.empty() ? ~hash_of_text(text) : hash_of_text(normalised);
  const auto [words, new_words] =
      words_by_hash_.try_emplace(hash, static_cast<uint32_t>(normalised_.size()));
  if (new_words) normalised_.push_back(std::move(normalised));
  facts_.push_back({.words = words->second, .code_points = laurel::code_points(text)});
  return known->second;
}

void check_same_row(const CurationRows& rows, size_t next, const ReadExample& read) {
  if (next < rows.rows.size() && rows.rows[next].place == read.place) return;
  const CurationSource& source = rows.sources[read.place.source];
  throw Error{ErrorKind::data, file_changed(source.files[read.place.file])};
}

void check_unchanged(const CurationRows& rows) {
  for (const CurationSource& source : rows.sources) check_unchanged(source.stamps);
}

std::string CurationRows::where(const CurationRow& row) const {
  return sources[row.place.source].files[row.place.file] + ":" + location_text(row.place.location);
}

CurationRows read_curation_rows(const std::vector<SourceOptions>& sources,
                                const std::optional<std::string>& annotator, int threads) {
  CurationRows all;
  for (size_t i = 0; i < sources.size(); ++i) {
    read_source(sources[i], static_cast<int32_t>(i), annotator, threads, all);
  }
  const auto says_who = [](const CurationRow& row) { return !row.annotator.empty(); };
  if (annotator && !all.rows.empty() && std::ranges::none_of(all.rows, says_who)) {
    throw Error{ErrorKind::usage, str("annotator: found \"", *annotator,
                                      "\", which no row has, expected the field "
                                      "that says who labelled a row")};
  }
  return all;
}

}  // namespace laurel
