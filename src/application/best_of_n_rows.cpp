// Looks for training files among the rows', and counts answers.
#include "application/best_of_n_rows.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <variant>

#include "application/load_config.h"
#include "application/read_rows.h"
#include "application/training_files.h"
#include "core/error.h"
#include "core/str.h"
#include "data/sources/row_file.h"

namespace laurel {

namespace {

constexpr const char* kExpectedAnswers =
    "expected several scored answers of each prompt: format pointwise, or ranked with scores";

// Of a list that has an order, or of a rating; 0 where it is not labelled.
int64_t labelled_answers(const Label& label) {
  if (const auto* scores = std::get_if<Ratings>(&label)) return scores->weight.front() != 0;
  const auto* const ranking = std::get_if<Ranking>(&label);
  if (!ranking || ranking->weight == 0) return 0;
  std::vector<int32_t> ranks;
  std::ranges::copy_if(ranking->rank, std::back_inserter(ranks), [](int32_t r) { return r >= 0; });
  const bool ordered = std::ranges::any_of(ranks, [&](int32_t r) { return r != ranks.front(); });
  return ordered ? std::ssize(ranks) : 0;
}

// The number of answers of the prompt that has the most; a list is a prompt by itself.
int64_t most_answers(const Split& split) {
  std::map<uint64_t, int64_t> of_prompt;
  int64_t most = 0;
  for (size_t i = 0; i < split.groups.size(); ++i) {
    const Label label = split.groups.label(i);
    const int64_t answers = labelled_answers(label);
    if (std::holds_alternative<Ranking>(label)) {
      most = std::max(most, answers);
    } else {
      most = std::max(most, of_prompt[split.groups.entry(i).prompt_hash] += answers);
    }
  }
  return most;
}

}  // namespace

void check_best_of_n_format(const Format& format) {
  if (std::holds_alternative<PointwiseFormat>(format)) return;
  if (std::holds_alternative<RankedFormat>(format)) return;
  throw Error{ErrorKind::usage, str("--best-of-n: found rows of format ", format_name(format), ", ",
                                    kExpectedAnswers)};
}

void check_best_of_n_source(const SourceOptions& source, const RewardConfig& model,
                            FileHashes& hashes, Log& log) {
  if (source.attributes.size() > 1) {
    throw Error{ErrorKind::usage,
                str("--best-of-n: found scores of ", join(source.attributes, ", "),
                    ", expected one: laurel export --reward NAME makes a model of one of them")};
  }
  for (const Path& file : source.eval) {
    if (!std::filesystem::is_regular_file(file.value)) {
      throw Error{ErrorKind::data,
                  str(file.value,
                      ": found no regular file, expected one whose hash can be compared with those "
                      "of the training files; write the rows to a file first")};
    }
  }
  for (const TrainingFile& of : training_files(model, names_of(source.eval), hashes)) {
    throw Error{ErrorKind::usage,
                str("--best-of-n: ", of.file, " is a file that the model was trained on (source ",
                    of.source,
                    ", by its hash); expected scores that it has not learned, as what is chosen by "
                    "a reward must be judged by something else")};
  }
  if (names_training_files(model)) return;
  log.warn(
      "--best-of-n: the model does not name the files that it was trained on; make sure that these "
      "scores are not among them");
}

// Of rows as they are; those that cannot be read are said by loading.
static void check_list_scores(const Record& record, const FieldMap& fields) {
  if (!record.error.empty()) return;
  try {
    const FieldValues values = fields.evaluate(record.row, record.text, record.where);
    const Json* const ranks = fields.find(record.row, values, "ranks");
    if (!values.kept || !ranks || ranks->is_null()) return;
  } catch (const Error&) {
    return;
  }
  throw Error{ErrorKind::data,
              str("--best-of-n: ", record.where, ": found the ranks \"", fields.source_of("ranks"),
                  "\", expected \"scores\" of every list: places do not say how good the chosen "
                  "answer is")};
}

void check_best_of_n_scores(const SourceOptions& source) {
  if (!std::holds_alternative<RankedFormat>(source.format)) return;
  const FieldMap fields(source.rows.map, source.rows.filter);
  RowFiles rows(names_of(source.eval));
  while (true) {
    const RowsRead read = read_rows(rows, kRowsToCompare);
    if (read.records.empty()) return;
    for (const Record& record : read.records) check_list_scores(record, fields);
  }
}

void check_best_of_n_answers(const Split& split, int64_t largest) {
  const int64_t most = most_answers(split);
  if (most >= 2 * largest) return;
  throw Error{ErrorKind::data,
              str("--best-of-n: found at most ", count_text(most, "answer"),
                  " of a prompt, expected ", 2 * largest, " or more for N = ", largest,
                  most >= 4 ? str("; --best-of-n ", most / 2, " is possible") : std::string())};
}

}  // namespace laurel
