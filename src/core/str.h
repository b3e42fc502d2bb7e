// str(a, b, ...): its arguments as one string, numbers in the shortest exact form.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace laurel {

namespace detail {

template <class Part>
void append(std::string& out, const Part& part) {
  if constexpr (std::is_convertible_v<const Part&, std::string_view>) {
    out += std::string_view(part);
  } else if constexpr (std::same_as<Part, std::filesystem::path>) {
    out += part.string();
  } else if constexpr (std::same_as<Part, char>) {
    out += part;
  } else if constexpr (std::same_as<Part, bool>) {
    out += part ? "true" : "false";
  } else {
    if constexpr (std::floating_point<Part>) {
      if (part != part) return append(out, "nan");  // whatever its sign bit
    }
    char digits[64];
    out.append(digits, std::to_chars(digits, digits + sizeof(digits), part).ptr);
  }
}

}  // namespace detail

template <class... Parts>
std::string str(const Parts&... parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

// A message safe for a terminal: control characters except line ends and tabs are replaced, those
// that turn the direction of text are written as \u202E and the like, and it is truncated to a few
// screens.
std::string printable(std::string_view message);

// count_text(1, "row") == "1 row"; count_text(3, "row") == "3 rows"
std::string count_text(int64_t n, std::string_view word);

// A number with so many significant digits, as printf's %.4g: significant(1234.5678, 4) == "1235"
std::string significant(double value, int digits);

// As a shell reads it back: in quotes where it has more than plain characters.
std::string shell_word(const std::string& text);

// join({"a", "b"}, ", ") == "a, b"
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// The `most` candidates that are nearest to `word`, the nearest first: those that begin or end
// alike before those that need as few edits.
std::vector<std::string> nearest_names(std::string_view word, std::vector<std::string> candidates,
                                       size_t most);

// The candidate that is nearest to `word` by edit distance, if it may be a typing error.
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);

// " (did you mean \"nearest\"?)", or "" where none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace laurel
