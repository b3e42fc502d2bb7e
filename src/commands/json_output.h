// --json of commands that print a table: the same as a JSON line in a file, or on standard output.
#pragma once

#include <string>

#include "commands/arguments.h"
#include "core/json.h"

namespace laurel {

void add_json_option(cxxopts::OptionAdder& add);

// To a file, or to standard output where it is "-". Throws Error (checkpoint) where it cannot be
// written.
void write_output(const std::string& file, const std::string& text);

// Prints the table, and writes the line where --json says; the table goes to standard error where
// --json, --results or --rows go to standard output. Texts that are not UTF-8 are mended. Throws as
// write_output().
void print_result(const cxxopts::ParseResult& arguments, const std::string& table,
                  const Json& json);

}  // namespace laurel
