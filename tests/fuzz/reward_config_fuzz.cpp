// reward_config.json: what is accepted is written as it was read.
#include "checkpoint/reward_config.h"
#include "fuzz/fuzz.h"

using namespace laurel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::guarded([&] {
    const Json json = parse_json(fuzz::text_of(data, size), "fuzz", ErrorKind::model);
    const RewardConfig config = reward_config(json, "fuzz");
    const Json written = json_of(config);
    fuzz::require(json_of(reward_config(written, "fuzz")) == written,
                  "a written config reads as it is written");
    fuzz::require(config.columns() > 0, "a head has rows");
    for (const RewardWeights& reward_weights : config.combinations())
      config.weights(reward_weights);
  });
  return 0;
}
