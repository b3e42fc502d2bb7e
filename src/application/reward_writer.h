// A row's line with its rewards: which fields they take, and the text of the line.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "application/reward_fields.h"
#include "application/score_rows.h"
#include "core/json_text.h"

namespace laurel {

class RewardWriter {
 public:
  // Throws Error (usage) where `best` is asked of a head whose columns have no common sum, and
  // where no source's scores are what is asked for, or the model has no such calibration.
  RewardWriter(const Scorer& scorer, const ScoreOptions& options);

  // Of a record with its text, which is not used where the row could not be read. `models`: what each
  // of several says, whose means `of` has (model_rewards.h); none: there is one. `fallback`: the
  // format of the rows around one that could not be read. Throws as score_files().
  std::string line(const Record& record, const RowRewards& of, std::span<const RowRewards> models,
                   const std::optional<Format>& fallback) const;

  // What was decided about the meaning of the rewards; empty: nothing.
  const std::string& note() const { return meaning_.note; }

  // "reward" for "reward", "chosen_score" for "chosen_reward", where the field is "score".
  std::string field(const std::string& name) const;

 private:
  // Of the head's columns, in place: what --as asks for.
  std::vector<double> values_of(const std::vector<double>& rewards) const;

  // Of one position's values: a number, or one for each attribute.
  Json reward_json(std::span<const double> values) const;
  Json response_json(const ScoredResponse& response) const;
  std::vector<double> reduced(std::span<const double> values) const;
  size_t values_per_position() const;
  std::vector<RewardField> rewards_of(const Record& record, const RowRewards& of,
                                      const Format& format) const;
  std::vector<RewardField> reward_of(const RowRewards& of, std::optional<size_t> response) const;
  std::vector<JsonChange> best_of(const Record& record, std::string_view text, const RowRewards& of,
                                  std::span<const RowRewards> models) const;
  void refuse_own_fields(const Record& record, const std::vector<JsonChange>& changes) const;

  const Scorer& scorer_;
  const ScoreOptions& options_;
  std::optional<Calibration> calibration_;  // that is applied
  RewardMeaning meaning_;
  std::vector<double> weights_;  // of the head's columns, in what is best
};

}  // namespace laurel
