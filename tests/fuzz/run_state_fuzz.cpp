// run.json of a checkpoint: what is accepted is written as it was read.
#include "checkpoint/train_state.h"
#include "fuzz/fuzz.h"

using namespace laurel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::guarded([&] {
    const Json json = parse_json(fuzz::text_of(data, size), "fuzz", ErrorKind::checkpoint);
    const Json written = json_of(train_state(json, "fuzz"));
    fuzz::require(json_of(train_state(written, "fuzz")) == written,
                  "a written state reads as it is written");
  });
  return 0;
}
