// Reads the embedded shapes.json, and finds the shape of a row.
#include "data/sources/shapes.h"

#include <algorithm>

#include "core/error.h"
#include "core/option_reader.h"
#include "core/str.h"
#include "data/records/expressions.h"
#include "data/sources/shapes_text.h"

namespace laurel {

namespace {

struct ShapesFile {
  std::vector<Shape> shapes;
  void fields(auto& visit) { visit("shapes", shapes); }
};

// Whether the value has the key at the end of the path.
bool has_path(const Json& value, std::string_view path) {
  const Json& object = value.is_array() && !value.empty() ? value.front() : value;
  if (!object.is_object()) return false;
  const size_t dot = path.find('.');
  const auto found = object.find(std::string(path.substr(0, dot)));
  if (found == object.end()) return false;
  return dot == std::string_view::npos || has_path(*found, path.substr(dot + 1));
}

bool is_true(const std::string& expression, const Json& row) {
  try {
    const std::vector<Expression> filter{{expression, ExpressionUse::filter}};
    return Expressions(filter).evaluate(row.dump()).has_value();
  } catch (const ExpressionError&) {  // the row is of another kind
    return false;
  }
}

// A line each for options, and for each entry of fields.
std::string options_text(const Json& options) {
  std::vector<std::string> lines;
  for (const auto& [key, value] : options.items()) {
    std::string text = value.dump();
    if (key == "fields") {
      std::vector<std::string> entries;
      for (const auto& [name, entry] : value.items()) {
        entries.push_back(str("    ", Json(name).dump(), ": ", entry.dump()));
      }
      text = str("{\n", join(entries, ",\n"), "\n  }");
    }
    lines.push_back(str("  ", Json(key).dump(), ": ", text));
  }
  return join(lines, ",\n");
}

}  // namespace

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all = [] {
    const Json json = parse_json(kShapesText, "shapes.json", ErrorKind::usage);
    return read_file_json<ShapesFile>(json, "shapes.json", ErrorKind::usage).shapes;
  }();
  return all;
}

const Shape& shape_named(const std::string& name, const std::string& where) {
  constexpr size_t kShown = 5;
  const auto found = std::ranges::find(shapes(), name, &Shape::name);
  if (found != shapes().end()) return *found;
  std::vector<std::string> names;
  for (const Shape& shape : shapes()) names.push_back(shape.name);
  throw Error{ErrorKind::usage,
              str(where, "found \"", name, "\", expected one of ", names.size(),
                  " shapes, the nearest: ", join(nearest_names(name, names, kShown), ", "),
                  "; `laurel describe shapes` lists them")};
}

std::vector<const Shape*> recognised_shapes(const Json& row) {
  std::vector<const Shape*> found;
  size_t most = 0;
  for (const Shape& shape : shapes()) {
    const auto has = [&](const std::string& path) { return has_path(row, path); };
    if (shape.row.size() < most || !std::ranges::all_of(shape.row, has)) continue;
    if (shape.when && !is_true(*shape.when, row)) continue;
    if (shape.row.size() > most) found.clear();
    most = shape.row.size();
    found.push_back(&shape);
  }
  return found;
}

void apply_shape(const Shape& shape, Json& source) {
  for (const auto& [key, value] : shape.options.items()) {
    const auto own = source.find(key);
    if (own == source.end()) {
      source[key] = value;
    } else if (key == "fields" && own->is_object()) {
      for (const auto& [name, entry] : value.items()) {
        if (!own->contains(name)) (*own)[name] = entry;
      }
    }
  }
}

std::string describe_shapes() {
  std::string text;
  for (const Shape& shape : shapes()) {
    text += str("// \"shape\": \"", shape.name, "\": ", shape.about, "\n", "{\n",
                options_text(shape.options), "\n}\n\n");
  }
  return text;
}

}  // namespace laurel
