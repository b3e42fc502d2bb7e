// Joins a section's table and its subsections, and finds the part that a name stands for.
#include "config/describe.h"

#include <cctype>

#include "config/config.h"
#include "config/other_names.h"

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

std::string describe_options() {
  Describer describer("");
  Config config;
  config.fields(describer);
  return str(
      "# Options\n\nEvery option of a config file, as `laurel describe` prints it; "
      "`laurel describe train.lr` prints one of them. "
      "`--set PATH=VALUE` sets any of them from the command line; "
      "sources are addressed by name, e.g. `--set sources.ukp.loss_weight=2`. "
      "A list of one may be written without brackets, `\"train\": \"x.jsonl\"`, and a type with "
      "its defaults as its name alone, `\"loss\": \"bradley_terry\"`.\n",
      describer.text());
}

namespace {

std::vector<DescribedOption> all_described() {
  Describer describer("");
  Config config;
  config.fields(describer);
  return describer.described();
}

// "sources[].loss.center" and "sources[2].loss.center" as "sources.loss.center".
std::string without_brackets(const std::string& path) {
  std::string out;
  bool inside = false;
  for (const char c : path) {
    inside = (inside || c == '[') && c != ']';
    if (!inside && c != ']') out += c;
  }
  return out;
}

// "sources.ukp.limit" as "sources.limit": the second part is a source's name.
std::string without_source_name(const std::string& path) {
  constexpr std::string_view kSources = "sources.";
  if (!path.starts_with(kSources)) return path;
  const size_t dot = path.find('.', kSources.size());
  return dot == std::string::npos ? "sources" : str(kSources, path.substr(dot + 1));
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }

// "sources[].loss.margin (hinge): ...", equal texts of several types once.
std::string text_of_described(std::vector<DescribedOption> found) {
  std::string out;
  while (!found.empty()) {
    const DescribedOption first = found.front();
    std::vector<std::string> types;
    std::erase_if(found, [&](const DescribedOption& each) {
      const bool same = each.path == first.path && each.text == first.text;
      if (same && !each.type.empty()) types.push_back(each.type);
      return same;
    });
    const bool section = first.text.starts_with("\n#");
    if (!out.empty()) out += "\n";
    if (!section) out += str(first.path, types.empty() ? "" : str(" (", join(types, ", "), ")"));
    out += first.text.substr(section ? 1 : 0);
  }
  return out;
}

}  // namespace

std::string describe_option(const std::string& name) {
  const std::vector<DescribedOption> all = all_described();
  const auto found_by = [&](const auto& matches) {
    std::vector<DescribedOption> found;
    for (const DescribedOption& each : all) {
      if (matches(without_brackets(each.path))) found.push_back(each);
    }
    return found;
  };
  const std::string path = without_brackets(name);
  for (const std::string& asked : {path, without_source_name(path)}) {
    auto found = found_by([&](const std::string& each) { return each == asked; });
    if (!found.empty()) return text_of_described(std::move(found));
  }
  auto found = found_by([&](const std::string& each) { return last_part(each) == path; });
  if (!found.empty()) return text_of_described(std::move(found));
  std::vector<std::string> paths;
  for (const DescribedOption& each : all) paths.push_back(without_brackets(each.path));
  std::string nearest = nearest_name(path, paths);
  if (nearest.empty()) nearest = nearest_names(path, paths, 1).front();
  const std::string elsewhere = known_elsewhere(last_part(path));
  throw Error{ErrorKind::usage,
              str("found no option \"", name, "\"; ",
                  elsewhere.empty() ? str("did you mean \"", nearest, "\"?") : elsewhere + ".",
                  " `laurel describe` prints all of them")};
}

}  // namespace laurel
