// Puts a section's table and what lies below it together.
#include "config/describe.h"

namespace laurel {

std::string Describer::text() const {
  std::string table;
  if (!rows_.empty())
    table = "\n| option | type | default | meaning |\n|---|---|---|---|\n" + rows_;
  return table + below_;
}

}  // namespace laurel
