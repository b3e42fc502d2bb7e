// Writes a command's result for people and for programs.
#include "commands/json_output.h"

#include <iostream>

#include "core/files.h"

namespace laurel {

void add_json_option(cxxopts::OptionAdder& add) {
  add("json", "Also write the result as a JSON line to this file; - is standard output.",
      cxxopts::value<std::string>());
}

void write_output(const std::string& file, const std::string& text) {
  if (file != "-") return write_file(file, text);
  std::cout << text << std::flush;
  if (!std::cout) {
    throw Error{ErrorKind::checkpoint,
                "standard output cannot be written: is the disk full, or the pipe closed?"};
  }
}

void print_result(const cxxopts::ParseResult& arguments, const std::string& table,
                  const Json& json) {
  const auto is_standard_output = [&](const char* name) {
    return arguments.count(name) > 0 && arguments[name].as<std::string>() == "-";
  };
  const bool taken =
      is_standard_output("json") || is_standard_output("results") || is_standard_output("rows");
  (taken ? std::cerr : std::cout) << table;
  if (arguments.count("json") == 0) return;
  write_output(arguments["json"].as<std::string>(),
               json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace laurel
