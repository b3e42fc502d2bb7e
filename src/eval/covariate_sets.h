// What each of a source's covariates has to do with rewards and with what people prefer.
#pragma once

#include <string_view>
#include <vector>

#include "eval/metric_sets.h"
#include "eval/outcomes.h"
#include "eval/report.h"

namespace laurel {

inline constexpr std::string_view kCovariateSet = "covariate/";  // then its name: of a set
inline constexpr const char* kCoefficientAtOnce = "covariate_coefficient_at_once";

// A set for each of options.covariates, covariate_metrics() of the property "covariate", over the
// pairs of which both answers have a number: labelled pairs, those of a list's answers with different
// ranks (a sample of many), or those that ratings imply. Where there are several covariates, each set
// has its coefficient a second time, as kCoefficientAtOnce, with an interval that holds for all of
// them at once (simultaneous.h); without one where the set has fewer than kMinUnits units.
std::vector<MetricSet> covariate_sets(const SplitOutcomes& all, const SetOptions& options);

}  // namespace laurel
