// The rows that a model gets most confidently wrong, with their texts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/eval_rows.h"

namespace laurel {

// An outcome that the model has on the wrong side, and how far.
struct Mistake {
  double error;
  size_t outcome;
};

// The largest errors, at most as many as a report shows; equal ones in their order.
std::vector<Mistake> largest_mistakes(std::vector<Mistake> mistakes);

// Answers of a group to be shown, each by its number among the group's responses.
struct AnswersToShow {
  int64_t group;  // of the split
  double error;
  std::vector<std::pair<size_t, std::string>> answers;  // number, label
};

// With the prompt that all responses of the group begin with. Of a group with one response, prompt
// and answer are one text.
WrongRow wrong_row(const Split& split, const AnswersToShow& show, const TextOf& text_of);

// The number of the response with this hash among those of a group.
size_t response_number(const Split& split, int64_t group, uint64_t hash);

// Numbers among the group's responses of those that are ranked, in the order of its ListOutcome.
std::vector<size_t> ranked_responses(const Split& split, int64_t group);

}  // namespace laurel
