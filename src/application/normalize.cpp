// Scores every answer once, keeps its reward and its prompt, and writes what they say together.
#include "application/normalize.h"

#include "application/file_hashes.h"
#include "application/load_config.h"
#include "application/model_precision.h"
#include "application/scale_outputs.h"
#include "application/scored_rows.h"
#include "application/stored_numbers.h"
#include "core/str.h"
#include "eval/bootstrap.h"
#include "eval/normalization.h"
#include "eval/reduce_segments.h"

namespace laurel {

namespace {

struct AnswerRewards {
  std::vector<double> rewards;
  std::vector<uint64_t> prompts, texts;  // of each: hashes

  void add(const RowRewards& row, Reduction reduction) {
    for (const ScoredResponse& response : row.responses) {
      if (response.rewards.empty()) continue;
      rewards.push_back(reduce(response.rewards, reduction));
      prompts.push_back(row.prompt);
      texts.push_back(response.hash);
    }
  }
};

void check_scored(const ScoreReport& report, int64_t bad_rows, Log& log) {
  if (report.incomplete() == 0) return;
  const std::string found =
      str(count_text(report.incomplete(), "row"), " of ", report.rows, " without all rewards");
  if (report.incomplete() > bad_rows) {
    throw Error{ErrorKind::data, str("found ", found, ", expected at most ", bad_rows,
                                     " (--bad-rows), the first: ", report.first)};
  }
  log.warn(str(found, " (--bad-rows), the first: ", report.first));
}

void tell_doubts(const Normalization& found, Log& log) {
  if (!found.within_prompts) {
    log.warn(
        "no prompt has two different answers: there is no deviation within prompts, which is what "
        "policy optimisation sees once a prompt's mean is taken away; sample several answers a "
        "prompt");
  }
  if (found.repeated.value_or(0) > 0) {
    log.warn(
        str("answers that repeat another one of their prompt word for word: ", *found.repeated,
            " of ", found.answers,
            "; each counts. Where the policy did not sample them so, as in rows that are there "
            "twice, deviations and intervals are too small: leave them out"));
  }
  if (!can_be_unit(found)) {
    log.warn(str(text_of(unit_deviation(found).group), " is 0: nothing can be scaled by it"));
  }
  if (found.prompts < kMinUnits) {
    log.warn(str("the intervals are of ", count_text(found.prompts, "prompt"),
                 ", and too narrow with fewer than ", kMinUnits));
  }
}

std::string line_of(const char* name, const MeasuredNumber& estimate) {
  std::string line = str(name, " ", format_number(estimate.value));
  if (estimate.low && estimate.high) {
    line += str(" (95 % interval by prompt: ", format_number(estimate.low), " to ",
                format_number(estimate.high), ")");
  }
  return line + "\n";
}

std::string text_of(const Normalization& of) {
  std::string text = str(count_text(of.answers, "answer"), " to ", count_text(of.prompts, "prompt"),
                         ", ", of.prompts_with_several, " with several different answers\n",
                         line_of("mean", of.mean), line_of("deviation", of.deviation));
  if (of.within_prompts) text += line_of("within prompts", *of.within_prompts);
  text += "quantiles";
  for (const auto& [name, value] : of.quantiles) {
    text += str(" ", name, ": ", format_number(value));
  }
  return text + "\n";
}

}  // namespace

std::string normalize_files(const NormalizeRequest& request, const Compute& compute, Log& log) {
  ModelCopies copies =
      copies_of(request.model, "a normalization",
                "rewards of a model of others are to be scaled by the program that uses them");
  const auto files = names_of(data_files(request.files, request.split, log));
  RowFiles in(files);
  const ChosenPrecision chosen =
      choose_precision(request.model, compute, request.precision, request.rows, {}, log);
  Scorer scorer(request.model, chosen.compute, request.rows, log);
  AnswerRewards answers;
  const auto add = [&](const Record&, RowRewards& row, const std::optional<Format>&) {
    answers.add(row, *scorer.options().reduction);
  };
  const ScoreReport report =
      for_each_scored_row(in, {}, scorer, request.segment_options, {.row = add}, log);
  check_scored(report, request.bad_rows, log);
  Normalization found = normalization_of(answers.rewards, answers.prompts, answers.texts);
  found.data_sha256 = FileHashes().of_all(files);
  tell_doubts(found, log);
  leave_out_without_bias(copies, scorer, "normalized", log);
  return text_of(found) +
         store(copies, [&](RewardConfig& config) { config.normalization = found; }) +
         (can_be_unit(found) ? "laurel export --scale unit and laurel score --with apply it\n"
                             : "");
}

}  // namespace laurel
