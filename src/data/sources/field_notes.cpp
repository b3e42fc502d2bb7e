// Texts about fields.
#include "data/sources/field_notes.h"

#include "core/error.h"
#include "core/str.h"
#include "data/records/keys_seen.h"

namespace laurel {

std::vector<std::string> notes_of_fields(const RowSchema& schema) {
  std::vector<std::string> notes;
  for (const std::string& name : field_names(schema.format, schema.attributes)) {
    if (schema.fields.contains(name) || !schema.fields.is_taken(name)) continue;
    notes.push_back(str("\"", name, "\" is read by an expression of fields, so it is not read as ",
                        name, " too; \"", name, "\": \"", name, "\" would"));
  }
  return notes;
}

void check_keys(const NeededKeys& needed, const FileFacts& facts, const std::string& source) {
  if (facts.rows == 0) return;
  const auto problems = problems_of_keys(needed, facts.found_keys, facts.other_keys);
  if (problems.empty()) return;
  throw Error{ErrorKind::data, str("source ", source, ": ", join(problems, "; "))};
}

}  // namespace laurel
