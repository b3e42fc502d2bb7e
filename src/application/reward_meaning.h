// What the rewards of a model mean: scores as one of its sources learned them, or rewards as they
// are.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "checkpoint/reward_config.h"
#include "core/json.h"
#include "core/log.h"
#include "data/sources/source.h"
#include "eval/source_model.h"

namespace laurel {

// score: in the units of a source's scores; probability: of a yes, where a source's loss learns it.
enum class ScoreAs { reward, score, probability };
constexpr auto enum_names(ScoreAs) { return std::array{"reward", "score", "probability"}; }

struct RewardMeaning {
  SourceModel model;
  std::string source = {};  // that it is of; empty: rewards as they are
  std::string note = {};    // what was decided, for the log; empty: there was nothing to decide
};

// Whose meaning is asked for.
struct MeaningRequest {
  std::optional<std::string> source;
  bool raw = false;  // rewards as they are
};

// For evaluation on rows like this one. What was asked for; else that of the only source whose
// labels are like the row's. Several such sources that mean different things: Error (usage) that
// names them. Pairs and lists of a head with one column have one meaning.
RewardMeaning meaning_of(const RewardConfig& config, const MeaningRequest& request,
                         const SourceOptions& rows, const Json& row);

// For scoring. Throws Error (usage) where no source has such a meaning, or several differ.
RewardMeaning meaning_of(const RewardConfig& config, const std::optional<std::string>& source,
                         ScoreAs as);

}  // namespace laurel
