// Export: a folder's tensors in one dtype, its small files edited, complete or not at all.
#include "checkpoint/export.h"

#include <ATen/ATen.h>

#include "checkpoint/export_files.h"
#include "checkpoint/temporary_folder.h"
#include "core/files.h"
#include "core/str.h"
#include "data/sources/load.h"

namespace laurel {

namespace fs = std::filesystem;

at::ScalarType scalar_type(ExportDtype dtype) {
  if (dtype == ExportDtype::bf16) return at::kBFloat16;
  return dtype == ExportDtype::fp16 ? at::kHalf : at::kFloat;
}

void write_model(const fs::path& folder, ModelContents contents) {
  write_file(folder / "config.json", export_config(contents.source.files.at("config.json"),
                                                   {.backbone = contents.source.backbone,
                                                    .pad_id = contents.pad.id,
                                                    .labels = contents.labels,
                                                    .dtype = contents.dtype}));
  copy_tokenizer(contents.source.files, folder, contents.pad);
  if (contents.reward_config) {
    write_file(folder / "reward_config.json", json_of(*contents.reward_config).dump(2) + "\n");
  }
  write_sharded_safetensors(folder, std::move(contents.tensors));
}

// The tensors that the model uses, read one by one when they are written.
static std::vector<TensorToWrite> tensors_of(const ModelFolder& model, const Outputs& outputs,
                                             const ExportOptions& options) {
  std::vector<TensorToWrite> out;
  const HeadNames names = backbone_info(model.backbone).head;
  for (const ExpectedTensor& expected : expected_tensors(model)) {
    const bool head = expected.name == names.weight || expected.name == names.bias;
    std::vector<int64_t> shape = expected.shape;
    if (head) shape[0] = static_cast<int64_t>(outputs.weights.size());
    const auto values = [&model, &outputs, &options, expected, head] {
      at::Tensor tensor = at::empty(expected.shape, at::kFloat);
      options.read ? options.read(expected, tensor) : read_tensor(model, expected, tensor);
      if (head) tensor = combine_rows(tensor, outputs);
      return rounded(tensor, expected.name, options.rounding);
    };
    out.push_back({expected.name, shape, options.rounding.dtype, values});
  }
  return out;
}

void export_model(const ModelFolder& model, const Outputs& outputs, const fs::path& output,
                  const ExportOptions& options) {
  if (!model.keep_head) {
    throw Error{ErrorKind::model,
                str(model.folder, ": found no ", backbone_info(model.backbone).head.weight,
                    ", expected a model with a reward head; train one first")};
  }
  TemporaryFolder folder(output);
  const TextProcessor text = open_text(model);
  ModelFolder source = model;
  keep_pipeline(source.files, text);
  const PadToken pad = choose_pad_token(source, text);
  write_model(folder.path(), {.source = source,
                              .pad = pad,
                              .reward_config = outputs.config,
                              .labels = outputs.names,
                              .dtype = options.rounding.dtype,
                              .tensors = tensors_of(model, outputs, options)});
  const std::string precision = options.verify ? options.verify(folder.path()) : "";
  const CardOptions card{.precision = precision,
                         .auto_tokenizer = text.auto_tokenizer,
                         .pooling = model.pooling.rule,
                         .texts = encoder_rule(text, model.pooling).value_or(TextRule::chat)};
  write_file(folder.path() / "README.md", model_card(outputs, card));
  folder.commit();
}

}  // namespace laurel
