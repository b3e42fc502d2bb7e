// Row loader: a few thousand rows at a time, parsed and tokenised in threads, then taken in order.
#include "data/sources/row_loader.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/option_types.h"
#include "core/parallel.h"
#include "core/str.h"
#include "text/dialogue.h"

namespace laurel {

namespace {

constexpr int64_t kLinesAtOnce = 4096;
constexpr size_t kBytesAtOnce = size_t{32} << 20;
constexpr size_t kShownFields = 20;  // of the ignored ones

int64_t total_bytes(const std::vector<Path>& files) {
  int64_t bytes = 0;
  for (const Path& file : files) {
    std::error_code none;  // a pipe has no size
    const auto size = std::filesystem::file_size(file.value, none);
    if (!none) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

std::string list_of_fields(const std::set<std::string>& fields) {
  std::vector<std::string> shown(fields.begin(), fields.end());
  const size_t all = shown.size();
  if (all <= kShownFields) return join(shown, ", ");
  shown.resize(kShownFields);
  return str(join(shown, ", "), " and ", all - kShownFields, " more");
}

}  // namespace

struct RowLoader::Work {
  RawRow row;
  std::string where;
  std::optional<Example> example;
  EncodedExample encoded;
  std::string error;
};

void Occurrences::add(const std::string& where) {
  if (count++ == 0) first = where;
}

RowLoader::RowLoader(const SourceOptions& options, const LoadContext& context)
    : options_(options),
      context_(context),
      threads_(static_cast<int>(context.data.threads.value_or(available_cores()))) {}

SourceRows RowLoader::load() {
  source_rows_.train = read(options_.train, 0);
  check_lengths("train");
  source_rows_.eval = read(options_.eval, options_.train.size());
  check_lengths("eval");
  add_warnings();
  source_rows_.annotators = annotators_.names();
  return std::move(source_rows_);
}

// Of the rows that were just read.
void RowLoader::check_lengths(const char* part) {
  LengthTally lengths = std::exchange(lengths_, {});
  std::string warning = lengths.warning(str("source ", options_.name, ", ", part), context_.length);
  if (!warning.empty()) source_rows_.warnings.push_back(std::move(warning));
}

// `first_file` is the number of files[0] in the ids of groups.
std::vector<LoadedRow> RowLoader::read(const std::vector<Path>& files, size_t first_file) {
  std::vector<LoadedRow> rows;
  int64_t left = options_.limit.value_or(std::numeric_limits<int64_t>::max());
  const double bytes = static_cast<double>(std::max<int64_t>(1, total_bytes(files)));
  int64_t bytes_before = 0;
  for (size_t file = 0; file < files.size() && left > 0; ++file) {
    RowReader reader(files[file].value);
    ignored_.clear();
    for (;;) {
      std::vector<Work> lines = next_rows(reader, left);
      if (lines.empty()) break;
      left -= static_cast<int64_t>(lines.size());
      load_rows(lines, std::min(1.0, static_cast<double>(bytes_before + reader.file_bytes_read()) /
                                         bytes));
      for (Work& work : lines) {
        rows.push_back(outcome(work));
        const bool used = rows.back().outcome == Outcome::used;
        if (rows.back().outcome != Outcome::bad) lengths_.add(work.encoded, used);
        rows.back().group.id =
            (static_cast<uint64_t>(first_file + file) << kLocationBits) | location_id(work.row);
      }
      if (left == 0) break;
    }
    bytes_before += reader.file_bytes_read();
    if (ignored_.empty()) continue;
    source_rows_.notes.push_back(
        str(files[file].value, ": ignored fields: ", list_of_fields(ignored_)));
  }
  return rows;
}

std::vector<RowLoader::Work> RowLoader::next_rows(RowReader& reader, int64_t most) const {
  std::vector<Work> lines;
  most = std::min(most, kLinesAtOnce);
  size_t bytes = 0;
  while (static_cast<int64_t>(lines.size()) < most && bytes < kBytesAtOnce) {
    std::optional<RawRow> row = reader.next();
    if (!row) break;
    bytes += row->text.size();
    lines.emplace_back();
    lines.back().where = reader.where(*row);
    lines.back().row = std::move(*row);
  }
  return lines;
}

void RowLoader::load_rows(std::vector<Work>& lines, double fraction) {
  const auto n = static_cast<int64_t>(lines.size());
  parallel_for(n, threads_, [&](int64_t i) { parse(lines[i]); });
  for (const Work& work : lines) {
    if (!work.example) continue;
    decide_rule(work);
    record_occurrences(work);
  }
  const auto progress = [&](int64_t done) {
    if (context_.progress) context_.progress(options_, rows_ + done, fraction);
  };
  parallel_for(
      n, threads_, [&](int64_t i) { encode(lines[i]); }, progress);
  any_good_ |= std::ranges::any_of(lines, [](const Work& work) { return work.error.empty(); });
  rows_ += n;
}

// Only what is wrong with the row itself is kept for the budget; other errors end the loading.
void RowLoader::parse(Work& work) const {
  const RowSchema schema{.format = options_.format,
                         .columns = options_.columns,
                         .attributes = options_.attributes,
                         .separator = options_.separator,
                         .slices = options_.slices};
  try {
    work.example = parse_row(parse_raw_row(work.row, work.where), schema, work.where);
  } catch (const Error& e) {
    if (e.kind != ErrorKind::data) throw;
    work.error = e.message;
  }
  work.row.text.clear();
}

void RowLoader::encode(Work& work) const {
  if (!work.example) return;
  const EncodeContext context{.folder = context_.folder,
                              .rules = {source_rows_.rule, context_.data.special_text},
                              .pooling = context_.pooling,
                              .length = context_.length};
  try {
    work.encoded = encode_example(*work.example, context, work.where);
  } catch (const Error& e) {
    if (e.kind != ErrorKind::data) throw;
    work.error = e.message;
  }
}

void RowLoader::decide_rule(const Work& work) {
  const bool chat = work.example->is_chat();
  std::optional<std::string>& first = chat ? first_list_ : first_string_;
  if (!first) first = work.where;
  source_rows_.has_strings |= !chat;
  const std::optional<TextRule> told = rule_of(options_.text);
  const bool all_pairs = told.value_or(context_.strings) == TextRule::pair;
  if (!told && !all_pairs && first_string_ && first_list_) {
    throw Error{ErrorKind::data, str("source ", options_.name, ": found strings (", *first_string_,
                                     ") and message lists (", *first_list_,
                                     "), expected rows of one kind, or \"text\": \"chat\"")};
  }
  if (std::exchange(decided_, true)) return;
  source_rows_.rule = told.value_or(chat && !all_pairs ? TextRule::chat : context_.strings);
  const bool has_template = context_.folder.chat_template.has_value();
  if (source_rows_.rule == TextRule::chat && !has_template) {
    throw Error{ErrorKind::model, str("source ", options_.name, ": the text rule is chat (",
                                      work.where, "), but ", kNoChatTemplate)};
  }
  if (told) return;
  const bool hint = source_rows_.rule == TextRule::plain && has_template && !context_.trained;
  source_rows_.notes.push_back(
      str("source ", options_.name, ": rows are ", chat ? "message lists" : "strings",
          ", so their text rule is ", enum_name(source_rows_.rule),
          all_pairs ? " (prompt and answer as the tokenizer's pair of texts)" : "",
          hint ? "; the model has a chat template, use it with \"text\": \"chat\"" : ""));
}

void RowLoader::record_occurrences(const Work& work) {
  const Example& example = *work.example;
  ignored_.insert(example.ignored.begin(), example.ignored.end());
  record_first_occurrences(example, work.where, source_rows_.first);
  if (ends_in_other_role(example)) other_role_.add(work.where);
  if (begins_with_prompt(example)) repeated_prompt_.add(work.where);
  if (source_rows_.rule != TextRule::pair) return;
  if (has_several_turns(example)) joined_.add(work.where);
  if (has_other_fields(example)) fields_left_out_.add(work.where);
}

LoadedRow RowLoader::outcome(Work& work) {
  LoadedRow row;
  if (!work.error.empty()) {
    count_bad(work.where, work.error);
    row.outcome = Outcome::bad;
    return row;
  }
  EncodedExample& encoded = work.encoded;
  if (!encoded.group) {
    if (context_.length.over_length == OverLength::error) {
      throw Error{ErrorKind::data, str(work.where, ": ", encoded.over_length,
                                       "; model.over_length can drop or truncate such rows")};
    }
    row.outcome = Outcome::over_length;
    row.group.prompt_hash = prompt_hash(*work.example);
    return row;
  }
  row.group.prompt_hash = encoded.group->prompt_hash;
  if (compares_only_identical_responses(*encoded.group, context_.pooling)) {
    row.outcome = Outcome::identical;
    return row;
  }
  if (has_identical_responses(*encoded.group, context_.pooling)) {
    repeated_response_.add(work.where);
  }
  if (encoded.special_text) special_text_.add(work.where);
  row.group = std::move(*encoded.group);
  row.stats = std::move(encoded.stats);
  row.annotator_scores =
      annotators_.with_source_numbers(work.example->annotator_scores, work.example->annotators);
  row.slices = std::move(work.example->slices);
  row.truncated = encoded.truncated;
  row.special_text = encoded.special_text;
  return row;
}

void RowLoader::count_bad(const std::string& where, const std::string& error) {
  const int64_t budget = context_.data.bad_rows;
  if (!any_good_ && budget < kAllBadRows) {  // skipping rows leaves none
    throw Error{ErrorKind::data,
                rows_ == 1 ? error
                           : str(error, "; the first ", rows_,
                                 " rows are all malformed: the source's format, columns or text "
                                 "may not be theirs")};
  }
  if (budget == 0) {
    throw Error{ErrorKind::data, str(error, " (data.bad_rows: how many malformed rows to skip)")};
  }
  bad_.add(where, error);
  if (bad_.count() <= budget) return;
  throw Error{ErrorKind::data, str("source ", options_.name, ": found more than ", budget,
                                   budget == 1 ? " malformed row" : " malformed rows",
                                   " (data.bad_rows)", bad_.text())};
}

void RowLoader::add_warnings() {
  const std::string source = str("source ", options_.name, ": ");
  const auto warn = [&](const Occurrences& rows, const char* what) {
    if (rows.count == 0) return;
    source_rows_.warnings.push_back(
        str(source, count_text(rows.count, "row"), " ", what, ", the first: ", rows.first));
  };
  if (bad_.count() > 0) {
    source_rows_.warnings.push_back(
        str(source, "skipped ", count_text(bad_.count(), "malformed row"), bad_.text()));
  }
  warn(special_text_, "with text that spells a special token (data.special_text)");
  if (joined_.count > 0) {
    source_rows_.notes.push_back(
        str(source, count_text(joined_.count, "row"),
            " with several messages before the answer, the first: ", joined_.first,
            "; their contents are joined by line ends, without their roles (text: pair)"));
  }
  warn(
      fields_left_out_,
      "with messages that have more fields than role and content, which a pair of texts leaves out "
      "(text: pair)");
  warn(repeated_response_, "with the same response twice; it gets one reward whatever its ranks");
  warn(other_role_, "whose last message has another role than \"assistant\"");
  if (2 * repeated_prompt_.count > rows_) {
    warn(repeated_prompt_, "with answers that begin with the prompt: the model sees it twice");
  }
}

}  // namespace laurel
