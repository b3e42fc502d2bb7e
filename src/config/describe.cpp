// Joins a section's table and its subsections.
#include "config/describe.h"

namespace laurel {

std::string Describer::text() const {
  std::string table;
  if (!rows_.empty())
    table = "\n| option | type | default | meaning |\n|---|---|---|---|\n" + rows_;
  return table + subsections_;
}

}  // namespace laurel
