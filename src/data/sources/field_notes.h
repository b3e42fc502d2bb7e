// What loading says of the fields of a source's rows.
#pragma once

#include <string>
#include <vector>

#include "data/records/format.h"
#include "data/sources/file_facts.h"

namespace laurel {

// Our names that are not read from a key of that name because an expression reads it.
std::vector<std::string> notes_of_fields(const RowSchema& schema);

// Throws Error (data) for a needed key that no row has, whatever data.bad_rows says: a slip in a name
// is no malformed row. `facts` are of all files.
void check_keys(const NeededKeys& needed, const FileFacts& facts, const std::string& source);

}  // namespace laurel
