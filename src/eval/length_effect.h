// What the lengths of two answers have to do with their rewards, and with what people prefer.
//
// Lengths count as their logarithms (of at least one code point). A pair counts in both
// orientations, so that no number depends on which answer is called first: differences have the
// mean 0.
#pragma once

#include <span>

#include "eval/bootstrap.h"
#include "eval/pair_metrics.h"

namespace laurel {

// One origin for each pair. With d and l the differences of reward and of log length, better - worse:
//
//   length_correlation            of d and l
//   reward_coefficient,           a and b of P(better) = sigmoid(a d + b l), by maximum likelihood:
//   length_coefficient            b > 0 where people prefer longer answers more than the reward does
//   what_if_no_length_accuracy    accuracy of d - beta l, where beta is the slope of d on l in the
//                                 pairs of other prompts, ten parts of them: were the reward without
//                                 what length explains of it. A what-if, as people do prefer some
//                                 length
//
// Undefined where lengths do not differ, rewards and lengths are proportional, or they separate what
// people prefer; the last where there is one prompt.
Metrics length_metrics(std::span<const PairOutcome> pairs, std::span<const Origin> origins);

}  // namespace laurel
