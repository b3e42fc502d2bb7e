// Shapes: the layouts of published data sets, each with the options of a source that read it. They are
// data (shapes.json); nothing of them is applied unless a source names one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace laurel {

struct Shape {
  std::string name, about;
  // Keys that a row of it has; "a.b" is the key b of an object a, or of the first of a list a.
  std::vector<std::string> row;
  std::optional<std::string> when;  // an expression that is true for a row of it
  Json options;                     // of a source: format, fields, text and the like

  void fields(auto& visit) {
    visit("name", name);
    visit("about", about);
    visit("row", row);
    visit("when", when);
    visit("options", options);
  }
};

// In the order of the file.
const std::vector<Shape>& shapes();

// Throws Error (usage) that starts with `where` ("--shape: ") and lists the shapes that come nearest.
const Shape& shape_named(const std::string& name, const std::string& where);

// The shapes whose keys the row has, those with the most keys alone; none where the row has none's.
std::vector<const Shape*> recognised_shapes(const Json& row);

// The options of a source with those of its shape where it sets none: of `fields` each entry by
// itself.
void apply_shape(const Shape& shape, Json& source);

// All shapes, each as a comment and the options to copy: `laurel describe shapes`.
std::string describe_shapes();

}  // namespace laurel
