// Looks at the rows of the sources that are named.
#include "application/evaluated_metrics.h"

#include "core/str.h"

namespace laurel {

static void check(const std::string& option, const std::string& metric,
                  std::span<const SourceData> sources) {
  const std::string named = source_and_metric(metric).source;
  for (const SourceData& source : sources) {
    if (source.options.name != named || source.eval.report.rows > 0) continue;
    throw Error{ErrorKind::usage,
                str(option, ": found \"", metric, "\", but ", named,
                    " has no rows to evaluate; give it an eval split, or name another source")};
  }
}

void check_evaluated_metrics(const Config& config, std::span<const SourceData> sources) {
  const TrainOptions& train = config.train;
  if (train.keep_best) check("train.keep_best", *train.keep_best, sources);
  if (train.stop_early) check("train.stop_early.metric", train.stop_early->metric, sources);
}

}  // namespace laurel
