// The options of commands that read rows for a reward model: eval and score.
#pragma once

#include "application/row_options.h"
#include "commands/arguments.h"

namespace laurel {

// --format, --text, --columns, --separator, --reduction, and those of compute.
void add_row_options(cxxopts::OptionAdder& add);
RowOptions row_options(const cxxopts::ParseResult& arguments);

}  // namespace laurel
