// Which fields of a row hold the question, by their names and what is in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace laurel {

enum class QuestionKind { none, question, system, history };

// By the last word of the name: "question_text", "userQuery" and "custom_system_prompt" are some,
// "prompt_id", "input_quality" and "labelling_prompt" are none. Names that are often used for a
// person or a kind of task ("user", "task") count only where `text` has several words.
QuestionKind question_kind(const std::string& name, std::string_view text);

// The strings in it, at any depth, that are sentences, without white space around them; where there is
// none, the longest string.
std::vector<std::string_view> telling_texts(const Json& value);

// More than a name or a mark: several words, or a long text without spaces.
bool is_sentence(std::string_view text);

}  // namespace laurel
