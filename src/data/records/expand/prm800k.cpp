// The layout is that of the published files of PRM800K, phases 1 and 2.
#include "data/records/expand/prm800k.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/str.h"
#include "data/records/expand/members.h"

namespace laurel {

namespace {

struct Step {
  Json text, label;
};

Json label_of(const Json& rating, const std::string& where) {
  if (rating.is_null()) return nullptr;
  if (rating.is_number_integer() && rating >= -1 && rating <= 1) return rating == 1;
  throw Error{ErrorKind::data,
              str(where, ".rating: found ", describe_json(rating), ", expected -1, 0, 1 or null")};
}

Step candidate_of(const Json& completion, const std::string& where) {
  const Json& object = expect_object(completion, where);
  return {.text = text_member(object, "text", where),
          .label = label_of(member_or_null(object, "rating"), where)};
}

Json row_of(const Json& prompt, const std::vector<Step>& before, const Step& last) {
  Json texts = Json::array(), labels = Json::array();
  for (const Step& step : before) {
    texts.push_back(step.text);
    labels.push_back(step.label);
  }
  texts.push_back(last.text);
  labels.push_back(last.label);
  return {{"prompt", prompt}, {"completions", texts}, {"labels", labels}};
}

// The place of the chosen candidate; -1 where there is none.
int64_t chosen_of(const Json& step, size_t candidates, const std::string& where) {
  const Json& chosen = member_or_null(step, "chosen_completion");
  if (chosen.is_null()) return -1;
  if (chosen.is_number_unsigned() && chosen.get<uint64_t>() < candidates) return chosen;
  throw Error{ErrorKind::data,
              str(where, ".chosen_completion: found ", describe_json(chosen),
                  ", expected null or the "
                  "number of one of ",
                  count_text(static_cast<int64_t>(candidates), "completion"), " from 0")};
}

}  // namespace

std::vector<Json> Prm800kWalk::expand(const Json& row, const std::string& where) {
  const Json& question = object_member(row, "question", where);
  const Json& prompt = text_member(question, "problem", where + ": question");
  const Json& label = object_member(row, "label", where);
  std::vector<Json> rows;
  std::vector<Step> walked;
  const Json& steps = list_member(label, "steps", where + ": label");
  for (size_t i = 0; i < steps.size(); ++i) {
    const std::string at = str(where, ": label.steps[", i, "]");
    const Json& step = expect_object(steps[i], at);
    const Json& completions = list_member_or_empty(step, "completions", at);
    const int64_t chosen = chosen_of(step, completions.size(), at);
    std::optional<Step> next;
    for (size_t j = 0; j < completions.size(); ++j) {
      Step candidate = candidate_of(completions[j], str(at, ".completions[", j, "]"));
      if (static_cast<int64_t>(j) == chosen) {
        next = std::move(candidate);
      } else {
        rows.push_back(row_of(prompt, walked, candidate));
      }
    }
    const Json& own = member_or_null(step, "human_completion");
    if (!next && !own.is_null()) {
      const std::string of = at + ".human_completion";
      next = Step{.text = text_member(expect_object(own, of), "text", of), .label = true};
    }
    if (!next) break;
    walked.push_back(std::move(*next));
  }
  return rows;
}

}  // namespace laurel
