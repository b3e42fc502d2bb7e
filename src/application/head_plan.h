// What the head's rows mean in a run, and which of them each source's loss sees.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkpoint/load.h"
#include "config/config.h"
#include "loss/source_columns.h"

namespace laurel {

struct HeadPlan {
  std::vector<std::string> attributes;  // none: one without a name
  bool log_variances = false;
  std::vector<double> loss_parameters;  // of all losses, as they begin
  std::vector<SourceColumns> sources;   // by SourceId

  HeadColumns columns() const;
  HeadShape shape() const;
};

// A kept head brings its attributes, and what its sources' losses had learned where name and loss
// are the same and `laurel export --scale` has not divided it; a new one has those of all sources, in the order of the config. Throws Error
// (usage) with the config path of what does not fit, all of it at once.
HeadPlan plan_head(const Config& config, bool keep_head, const std::optional<RewardConfig>& kept);

}  // namespace laurel
