// config.json of a model: what is accepted has a layout.
#include "core/json.h"
#include "fuzz/fuzz.h"
#include "model/backbone.h"

using namespace laurel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::guarded([&] {
    const Json json = parse_json(fuzz::text_of(data, size), "fuzz", ErrorKind::model);
    const Backbone backbone = read_backbone(json, "fuzz");
    std::visit(
        [](const auto& family) {
          fuzz::require(static_cast<int64_t>(family.config.window.size()) == family.config.layers,
                        "each layer has a window");
        },
        backbone);
    const Layout layout = backbone_layout(backbone);
    fuzz::require(layout.size > 0 && !layout.tensors.empty(), "a model has parameters");
    for (const TensorSpec& spec : layout.tensors) {
      fuzz::require(spec.offset >= 0 && spec.size > 0 && spec.offset + spec.size <= layout.size,
                    "parameters lie in their buffer");
    }
  });
  return 0;
}
