// edit_json: an edited object is the object with its members replaced.
#include "checkpoint/json_edit.h"
#include "fuzz/fuzz.h"

using namespace laurel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(fuzz::text_of(data, size));
  fuzz::guarded([&] {
    Json expected = parse_json(text, "fuzz", ErrorKind::model);
    if (!expected.is_object()) return;
    const Json list = {1, {{"b", "x\n"}}};
    const std::string edited = edit_json(text, {{"a", 1.0}, {"list", list}});
    expected["a"] = 1.0;
    expected["list"] = list;
    fuzz::require(parse_json(edited, "edited", ErrorKind::model) == expected,
                  "an edited object is the object with other members");
  });
  return 0;
}
