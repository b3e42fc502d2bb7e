// Shares and excerpts of findings.
#include "curation/finding.h"

#include <cmath>

#include "core/str.h"
#include "core/unicode.h"

namespace laurel {

Share share_of(int64_t of, int64_t n, double z) {
  Share share{.of = of, .n = n};
  if (n == 0) return share;
  const double count = static_cast<double>(n), squared = z * z;
  share.value = static_cast<double>(of) / count;
  const double centre = share.value + squared / (2 * count);
  const double half =
      z * std::sqrt(share.value * (1 - share.value) / count + squared / (4 * count * count));
  share.low = (centre - half) / (1 + squared / count);
  share.high = (centre + half) / (1 + squared / count);
  return share;
}

std::string share_text(const Share& share, const std::string& what) {
  const auto percent = [](double x) { return static_cast<int64_t>(std::lround(100 * x)); };
  return str(percent(share.value), " % (", percent(share.low), " to ", percent(share.high), " %, ",
             count_text(share.n, what), ")");
}

std::string excerpt(const std::string& text, size_t most) {
  std::string line;
  for (const char c : text) line += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  line = std::string(strip_white_space(line));
  if (code_points(line) <= static_cast<int64_t>(most)) return line;
  return line.substr(0, code_point_offset(line, static_cast<int64_t>(most))) + "...";
}

}  // namespace laurel
