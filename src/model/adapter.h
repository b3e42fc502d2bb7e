// Adapters of a backbone's linear maps (LoRA): their options, their layout, how new ones are drawn,
// and their form outside the buffers.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "model/parameters.h"

namespace laurel {

enum class AdapterScaling { by_rank, by_root_of_rank };
constexpr auto enum_names(AdapterScaling) { return std::array{"alpha/r", "alpha/sqrt(r)"}; }

struct LoraOptions {
  int64_t rank = 16;
  double alpha = 32;
  std::optional<std::vector<std::string>> targets;
  AdapterScaling scaling = AdapterScaling::by_rank;
  int64_t seed = 1;
  double dropout = 0;

  void fields(auto& visit) {
    visit("rank", rank, "r: A has so many rows, B so many columns.", Range{.min = 1, .max = 65536});
    visit("alpha", alpha, "B A is multiplied by alpha / rank (see scaling).", Above{.min = 0});
    visit("targets", targets,
          "Linear maps that get an adapter, by the end of their names, as PEFT's target_modules: "
          "\"q_proj\", \"mlp.up_proj\".",
          WhenNull{"all linear maps of the blocks"});
    visit("scaling", scaling, "The factor of B A; alpha/sqrt(r) is PEFT's use_rslora.");
    visit("seed", seed, "Seed of the new adapters: A is drawn, B is zero.");
    visit("dropout", dropout,
          "Probability that an element of an adapter's input is dropped in training, as PEFT's "
          "lora_dropout; on the CPU (docs/adapters.md#dropout).",
          Range{.min = 0, .max = 0.9});
  }
  bool operator==(const LoraOptions&) const = default;
};

// alpha / r, or alpha / sqrt(r).
double adapter_scale(const LoraOptions& options);

// A and B of each target among the matrices of the backbone's blocks 1 .. layers. Throws Error
// (usage) for a target that matches none, with the names that there are, and for two targets that
// match one matrix.
Layout adapter_layout(const Layout& backbone, int64_t layers, const LoraOptions& options);

// A: uniform in +- 1 / sqrt(in) (PEFT's kaiming_uniform with a = sqrt(5)), by seed and name, so
// that it does not depend on the other targets. B: zero.
void init_adapters(ParameterBuffer& adapters, uint64_t seed);

// An adapter by itself: what a checkpoint or a folder of PEFT's holds of one weight.
struct Adapter {
  std::string weight;  // of the layout: "model.layers.3.mlp.up_proj.weight"
  at::Tensor a, b;     // (r, in), (out, r), fp32 on the CPU
  double scale;        // of B A
};

// All adapters of a model, with the options that PEFT's adapter_config.json has.
struct AdapterSet {
  LoraOptions options;            // targets as given; null: all linear maps of the blocks
  std::vector<Adapter> adapters;  // in the order of the layout
};

// Of parameters with adapters; copies.
AdapterSet adapter_set(const Parameters& parameters, const LoraOptions& options);

// weight (out, in), fp32, += scale B A in fp32: the weight of a merged model.
void merge_adapter(const Adapter& adapter, const at::Tensor& weight);

}  // namespace laurel
