// Edits of an answer that keep what it says: a reward should hardly move with them.
#pragma once

#include <array>
#include <optional>
#include <string>

namespace laurel {

// trailing_spaces: two spaces behind the text. no_markdown: without the marks of headings and of
// bold text, outside of code. reordered_list: the items of the first list with bullets in reverse
// order; numbered lists say an order, and stay. repeated_sentence: the last sentence once more.
enum class TextEdit { trailing_spaces, no_markdown, reordered_list, repeated_sentence };
constexpr auto enum_names(TextEdit) {
  return std::array{"trailing_spaces", "no_markdown", "reordered_list", "repeated_sentence"};
}

// nullopt where the text has nothing that the edit is of, or would be the same.
std::optional<std::string> edited(const std::string& text, TextEdit edit);

}  // namespace laurel
