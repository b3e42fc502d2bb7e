// What a property of two answers, such as their length, has to do with their rewards, and with what
// people prefer.
//
// A pair counts in both orientations, so that no number depends on which answer is called first:
// differences have the mean 0.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "eval/bootstrap.h"
#include "eval/pair_metrics.h"

namespace laurel {

// One origin and one difference of the property, x = better - worse, for each pair; `property` is in
// the names. With d the difference of reward, better - worse:
//
//   PROPERTY_correlation            of d and x
//   reward_coefficient,             a and b of P(better) = sigmoid(a d + b x), by maximum likelihood:
//   PROPERTY_coefficient            b > 0 where people prefer more of it than the reward does
//   what_if_no_PROPERTY_accuracy    accuracy of d - beta x, where beta is the slope of d on x in the
//                                   pairs of other prompts, ten parts of them: were the reward
//                                   without what x explains of it. A what-if, as people may prefer
//                                   some of it
//
// Undefined where x is 0 throughout, d and x are proportional, or they separate what people prefer;
// the last where there is one prompt.
Metrics covariate_metrics(const std::string& property, std::span<const PairOutcome> pairs,
                          std::span<const double> difference, std::span<const Origin> origins);

// The same of "length": of the logarithms of lengths, of at least one code point.
Metrics length_metrics(std::span<const PairOutcome> pairs, std::span<const Origin> origins);

}  // namespace laurel
