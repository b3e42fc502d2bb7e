// Exports to a Hugging Face folder and loads that again.
#include "application/export_model.h"

#include "core/random.h"
#include "data/batches/pack.h"

namespace laurel {

// Rows of fixed pseudo-random tokens: an export can be checked where no data is at hand.
static std::vector<TokenBatch> random_batches(const ModelFolder& model) {
  Random random(1);
  std::vector<Group> groups(8);
  for (size_t i = 0; i < groups.size(); ++i) {
    Response response;
    for (size_t t = 0; t < 3 + 5 * i; ++t) {
      response.ids.push_back(
          static_cast<int32_t>(random.below(backbone_info(model.backbone).vocab_size)));
    }
    const int32_t length = static_cast<int32_t>(response.ids.size());
    response.positions = {{length - 1, length}};
    groups[i].responses = {response};
    groups[i].label = Ratings{{0}, {0}};
    groups[i].id = i;
  }
  std::vector<const Group*> all;
  for (const Group& group : groups) all.push_back(&group);
  std::vector<TokenBatch> batches;
  for (Batch& batch : pack(all, model.pooling, {.tokens_per_micro_batch = 64}))
    batches.push_back(std::move(batch.tokens));
  return batches;
}

std::string export_verified(const std::filesystem::path& model, const std::filesystem::path& output,
                            ExportDtype dtype, const OutputChoice& choice) {
  const ModelFolder folder = open_model({.path = {model.string()}, .head = Head::keep});
  const Outputs outputs = choose_outputs(folder, choice);
  const auto verify = [&](const std::filesystem::path& exported) {
    LoadedModel loaded = load_model(folder, false);
    RewardModel original(loaded.folder.backbone, std::move(loaded.parameters));
    verify_export(exported, dtype, original, outputs, random_batches(folder));
  };
  export_model(folder, outputs, output, {dtype, verify});
  return outputs.note;
}

}  // namespace laurel
