// Rows that one model has right and another wrong, with their texts.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/options.h"
#include "eval/common_rows.h"
#include "report/eval_rows.h"

namespace laurel {

// lost: right in the first model, wrong in the other.
enum class RowChange { lost, gained };
constexpr auto enum_names(RowChange) { return std::array{"lost", "gained"}; }

struct FlippedRow {
  std::string model;  // the other one
  std::string where;  // "file:line"
  RowChange change = RowChange::lost;
  // Of the first model and of the other, > 0 where it is right, each in units of the root mean square
  // of its own margins.
  std::vector<double> margins;
  std::string prompt;
  std::vector<ShownAnswer> answers;

  void fields(auto& visit) {
    visit("model", model);
    visit("where", where);
    visit("change", change);
    visit("margins", margins);
    visit("prompt", prompt);
    visit("answers", answers);
  }
};

// For each model but the first at most `most`, the largest changes first. `split` is what the origins
// of the outcomes are of; `labels` as in decisions_of(). Texts are what tokens spell, truncated.
std::vector<FlippedRow> flipped_rows(const Split& split, std::span<const ComparedModel> models,
                                     bool labels, size_t most, const TextOf& text_of);

}  // namespace laurel
