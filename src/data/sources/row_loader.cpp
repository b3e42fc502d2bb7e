// Row loader: a few thousand rows at a time, parsed and tokenised in threads, then taken in order,
// while the next ones are parsed and those after them are read.
#include "data/sources/row_loader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/parallel.h"
#include "core/prefetcher.h"
#include "core/str.h"
#include "data/sources/response_stats.h"
#include "text/dialogue.h"

namespace laurel {

namespace {

constexpr int64_t kLinesAtOnce = 4096;
constexpr size_t kBytesAtOnce = size_t{32} << 20;

}  // namespace

struct RowLoader::Work {
  RawRow row;
  std::string where;
  bool filtered = false;
  std::optional<Example> example;
  RowSigns signs;
  AnnotatorScores annotator_scores;
  EncodedExample encoded;
  bool repeated_response = false, no_prompt = false;
  Outcome outcome = Outcome::used;
  RowBytes bytes;
  std::string error;
};

struct RowLoader::Chunk {
  std::vector<Work> rows;
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
      rule_(before.rule.value_or(TextRule::plain)) {}

FileFacts RowLoader::load(const std::string& path, RowCount most, RowFileWriter& writer) {
  GroupedReader reader(path, options_.grouping());
  int64_t left = most.value_or(std::numeric_limits<int64_t>::max());
  bool ended = false;
  const auto next = [&] {
    Chunk chunk;
    size_t bytes = 0;
    if (ended) return chunk;
    while (std::ssize(chunk.rows) < std::min(left, kLinesAtOnce) && bytes < kBytesAtOnce) {
      std::optional<RawRow> row = reader.next();
      if (!row) break;
      bytes += row->text.size();
      Work& work = chunk.rows.emplace_back();
      work.where = reader.where(*row);
      work.row = std::move(*row);
    }
    ended = chunk.rows.empty();
    left -= std::ssize(chunk.rows);
    chunk.file_bytes = reader.file_bytes_read();
    return chunk;
  };
  Prefetcher<Chunk> chunks(std::numeric_limits<int64_t>::max(), next);
  Chunk before;
  const auto next_chunk = [&] {
    try {
      return chunks.next();
    } catch (...) {
      take_all(before, writer);  // what is wrong with rows comes before what is wrong behind them
      throw;
    }
  };
  for (Chunk chunk = next_chunk(); !chunk.rows.empty(); chunk = next_chunk()) {
    parse_and_take(chunk, before, writer);
    load_chunk(chunk);
    before = std::move(chunk);
  }
  take_all(before, writer);
  facts_.grouping = reader.counts();
  facts_.annotators = annotators_.names();
  facts_.found_keys = keys_seen_.found();
  facts_.other_keys = keys_seen_.others();
  for (size_t field = 0; field < options_.slices.size(); ++field) {
    facts_.slice_values.push_back(slices_.values(field));
  }
  return std::move(facts_);
}

// One thread takes the rows of the chunk before, while the others parse.
void RowLoader::parse_and_take(Chunk& chunk, Chunk& before, RowFileWriter& writer) {
  parallel_for(std::ssize(chunk.rows) + 1, threads_, [&](int64_t i) {
    if (i > 0) return parse(chunk.rows[i - 1]);
    take_all(before, writer);
  });
}

void RowLoader::load_chunk(Chunk& chunk) {
  std::vector<Work>& rows = chunk.rows;
  const auto n = std::ssize(rows);
  for (Work& work : rows) {
    if (!work.example) continue;
    decide_rule(work);
    record_occurrences(work);
  }
  const auto progress = [&](int64_t done) {
    if (progress_) progress_(facts_.rows + done, chunk.file_bytes);
  };
  parallel_for(
      n, threads_, [&](int64_t i) { encode(rows[i]); }, progress);
  facts_.any_good |= std::ranges::any_of(rows, [](const Work& work) { return work.error.empty(); });
  facts_.rows += n;
}

// Only what is wrong with the row itself is kept for the budget; other errors end the loading.
void RowLoader::parse(Work& work) {
  try {
    const Json row = parse_raw_row(work.row, work.where);
    keys_seen_.see(row);
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

void RowLoader::decide_rule(const Work& work) {
  const bool chat = work.example->is_chat();
  std::optional<std::string>& first = chat ? facts_.list_at : facts_.string_at;
  if (!first) {
    first = work.where;
    FileFacts all = before_;
    all.add(facts_);
    check_one_kind(all, options_, context_);
  }
  if (facts_.rule) return;
  facts_.chat_first = chat;
  if (!before_.rule) rule_ = rule_of_row(options_.text, context_.strings, chat);
  facts_.rule = rule_;
  if (rule_ == TextRule::chat && !context_.folder.chat_template) {
    throw Error{ErrorKind::model, str("source ", options_.name, ": the text rule is chat (",
                                      work.where, "), but ", kNoChatTemplate)};
  }
}

void RowLoader::record_occurrences(Work& work) {
  const Example& example = *work.example;
  facts_.ignored.insert(example.ignored.begin(), example.ignored.end());
  record_first_occurrences(example, work.where, facts_.first);
  if (ends_in_other_role(example)) facts_.other_role.add(work.where);
  if (begins_with_prompt(example)) facts_.repeated_prompt.add(work.where);
  if (!example.annotator_scores.scores.empty()) {
    facts_.rated = true;
    work.annotator_scores =
        annotators_.with_source_numbers(example.annotator_scores, example.annotators);
  }
  if (rule_ != TextRule::pair) return;
  if (has_several_turns(example)) facts_.joined.add(work.where);
  if (has_other_fields(example)) facts_.fields_left_out.add(work.where);
}

void RowLoader::encode(Work& work) const {
  if (!work.example) return;
  const EncodeContext context{.folder = context_.folder,
                              .rules = {rule_, context_.data.special_text},
                              .pooling = context_.pooling,
                              .length = context_.length};
  LoadedRow row;
  try {
    work.encoded = encode_example(*work.example, context, work.where);
  } catch (const Error& e) {
    if (e.kind != ErrorKind::data) throw;
    work.error = e.message;
    return;
  }
  std::optional<Group>& group = work.encoded.group;
  if (!group) {
    row.outcome = Outcome::over_length;
    row.group.prompt_hash = prompt_hash(*work.example);
  } else if (compares_only_identical_responses(*group, context_.pooling)) {
    row.outcome = Outcome::identical;
    row.group.prompt_hash = group->prompt_hash;
  } else {
    work.repeated_response = has_identical_responses(*group, context_.pooling);
    row.group = std::move(*group);
    row.stats = work.encoded.stats;
    row.annotator_scores = std::move(work.annotator_scores);
    row.truncated = work.encoded.truncated;
    row.special_text = work.encoded.special_text;
    row.presented_order = has_presented_order(*work.example);
  }
  work.no_prompt = !tells_prompt(*work.example);
  work.outcome = row.outcome;
  row.group.id = location_id(work.row);
  work.bytes = bytes_of(row, context_.pooling);
}

void RowLoader::take_all(Chunk& chunk, RowFileWriter& writer) {
  for (Work& work : chunk.rows) take(work, writer);
}

void RowLoader::take(Work& work, RowFileWriter& writer) {
  if (!work.error.empty() || work.filtered) {
    if (!work.error.empty()) count_bad(work.where, work.error);
    LoadedRow row{.outcome = work.filtered ? Outcome::filtered : Outcome::bad};
    row.group.id = location_id(work.row);
    return writer.add(bytes_of(row, context_.pooling), {});
  }
  if (work.outcome == Outcome::over_length && context_.length.over_length == OverLength::error) {
    throw Error{ErrorKind::data, str(work.where, ": ", work.encoded.over_length,
                                     "; model.over_length can drop or truncate such rows")};
  }
  const bool used = work.outcome == Outcome::used;
  facts_.lengths.add(work.encoded, used);
  facts_.guards.add(work.signs, *work.example, work.encoded, rule_, work.where);
  if (work.no_prompt) facts_.no_prompt.add(work.where);
  if (work.repeated_response) facts_.repeated_response.add(work.where);
  if (used && work.encoded.special_text) facts_.special_text.add(work.where);
  std::vector<uint32_t> slices;
  for (size_t field = 0; used && field < work.example->slices.size(); ++field) {
    slices.push_back(slices_.number(field, work.example->slices[field]));
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
