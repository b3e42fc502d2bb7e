// Remarks on a run that is allowed but rarely meant: its learning rate, the scale of its scores.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/sources/source.h"

namespace laurel {

// The rate above which whole models of so many parameters rarely train well: 5e-5 below 2e9, 2e-5
// from 7e9, between them a straight line of the logarithms.
double usual_rate(int64_t parameters);

// nullopt: the rate is usual.
std::optional<std::string> rate_remark(double lr, int64_t parameters);

// One for each attribute whose training scores are far from the rewards of a new head, where the
// source could standardise them.
std::vector<std::string> scale_remarks(const SourceConfig& config, const SourceData& source);

}  // namespace laurel
