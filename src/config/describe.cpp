// Joins a section's table and its subsections.
#include "config/describe.h"

#include <cctype>

namespace laurel {

std::string Describer::text() const {
  std::string table;
  if (!rows_.empty())
    table = "\n| option | type | default | meaning |\n|---|---|---|---|\n" + rows_;
  return table + subsections_;
}

std::string Describer::links() const {
  if (shared_.empty()) return rows_.empty() ? "\nNo further options.\n" : "";
  std::string links;
  for (const Shared& each : shared_) {
    std::string anchor;
    for (const char c : each.title) {
      anchor += c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    links += str("\n", rows_.empty() ? "Takes" : "Also takes", " the options of [", each.title,
                 "](#", anchor, ").\n");
  }
  return links;
}

}  // namespace laurel
