// One of the project's configs with up to two --set: what is accepted reproduces itself.
#include "config/config.h"
#include "fuzz/fuzz.h"

using namespace laurel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> parts = fuzz::parts_of(data, size, 3);
  fuzz::guarded([&] {
    std::vector<Override> overrides;
    for (const size_t i : {1, 2}) {
      if (!parts[i].empty()) overrides.push_back(parse_override(parts[i]));
    }
    const Config config = parse_config(parts[0], "fuzz", "/folder", overrides);
    const Json resolved = resolved_config(config);
    const Config again = parse_config(resolved.dump(), "resolved", "/other", {});
    fuzz::require(resolved_config(again) == resolved, "a resolved config reproduces itself");
  });
  return 0;
}
