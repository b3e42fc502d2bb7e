// Opens a run's final/ with its base, and hands both to the writer of PEFT's layout.
#include "application/export_adapter.h"

#include <ATen/ops/empty.h>

#include "checkpoint/checkpoints.h"
#include "checkpoint/peft_folder.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

// The head, as `outputs` has its rows, and the layers behind the pooling that were trained with it.
std::vector<TensorToWrite> trained_whole(const ModelFolder& model, const Outputs& outputs) {
  std::vector<TensorToWrite> whole;
  const HeadNames names = backbone_info(model.backbone).head;
  for (const ExpectedTensor& tensor : expected_tensors(model)) {
    if (!model.tensors.find(tensor.name)) continue;  // of the base
    at::Tensor values = at::empty(tensor.shape, at::kFloat);
    model.tensors.read(tensor.name, values);
    const bool head = tensor.name == names.weight || tensor.name == names.bias;
    if (head) values = combine_rows(values, outputs);
    whole.push_back({tensor.name, values.sizes().vec(), at::kFloat, [values] { return values; }});
  }
  return whole;
}

}  // namespace

std::optional<std::string> export_adapter(const fs::path& folder, const fs::path& output) {
  ModelFolder model =
      open_model({.path = {folder.string()}, .head = Head::keep, .for_training = false});
  const std::optional<AdapterSet> adapters = stored_adapters(model);
  if (!adapters) return std::nullopt;
  if (const std::string unfit = unfit_for_peft(*model.base); !unfit.empty()) {
    return str("no adapter/: the base, ", model.base->folder, ", ", unfit);
  }
  const bool drops_bias = has_foreign_bias(model);
  if (drops_bias) model.head.bias = false;
  const Outputs outputs = choose_outputs(model, {});
  const TextProcessor text = open_text(model);
  keep_pipeline(model.files, text);
  const PadToken pad = choose_pad_token(model, text);
  write_peft_folder(output, {.base = *model.base,
                             .adapters = *adapters,
                             .whole = trained_whole(model, outputs),
                             .files = model.files,
                             .pad = pad,
                             .outputs = outputs,
                             .auto_tokenizer = text.auto_tokenizer});
  const std::string bias = backbone_info(model.backbone).head.bias;
  return str("adapter for PEFT in ", output, drops_bias ? str("; ", bias, " is left out") : "");
}

void export_run_adapter(const RunFolder& folder, Log& log) {
  if (fs::exists(folder.adapter_folder())) log.info(back_up(folder.adapter_folder()));
  const std::optional<std::string> note =
      export_adapter(folder.final_folder(), folder.adapter_folder());
  if (note) log.info(*note);
}

}  // namespace laurel
