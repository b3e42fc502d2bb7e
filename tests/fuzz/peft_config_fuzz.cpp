// adapter_config.json of a stranger's adapter: what is accepted says of every name whether it is
// chosen, in bounded time and memory.
#include "checkpoint/peft_config.h"
#include "core/json.h"
#include "fuzz/fuzz.h"

using namespace laurel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::guarded([&] {
    const Json json = parse_json(fuzz::text_of(data, size), "fuzz", ErrorKind::model);
    const PeftConfig config = peft_config(json, "fuzz");
    for (const char* name : {"model.layers.12.self_attn.q_proj", "layers.0.mlp.up_proj", "score"}) {
      config.selects(name);
      fuzz::require(config.rank_of(name) >= 1, "an adapter has a rank");
      config.scaling_of(name);
    }
  });
  return 0;
}
