// The golden comparison notices every single mistake of this table.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <functional>

#include "golden/golden_model.h"

namespace laurel::mutation_test {
namespace {

struct Mutation {
  std::string folder, name;
  std::function<void(LoadedParts&, std::vector<TestGroup>&)> apply;
};

LlamaConfig& llama_of(LoadedParts& parts) { return std::get<Llama>(parts.backbone).config; }

Mutation of_config(const std::string& folder, const std::string& name,
                   const std::function<void(LlamaConfig&)>& change) {
  return {folder, name, [=](LoadedParts& parts, auto&) { change(llama_of(parts)); }};
}

Mutation of_gemma(const std::string& folder, const std::string& name,
                  const std::function<void(GemmaConfig&)>& change) {
  return {folder, name,
          [=](LoadedParts& parts, auto&) { change(std::get<Gemma>(parts.backbone).config); }};
}

Mutation of_tensor(const std::string& folder, const std::string& tensor, double value) {
  std::string name = tensor;
  std::ranges::replace(name, '.', '_');
  return {folder, name, [=](LoadedParts& parts, auto&) {
            const ParameterBuffer& buffer = parts.parameters.backbone;
            view(buffer.weights, buffer.layout.at(tensor)).fill_(value);
          }};
}

// Every bias dropped, every norm weight set to what scales by one.
void add_vectors(const std::string& folder, std::vector<Mutation>& table) {
  LoadedParts parts = load_golden(folder);
  const double unit = std::holds_alternative<Gemma>(parts.backbone) ? 0 : 1;
  for (const TensorSpec& spec : parts.parameters.backbone.layout.tensors) {
    if (spec.name.ends_with(".bias")) table.push_back(of_tensor(folder, spec.name, 0));
    if (spec.name.ends_with("norm.weight")) table.push_back(of_tensor(folder, spec.name, unit));
  }
}

// Query head h reads key/value head h % G instead of h / (H / G): heads 1 and 2 change places.
template <class Config>
void regroup_heads(const Config& config, LoadedParts& parts) {
  TORCH_CHECK(config.heads == 4 && config.kv_heads == 2);
  const ParameterBuffer& buffer = parts.parameters.backbone;
  const at::Tensor order = at::tensor({0, 2, 1, 3}, at::kLong);
  const std::string layer = "model.layers.0.self_attn.";
  at::Tensor q = view(buffer.weights, buffer.layout.at(layer + "q_proj.weight"))
                     .view({4, config.head_dim, config.hidden_size});
  q.copy_(q.index_select(0, order));
  at::Tensor o = view(buffer.weights, buffer.layout.at(layer + "o_proj.weight"))
                     .view({config.hidden_size, 4, config.head_dim});
  o.copy_(o.index_select(1, order));
}

void read_one_token_earlier(LoadedParts&, std::vector<TestGroup>& groups) {
  TestResponse& row = groups.back().back();
  const auto length = static_cast<int32_t>(row.ids.size());
  row.pool = PoolRange{length - 2, length - 1};
}

// A norm multiplies by its weight, not by one more.
void drop_one(LoadedParts& parts, std::vector<TestGroup>&) {
  const ParameterBuffer& buffer = parts.parameters.backbone;
  for (const TensorSpec& spec : buffer.layout.tensors) {
    if (spec.name.ends_with("norm.weight")) view(buffer.weights, spec).sub_(1);
  }
}

void add_gemmas(std::vector<Mutation>& table) {
  const auto add = [&](const char* folder, const char* name, auto change) {
    table.push_back(of_gemma(folder, name, change));
  };
  for (const char* const folder : {"gemma", "gemma2", "gemma3"}) {
    table.push_back({folder, "norms_without_one", drop_one});
    table.push_back({folder, "head_groups", [](LoadedParts& parts, auto&) {
                       regroup_heads(std::get<Gemma>(parts.backbone).config, parts);
                     }});
    add(folder, "eps", [](GemmaConfig& c) { c.rms_norm_eps += 1e-3; });
    add(folder, "embedding_scale", [](GemmaConfig& c) { c.embedding_scale *= 1.01; });
    add(folder, "no_embedding_scale", [](GemmaConfig& c) { c.embedding_scale = 1; });
    add(folder, "query_scale", [](GemmaConfig& c) { c.query_scale = .3; });
    add(folder, "theta", [](GemmaConfig& c) { c.rope.theta *= 1.1; });
    add(folder, "soft_cap", [](GemmaConfig& c) { c.soft_cap += 1; });
  }
  add("gemma2", "no_soft_cap", [](GemmaConfig& c) { c.soft_cap = 0; });
  add("gemma3", "rope_factor", [](GemmaConfig& c) { c.rope.factor *= 1.1; });
  add("gemma3", "sliding_theta", [](GemmaConfig& c) { c.sliding_rope.theta *= 1.1; });
  add("gemma3", "one_rope", [](GemmaConfig& c) { c.sliding_rope = c.rope; });
  add("gemma3", "other_rope", [](GemmaConfig& c) { c.rope = c.sliding_rope; });
  add("gemma3", "qk_norm", [](GemmaConfig& c) { c.qk_norm = false; });
  for (const char* const folder : {"gemma2", "gemma3"}) {
    add(folder, "wider", [](GemmaConfig& c) { ++c.window[0]; });
    add(folder, "narrower", [](GemmaConfig& c) { --c.window[2]; });
    add(folder, "every_window", [](GemmaConfig& c) { c.window[1] = 4; });
    add(folder, "post_norms", [](GemmaConfig& c) { c.post_norms = false; });
  }
}

std::vector<Mutation> mutations() {
  std::vector<Mutation> table;
  for (const std::string& folder : golden_names()) {
    if (!Golden(folder).causal) continue;  // encoder_mutation_test.cpp
    add_vectors(folder, table);
    table.push_back({folder, "read_position", read_one_token_earlier});
    if (!std::holds_alternative<Llama>(load_golden(folder).backbone)) continue;
    table.push_back(of_config(folder, "theta", [](auto& config) { config.rope.theta *= 1.1; }));
    table.push_back(of_config(folder, "eps", [](auto& config) { config.rms_norm_eps += 1e-3; }));
    table.push_back({folder, "head_groups",
                     [](LoadedParts& parts, auto&) { regroup_heads(llama_of(parts), parts); }});
  }
  const auto rope = [&](const char* folder, const char* name, auto change) {
    table.push_back(of_config(folder, name, [=](LlamaConfig& config) { change(config.rope); }));
  };
  rope("llama_linear", "rope_factor", [](auto& rope) { rope.factor *= 1.1; });
  rope("llama_linear", "rope_type", [](auto& rope) { rope.type = RopeType::standard; });
  rope("llama_llama3", "rope_factor", [](auto& rope) { rope.factor *= 1.1; });
  rope("llama_llama3", "rope_low", [](auto& rope) { rope.low_freq_factor *= 1.1; });
  rope("llama_llama3", "rope_high", [](auto& rope) { rope.high_freq_factor *= 1.1; });
  rope("llama_llama3", "rope_original", [](auto& rope) { rope.original_max_positions *= 1.1; });
  rope("llama_llama3", "rope_type", [](auto& rope) { rope.type = RopeType::standard; });
  rope("llama_yarn", "rope_factor", [](auto& rope) { rope.factor *= 1.1; });
  rope("llama_yarn", "rope_fast", [](auto& rope) { rope.beta_fast *= 0.2; });
  rope("llama_yarn", "rope_slow", [](auto& rope) { rope.beta_slow *= 4; });
  rope("llama_yarn", "rope_whole", [](auto& rope) { rope.truncate = false; });
  rope("llama_yarn", "rope_original", [](auto& rope) { rope.original_max_positions *= 4; });
  rope("llama_yarn", "rope_attention", [](auto& rope) { rope.attention_factor = 1; });
  rope("llama_dynamic", "rope_factor", [](auto& rope) { rope.factor *= 1.1; });
  rope("llama_dynamic", "rope_original", [](auto& rope) { rope.original_max_positions = 30; });
  rope("llama_dynamic", "rope_bound", [](auto& rope) { rope.original_max_positions = 9; });
  rope("llama_longrope", "rope_long", [](auto& rope) { rope.long_factor[1] *= 1.1; });
  rope("llama_longrope", "rope_short", [](auto& rope) { rope.short_factor[1] *= 1.1; });
  rope("llama_longrope", "rope_attention", [](auto& rope) { rope.attention_factor = 1; });
  rope("llama_longrope", "rope_above", [](auto& rope) { rope.original_max_positions = 16; });
  rope("llama_longrope", "rope_below", [](auto& rope) { rope.original_max_positions = 8; });
  table.push_back(of_config("qwen3", "qk_norm", [](auto& config) { config.qk_norm = false; }));
  for (const char* const folder : {"mistral_window", "qwen2_window"}) {
    table.push_back(of_config(folder, "wider", [](auto& config) { ++config.window[1]; }));
    table.push_back(of_config(folder, "narrower", [](auto& config) { --config.window[1]; }));
    table.push_back(of_config(folder, "no_window", [](auto& config) { config.window[1] = 0; }));
  }
  table.push_back(of_config("mistral_window", "first", [](auto& config) { ++config.window[0]; }));
  table.push_back(of_config("qwen2_window", "first", [](auto& config) { config.window[0] = 4; }));
  add_gemmas(table);
  return table;
}

class GoldenMutation : public testing::TestWithParam<Mutation> {};

TEST_P(GoldenMutation, IsNoticed) {
  const Golden golden(GetParam().folder);
  LoadedParts parts = load_golden(GetParam().folder);
  std::vector<TestGroup> groups = golden.groups;
  GetParam().apply(parts, groups);
  RewardModel model(parts.backbone, std::move(parts.parameters));
  EXPECT_GT(golden_error(model, make_batch(groups), golden), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Table, GoldenMutation, testing::ValuesIn(mutations()),
                         [](const auto& info) {
                           return info.param.folder + "_" + info.param.name;
                         });

}  // namespace
}  // namespace laurel::mutation_test
