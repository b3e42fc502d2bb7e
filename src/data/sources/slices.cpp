// Groups by slice, and rows without a slice's field.
#include "data/sources/slices.h"

#include <set>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "core/str.h"

namespace laurel {

std::map<std::string, std::vector<int64_t>> groups_by_slice(const Split& split, size_t field) {
  return split.slices.groups_by_value(field);
}

// Strings lose their quotes, but where their text is another value's too: 3 and "3" stay two.
static void unquote_values(SourceData& source, size_t field) {
  std::set<std::string> values;
  for (const Split* split : {&source.train, &source.eval}) {
    for (const auto& [value, groups] : groups_by_slice(*split, field)) values.insert(value);
  }
  for (Split* split : {&source.train, &source.eval}) {
    const std::vector<std::string> given = split->slices.values(field);
    for (size_t number = 0; number < given.size(); ++number) {
      if (!given[number].starts_with('"')) continue;
      const std::string text = Json::parse(given[number]).get<std::string>();
      if (!values.contains(text)) {
        split->slices.rename(field, static_cast<uint32_t>(number), text);
      }
    }
  }
}

void set_slice_fields(SourceData& source) {
  const std::vector<std::string>& fields = source.options.slices;
  source.train.slice_fields = source.eval.slice_fields = fields;
  for (size_t field = 0; field < fields.size(); ++field) {
    size_t rows = 0, missing = 0;
    for (const Split* split : {&source.train, &source.eval}) {
      rows += split->groups.size();
      const auto groups = groups_by_slice(*split, field);
      const auto none = groups.find(kNoSlice);
      if (none != groups.end()) missing += none->second.size();
    }
    unquote_values(source, field);
    if (missing == 0) continue;
    const std::string where = str("source ", source.options.name, ": slices: found ");
    if (missing == rows) {
      throw Error{ErrorKind::data, str(where, "no row with a value of \"", fields[field],
                                       "\", expected a field that some have")};
    }
    source.notes.push_back(str(where, missing, " of ",
                               count_text(static_cast<int64_t>(rows), "row"), " without \"",
                               fields[field], "\", which count as ", kNoSlice));
  }
}

}  // namespace laurel
