// An expression of a field, compiled and evaluated over a row.
#include "core/json.h"
#include "data/files/raw_row.h"
#include "data/records/field_map.h"
#include "fuzz/fuzz.h"

using namespace laurel;

constexpr size_t kParsedBytes = 1 << 20;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> parts = fuzz::parts_of(data, size, 2);
  fuzz::guarded([&] {
    // The texts of a config are UTF-8.
    if (!is_utf8(parts[0])) return;
    const FieldMap fields({{"id", parts[0]}, {"prompt", parts[0]}});
    const FieldMap filtered({{"prompt", parts[0]}}, parts[0]);
    const std::string text = parts[1].empty() ? R"({"question": "Q", "n": 3})" : parts[1];
    const Json row = parse_raw_row({.number = 1, .text = text}, "fuzz");
    for (const FieldMap* map : {&fields, &filtered}) {
      fuzz::guarded([&] {
        const FieldValues values = map->evaluate(row, text, "fuzz");
        if (values.id) fuzz::require(is_utf8(*values.id), "an id is text");
        const bool evaluated = map->is_expression("prompt") && values.kept;
        fuzz::require(evaluated == values.values.contains("prompt"), "an expression gives a value");
        const Json* value = map->find(row, values, "prompt");
        const std::string json = value ? value->dump() : "null";  // up to 256 MiB: slow to parse
        if (json.size() < kParsedBytes) parse_json(json, "fuzz", ErrorKind::data);
      });
    }
  });
  return 0;
}
