// Row loader: a thread reads, parses and tokenises some hundred rows at a time; they are taken in order.
#include "data/sources/row_loader.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/parallel.h"
#include "core/parallel_pipeline.h"
#include "core/str.h"
#include "data/sources/encode_example.h"
#include "data/sources/loaded_row.h"
#include "text/dialogue.h"

namespace laurel {

namespace {

constexpr int64_t kRowsAtOnce = 256;
constexpr size_t kBytesAtOnce = size_t{2} << 20;
// A file that is malformed so far is no file of these rows.
constexpr int64_t kRowsToJudgeBy = 4096, kBytesToJudgeBy = int64_t{32} << 20;

}  // namespace

// A row on its way to the writer.
struct RowLoader::Work {
  RawRow row;
  int64_t place = 0;  // among the rows of the file
  std::string where;
  bool parsed = false, filtered = false;
  std::optional<Example> example;  // until it is tokenised
  RowSigns signs;
  std::string error;
  std::string over_length;  // of a row that is dropped for it
  RowBytes bytes;
  // Of annotators by name, who are numbered in order: their scores, and the row, whose bytes need the
  // numbers.
  std::vector<std::string> annotators;
  AnnotatorScores annotator_scores;
  std::optional<LoadedRow> rated;
  std::vector<std::string> slices;
};

struct RowLoader::Chunk {
  std::vector<Work> rows;
  FileFacts facts;         // of these rows, but for what is wrong with malformed ones
  int64_t file_bytes = 0;  // read so far
};

RowLoader::RowLoader(const SourceOptions& options, const LoadContext& context,
                     const FileFacts& before, Progress progress)
    : options_(options),
      context_(context),
      before_(before),
      progress_(std::move(progress)),
      threads_(static_cast<int>(context.data.threads.value_or(available_cores()))),
      schema_(schema_of(options)),
      keys_seen_(needed_keys(schema_)),
      rule_(before.rule) {}

FileFacts RowLoader::load(const std::string& path, RowCount most, RowFileWriter& writer) {
  GroupedReader reader(path, options_.grouping());
  int64_t left = most.value_or(std::numeric_limits<int64_t>::max());
  std::atomic<int64_t> rows = 0, bytes = 0;  // taken
  PipelineStages<Chunk> stages{.make = [&] { return read_chunk(reader, left); },
                               .work = [&](Chunk& chunk) { load_chunk(chunk); }};
  stages.take = [&](Chunk& chunk) {
    take_chunk(chunk, writer);
    rows = facts_.rows;
    bytes = chunk.file_bytes;
  };
  if (progress_) stages.progress = [&] { progress_(rows, bytes); };
  ParallelPipeline<Chunk>(threads_, std::move(stages)).run();
  take_held(writer);
  if (progress_) progress_(facts_.rows, reader.file_bytes_read());
  facts_.grouping = reader.counts();
  facts_.annotators = annotators_.names();
  facts_.found_keys = keys_seen_.found();
  facts_.other_keys = keys_seen_.others();
  for (size_t field = 0; field < options_.slices.size(); ++field) {
    facts_.slice_values.push_back(slices_.values(field));
  }
  return std::move(facts_);
}

// Until the rule of the texts is known, by one thread, rows are parsed here, too.
std::optional<RowLoader::Chunk> RowLoader::read_chunk(GroupedReader& reader, int64_t& left) {
  Chunk chunk;
  chunk.rows.reserve(kRowsAtOnce);
  size_t bytes = 0;
  while (std::ssize(chunk.rows) < std::min(left, kRowsAtOnce) && bytes < kBytesAtOnce) {
    std::optional<RawRow> row = reader.next();
    if (!row) break;
    bytes += row->text.size();
    Work& work = chunk.rows.emplace_back();
    work.place = rows_read_++;
    work.where = reader.where(*row);
    work.row = std::move(*row);
    if (!rule_decided_) decide_rule(work, chunk.facts);
  }
  if (chunk.rows.empty()) return std::nullopt;
  left -= std::ssize(chunk.rows);
  chunk.file_bytes = reader.file_bytes_read();
  return chunk;
}

void RowLoader::decide_rule(Work& work, FileFacts& facts) {
  parse(work);
  if (!work.example) return;
  rule_decided_ = true;
  facts.chat_first = work.example->is_chat();
  if (!before_.rule) rule_ = rule_of_row(options_.text, context_.strings, facts.chat_first);
  facts.rule = rule_;
  if (rule_ == TextRule::chat && !context_.folder.chat_template) {
    throw Error{ErrorKind::model, str("source ", options_.name, ": the text rule is chat (",
                                      work.where, "), but ", kNoChatTemplate)};
  }
}

void RowLoader::load_chunk(Chunk& chunk) {
  for (Work& work : chunk.rows) {
    if (!work.parsed) parse(work);
    if (work.example) encode(work, chunk.facts);
    work.example.reset();
    chunk.facts.any_good |= work.error.empty();
  }
  chunk.facts.rows = std::ssize(chunk.rows);
}

// Only what is wrong with the row itself is kept for the budget; other errors end the loading.
void RowLoader::parse(Work& work) {
  work.parsed = true;
  try {
    const Json row = parse_raw_row(work.row, work.where);
    keys_seen_.see(row, work.place);
    const FieldValues values = schema_.fields.evaluate(row, work.row.text, work.where);
    work.filtered = !values.kept;
    work.where = values.named(work.where);
    if (values.kept) {
      work.example = parse_row(row, values, schema_, work.where);
      work.signs = signs_of(row, *work.example, schema_);
    }
  } catch (const Error& e) {
    if (e.kind != ErrorKind::data) throw;
    work.error = e.message;
  }
  work.row.text = {};
}

void check_one_kind(const FileFacts& facts, const SourceOptions& options,
                    const LoadContext& context) {
  const std::optional<TextRule> told = rule_of(options.text);
  if (told.has_value() || context.strings == TextRule::pair) return;
  if (!facts.string_at || !facts.list_at) return;
  throw Error{ErrorKind::data, str("source ", options.name, ": found strings (", *facts.string_at,
                                   ") and message lists (", *facts.list_at,
                                   "), expected rows of one kind, or \"text\": \"chat\"")};
}

void RowLoader::record_occurrences(const Example& example, const std::string& where,
                                   FileFacts& facts) const {
  std::optional<std::string>& first = example.is_chat() ? facts.list_at : facts.string_at;
  if (!first) first = where;
  facts.ignored.insert(example.ignored.begin(), example.ignored.end());
  record_first_occurrences(example, where, facts.first);
  if (ends_in_other_role(example)) facts.other_role.add(where);
  if (begins_with_prompt(example)) facts.repeated_prompt.add(where);
  facts.rated |= !example.annotator_scores.scores.empty();
  if (rule_ != TextRule::pair) return;
  if (has_several_turns(example)) facts.joined.add(where);
  if (has_other_fields(example)) facts.fields_left_out.add(where);
}

void RowLoader::encode(Work& work, FileFacts& facts) const {
  Example& example = *work.example;
  record_occurrences(example, work.where, facts);
  work.annotators = std::move(example.annotators);
  if (!work.annotators.empty()) work.annotator_scores = example.annotator_scores;
  const EncodeContext context{.folder = context_.folder,
                              .rules = {*rule_, context_.data.special_text},
                              .pooling = context_.pooling,
                              .length = context_.length};
  EncodedExample encoded;
  try {
    encoded = encode_example(example, context, work.where);
  } catch (const Error& e) {
    if (e.kind != ErrorKind::data) throw;
    work.error = e.message;
    return;
  }
  const Outcome outcome = outcome_of(encoded, context_.pooling);
  facts.lengths.add(encoded, outcome == Outcome::used);
  facts.guards.add(work.signs, example, encoded, *rule_, work.where);
  if (!tells_prompt(example)) facts.no_prompt.add(work.where);
  if (outcome == Outcome::used) {
    if (has_identical_responses(*encoded.group, context_.pooling)) {
      facts.repeated_response.add(work.where);
    }
    if (encoded.special_text) facts.special_text.add(work.where);
    work.slices = std::move(example.slices);
  }
  if (!encoded.group) work.over_length = encoded.over_length;
  LoadedRow row = loaded_row(outcome, example, encoded);
  row.group.id = location_id(work.row);
  if (work.annotators.empty()) {
    work.bytes = bytes_of(row, context_.pooling);
  } else {
    work.rated = std::move(row);
  }
}

void RowLoader::take_chunk(Chunk& chunk, RowFileWriter& writer) {
  const auto kinds = std::pair(facts_.string_at, facts_.list_at);
  facts_.add(chunk.facts);
  facts_.ignored.insert(chunk.facts.ignored.begin(), chunk.facts.ignored.end());
  if (kinds != std::pair(facts_.string_at, facts_.list_at)) {
    FileFacts all = before_;
    all.add(facts_);
    check_one_kind(all, options_, context_);
  }
  const bool judged = facts_.rows >= kRowsToJudgeBy || chunk.file_bytes >= kBytesToJudgeBy;
  if (!facts_.any_good && !judged) {
    std::ranges::move(chunk.rows, std::back_inserter(held_));
    return;
  }
  take_held(writer);
  for (Work& work : chunk.rows) take(work, writer);
}

void RowLoader::take_held(RowFileWriter& writer) {
  for (Work& work : held_) take(work, writer);
  held_.clear();
}

void RowLoader::take(Work& work, RowFileWriter& writer) {
  AnnotatorScores annotator_scores =
      annotators_.with_source_numbers(std::move(work.annotator_scores), work.annotators);
  if (!work.error.empty() || work.filtered) {
    if (!work.error.empty()) count_bad(work.where, work.error);
    LoadedRow row{.outcome = work.filtered ? Outcome::filtered : Outcome::bad};
    row.group.id = location_id(work.row);
    return writer.add(bytes_of(row, context_.pooling), {});
  }
  if (!work.over_length.empty() && context_.length.over_length == OverLength::error) {
    throw Error{ErrorKind::data, str(work.where, ": ", work.over_length,
                                     "; model.over_length can drop or truncate such rows")};
  }
  if (work.rated) {
    LoadedRow& row = *work.rated;
    if (row.outcome == Outcome::used) row.annotator_scores = std::move(annotator_scores);
    work.bytes = bytes_of(row, context_.pooling);
  }
  std::vector<uint32_t> slices;
  for (size_t field = 0; field < work.slices.size(); ++field) {
    slices.push_back(slices_.number(field, work.slices[field]));
  }
  writer.add(work.bytes, slices);
}

void RowLoader::count_bad(const std::string& where, const std::string& error) {
  const int64_t budget = context_.data.bad_rows, rows = before_.rows + facts_.rows;
  facts_.begins_badly |= !facts_.any_good;
  if (!before_.any_good && !facts_.any_good && budget < kAllBadRows) {  // skipping leaves none
    throw Error{ErrorKind::data,
                rows == 1 ? error
                          : str(error, "; the first ", rows,
                                " rows are all malformed: the source's format, fields or text "
                                "may not be theirs")};
  }
  if (budget == 0) {
    throw Error{ErrorKind::data, str(error, " (data.bad_rows: how many malformed rows to skip)")};
  }
  facts_.bad.add(where, error);
  if (before_.bad.count() + facts_.bad.count() <= budget) return;
  BadRows all = before_.bad;
  all.add(facts_.bad);
  throw Error{ErrorKind::data, str("source ", options_.name, ": found more than ", budget,
                                   budget == 1 ? " malformed row" : " malformed rows",
                                   " (data.bad_rows)", all.text())};
}

}  // namespace laurel
