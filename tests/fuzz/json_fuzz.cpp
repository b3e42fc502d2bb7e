// parse_json: what it takes, it takes again when written out.
#include "core/json.h"
#include "fuzz/fuzz.h"

using namespace laurel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::guarded([&] {
    const Json value = parse_json(text, "fuzz", ErrorKind::data, {.depth = 16, .keys = 20});
    const std::string written = value.dump();
    const Json again = parse_json(written, "fuzz", ErrorKind::data, {.depth = 16, .keys = 20});
    fuzz::require(again.dump() == written, "written JSON reads as it is written");
    describe_json(value);
  });
  fuzz::guarded([&] {
    parse_json(text, "fuzz", ErrorKind::usage, {.depth = 16, .values = 100, .comments = true});
  });
  return 0;
}
