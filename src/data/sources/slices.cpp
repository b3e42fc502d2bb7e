// Groups by slice, and rows without a slice's field.
#include "data/sources/slices.h"

#include "core/error.h"
#include "core/str.h"

namespace laurel {

std::map<std::string, std::vector<int64_t>> groups_by_slice(const Split& split, size_t field) {
  std::map<std::string, std::vector<int64_t>> groups;
  for (size_t i = 0; i < split.slices.size(); ++i) {
    groups[split.slices[i][field]].push_back(static_cast<int64_t>(i));
  }
  return groups;
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
    if (missing == 0) continue;
    const std::string where = str("source ", source.options.name, ": slices: found ");
    if (missing == rows) {
      throw Error{ErrorKind::data, str(where, "no row with the field \"", fields[field],
                                       "\", expected a field of the files by their name for it")};
    }
    source.notes.push_back(str(where, missing, " of ", rows, " rows without \"", fields[field],
                               "\", which count as ", kNoSlice));
  }
}

}  // namespace laurel
