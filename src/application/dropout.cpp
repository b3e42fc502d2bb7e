// The options, the device, the lines.
#include "application/dropout.h"

#include "core/str.h"

namespace laurel {

DropoutOptions dropout_of(const Config& config) {
  const LoraOptions* const lora = lora_of(config.model.train);
  return {.model = config.model.dropout,
          .adapters = lora ? lora->dropout : 0,
          .seed = static_cast<uint64_t>(config.train.batches.seed)};
}

void check_dropout_device(const Config& config, at::Device device) {
  const DropoutOptions dropout = dropout_of(config);
  if (!dropout.any() || device.is_cpu()) return;
  const bool model = dropout.model > 0;
  throw Error{ErrorKind::usage,
              str(model ? "model.dropout" : "model.train.lora.dropout", ": found ",
                  model ? dropout.model : dropout.adapters,
                  " on CUDA, where nothing is dropped, expected 0, or run.device \"cpu\"")};
}

void say_dropout(const Config& config, const BackboneInfo& backbone, Log& log) {
  const DropoutOptions dropout = dropout_of(config);
  if (dropout.model > 0) {
    log.info(str("dropout ", dropout.model, " of ", backbone.dropout_places.text));
  }
  if (dropout.model == 0 && backbone.dropout > 0) {
    log.info(str("dropout is not applied (model.dropout); transformers' Trainer would train with ",
                 backbone.dropout, ", as config.json says"));
  }
  if (dropout.adapters > 0) log.info(str("dropout ", dropout.adapters, " of what adapters take"));
  if (dropout.any() && backbone.pooling.causal) {
    log.info("dropout: what responses of a prompt begin with has one mask for all of them");
  }
}

}  // namespace laurel
