// The golden comparison notices every single mistake of this table, in encoders.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <functional>

#include "golden/golden_model.h"

namespace laurel::encoder_mutation_test {
namespace {

struct Mutation {
  std::string folder, name;
  std::function<void(LoadedParts&, std::vector<TestGroup>&)> apply;
};

constexpr const char* kBerts[] = {"bert", "roberta", "xlm_roberta"};
constexpr const char* kModernBerts[] = {"modernbert_cls", "modernbert_mean"};

Mutation of_bert(const std::string& folder, const std::string& name,
                 const std::function<void(BertConfig&)>& change) {
  return {folder, name,
          [=](LoadedParts& parts, auto&) { change(std::get<Bert>(parts.backbone).config); }};
}

Mutation of_modernbert(const std::string& folder, const std::string& name,
                       const std::function<void(ModernBertConfig&)>& change) {
  return {folder, name,
          [=](LoadedParts& parts, auto&) { change(std::get<ModernBert>(parts.backbone).config); }};
}

Mutation of_tensor(const std::string& folder, const std::string& tensor, double value) {
  std::string name = tensor;
  std::ranges::replace(name, '.', '_');
  return {folder, name, [=](LoadedParts& parts, auto&) {
            for (const ParameterBuffer& buffer : parts.parameters.buffers()) {
              if (const TensorSpec* spec = buffer.layout.find(tensor)) {
                view(buffer.weights, *spec).fill_(value);
              }
            }
          }};
}

// Every bias dropped, the head's too, every norm weight set to one. A bias of all keys adds the same
// to all scores of a query, which softmax does not see: without rope it changes nothing.
void add_vectors(const std::string& folder, std::vector<Mutation>& table) {
  LoadedParts parts = load_golden(folder);
  for (const ParameterBuffer& buffer : parts.parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      const bool bias = spec.name.ends_with(".bias") && !spec.name.ends_with(".key.bias");
      const bool norm = spec.name.ends_with("norm.weight") || spec.name.ends_with("Norm.weight");
      if (bias || norm) table.push_back(of_tensor(folder, spec.name, norm ? 1 : 0));
    }
  }
}

// Another token is read, or one is left out of the mean.
void read_from_the_second_token(LoadedParts&, std::vector<TestGroup>& groups) {
  TestResponse& row = groups.back().back();
  const int32_t length = row.pool->end - row.pool->begin;
  row.pool = length == 1 ? PoolRange{1, 2} : PoolRange{1, length};
}

// As a causal model leaves out what comes behind the token that is read.
void leave_out_the_last_token(LoadedParts&, std::vector<TestGroup>& groups) {
  TestResponse& row = groups.back().back();
  row.ids.pop_back();
  if (row.pool->end > static_cast<int32_t>(row.ids.size())) --row.pool->end;
}

// What is activated gates, what gates is activated.
void swap_halves(LoadedParts& parts, std::vector<TestGroup>&) {
  const ParameterBuffer& buffer = parts.parameters.backbone;
  const at::Tensor weight = view(buffer.weights, buffer.layout.at("model.layers.1.mlp.Wi.weight"));
  const at::Tensor halves = weight.clone();
  const int64_t half = weight.size(0) / 2;
  weight.narrow(0, 0, half).copy_(halves.narrow(0, half, half));
  weight.narrow(0, half, half).copy_(halves.narrow(0, 0, half));
}

void move_second_text(LoadedParts&, std::vector<TestGroup>& groups) {
  ++groups.back().back().second_text;
}

void forget_second_text(LoadedParts&, std::vector<TestGroup>& groups) {
  groups.back().back().second_text = -1;
}

void add_berts(std::vector<Mutation>& table) {
  for (const std::string folder : kBerts) {
    table.push_back(of_bert(folder, "eps", [](auto& config) { config.layer_norm_eps += 1e-3; }));
    table.push_back(of_bert(folder, "heads", [](auto& config) { config.heads = 2; }));
    if (folder == "bert") continue;
    table.push_back(of_bert(folder, "pad", [](auto& config) { config.pad_id = 2; }));
    table.push_back(of_bert(folder, "begin", [](auto& config) { config.pad_id = 0; }));
  }
  table.push_back(of_bert("bert", "trained_pad", [](auto& config) { config.pad_id.reset(); }));
  table.push_back({"bert", "move_second_text", move_second_text});
  table.push_back({"bert", "forget_second_text", forget_second_text});
}

void add_modernberts(std::vector<Mutation>& table) {
  for (const std::string folder : kModernBerts) {
    const auto add = [&](const char* name, const std::function<void(ModernBertConfig&)>& change) {
      table.push_back(of_modernbert(folder, name, change));
    };
    add("eps", [](auto& config) { config.norm_eps += 1e-3; });
    add("heads", [](auto& config) { config.heads = 2; });
    add("global_theta", [](auto& config) { config.global_theta *= 1.1; });
    add("local_theta", [](auto& config) { config.local_theta *= 1.1; });
    add("one_theta", [](auto& config) { config.local_theta = config.global_theta; });
    add("wider", [](auto& config) { ++config.window; });
    add("narrower", [](auto& config) { --config.window; });
    add("first_is_local", [](auto& config) { config.local[0] = true; });
    add("second_is_global", [](auto& config) { config.local[1] = false; });
    add("trained_pad", [](auto& config) { config.pad_id.reset(); });
    table.push_back({folder, "gate_order", swap_halves});
  }
}

std::vector<Mutation> mutations() {
  std::vector<Mutation> table;
  for (const std::string& folder : golden_names()) {
    if (Golden(folder).causal) continue;
    add_vectors(folder, table);
    table.push_back({folder, "read_position", read_from_the_second_token});
    table.push_back({folder, "last_token", leave_out_the_last_token});
  }
  add_berts(table);
  add_modernberts(table);
  return table;
}

class EncoderMutation : public testing::TestWithParam<Mutation> {};

TEST_P(EncoderMutation, IsNoticed) {
  const Golden golden(GetParam().folder);
  LoadedParts parts = load_golden(GetParam().folder);
  std::vector<TestGroup> groups = golden.groups;
  GetParam().apply(parts, groups);
  RewardModel model(parts.backbone, std::move(parts.parameters));
  EXPECT_GT(golden_error(model, make_batch(groups), golden), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Table, EncoderMutation, testing::ValuesIn(mutations()),
                         [](const auto& info) {
                           return info.param.folder + "_" + info.param.name;
                         });

}  // namespace
}  // namespace laurel::encoder_mutation_test
