// Aligned lines of the tables that evaluations print.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace laurel {

inline constexpr size_t kShownSlices = 50;  // of a field, in a table

// Two spaces, the name, the numbers to the right of their columns, a line end.
std::string table_line(const std::string& name, const std::vector<std::string>& numbers);

// As many code points as a name may have, so that numbers stay in their columns, in one line and safe
// for a terminal.
std::string shortened_name(const std::string& name);

// "  and 3 more values with fewer rows each\n"; "" of none.
std::string more_values(int64_t values);

// "8 identical, 70 over_length"
std::string reasons_text(const std::map<std::string, int64_t>& reasons);

}  // namespace laurel
