// --set, and the inputs of a config.
#include "commands/inputs.h"

namespace laurel {

void add_set_option(cxxopts::OptionAdder& add) {
  // A string, not a list: cxxopts would split a list at commas, which stand in JSON values.
  add("set",
      "Override one option: --set train.lr=2e-5, --set sources.ukp.loss_weight=2. Repeatable.",
      cxxopts::value<std::string>(), "PATH=VALUE");
}

std::vector<Override> overrides_of(const cxxopts::ParseResult& arguments) {
  std::vector<Override> overrides;
  for (const auto& argument : arguments.arguments()) {
    if (argument.key() == "set") overrides.push_back(parse_override(argument.value()));
  }
  return overrides;
}

std::vector<std::filesystem::path> input_paths(const Config& config) {
  std::vector<std::filesystem::path> paths = {config.model.load.path.value};
  for (const SourceConfig& source : config.sources) {
    for (const Path& file : source.source.train) paths.emplace_back(file.value);
    for (const Path& file : source.source.eval) paths.emplace_back(file.value);
  }
  return paths;
}

}  // namespace laurel
