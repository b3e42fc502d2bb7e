// Findings of an audit: what is wrong with rows, how bad it is, and where to look.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace laurel {

// error: an evaluation says nothing, or labels are turned round. warning: rows harm training or
// flatter evaluation. note: worth knowing, may be meant.
enum class Grade { note, warning, error };
constexpr auto enum_names(Grade) { return std::array{"note", "warning", "error"}; }

struct Finding {
  Grade grade = Grade::note;
  std::string kind;                   // "exact_duplicates": the same word in JSON, page and tests
  std::string source;                 // its name; "" for all together
  bool eval = false;                  // of rows of eval alone; `text` then says so
  int64_t count = 0;                  // of what `text` says
  std::string text;                   // a sentence
  std::vector<std::string> examples;  // places and texts, a few
  std::string advice;                 // what to do; "" where nothing is to be done
};

inline constexpr size_t kExamples = 5;

// A share of n with its interval.
struct Share {
  int64_t of = 0, n = 0;
  double value = 0, low = 0, high = 1;
};

// Wilson's interval (1927) with `z` standard deviations; of none: 0 to 1.
Share share_of(int64_t of, int64_t n, double z = 1.96);

// "86 % (84 to 88 %, 1200 pairs)"
std::string share_text(const Share& share, const std::string& what);

// At most `most` code points of a text on one line, "..." at the end of one that is longer.
std::string excerpt(const std::string& text, size_t most = 80);

}  // namespace laurel
