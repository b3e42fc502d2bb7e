// How fast a device trains named backbones with random weights, and what memory that takes.
// Prints a table; scripts/gpu_check.sh runs it. --cpu: a tiny backbone on the CPU, to test it.
#include <ATen/ATen.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string_view>

#include "model/memory_plan.h"
#include "model/reward_model.h"
#include "ops/cuda/device.h"
#include "ops/cuda/flash.h"
#include "support/batches.h"
#include "support/random_model.h"
#include "train/optimizer.h"

namespace laurel {
namespace {

// Dense bf16 products of an H100 or H200 by its data sheet; MFU is given in parts of it.
constexpr double kPeak = 989e12;

struct Measured {
  const char* name;
  LlamaConfig config;
  at::ScalarType moments;
  int64_t pairs;  // of a micro-batch: a prompt of 256 tokens and two responses of 128
};

LlamaConfig config_of(int64_t width, int64_t intermediate, int64_t layers, int64_t heads,
                      int64_t kv_heads, int64_t vocabulary) {
  return {.model_type = "llama",
          .vocab_size = vocabulary,
          .hidden_size = width,
          .intermediate_size = intermediate,
          .layers = layers,
          .heads = heads,
          .kv_heads = kv_heads,
          .head_dim = width / heads,
          .max_positions = 4096,
          .rms_norm_eps = 1e-5,
          .rope = {},
          .window = std::vector<int64_t>(layers, 0)};
}

// The shapes of Qwen2.5-0.5B, Qwen2.5-1.5B and Llama-3.1-8B; a few layers of the last fit anywhere.
std::vector<Measured> backbones(at::Device device) {
  if (device.is_cpu()) return {{"tiny", config_of(64, 128, 2, 4, 2, 1000), at::kFloat, 2}};
  return {{"0.5B", config_of(896, 4864, 24, 14, 2, 151936), at::kFloat, 64},
          {"1.5B", config_of(1536, 8960, 28, 12, 2, 151936), at::kFloat, 32},
          {"8B, 6 layers", config_of(4096, 14336, 6, 32, 8, 128256), at::kBFloat16, 32},
          {"8B", config_of(4096, 14336, 32, 32, 8, 128256), at::kBFloat16, 12}};
}

TokenBatch batch_of(const Measured& backbone) {
  std::vector<TestGroup> groups;
  for (int64_t i = 0; i < backbone.pairs; ++i) {
    TestGroup pair(2);
    for (uint64_t j = 0; j < 2; ++j) {
      pair[j].ids = random_ids(256, backbone.config.vocab_size, i);
      for (const int32_t id : random_ids(128, backbone.config.vocab_size, 1000 + 2 * i + j)) {
        pair[j].ids.push_back(id);
      }
    }
    groups.push_back(std::move(pair));
  }
  return make_batch(groups, SharePrefix::yes);
}

// Made where it is used: the largest does not fit into many a host.
ParameterBuffer buffer_of(Layout layout, at::ScalarType type, at::ScalarType moments,
                          at::Device device) {
  ParameterBuffer buffer;
  buffer.weights =
      at::randn({layout.size}, at::TensorOptions().dtype(type).device(device)).mul_(0.02);
  for (const TensorSpec& spec : layout.tensors) {
    if (spec.shape.size() == 1) view(buffer.weights, spec).fill_(1);
  }
  buffer.layout = std::move(layout);
  make_trainable(buffer, {.moments = moments});
  return buffer;
}

// Of what is computed, forward and twice that backward: products with weights, behind attention in
// the last layer only for read tokens, and attention over the pairs of tokens that see each other.
double flops(const LlamaConfig& c, const TokenBatch& tokens) {
  double seen = 0;
  for (const Span& span : tokens.spans) {
    const double prefix = span.prefix < 0 ? 0 : tokens.spans[span.prefix].length;
    seen += span.length * prefix + span.length * (span.length + 1.0) / 2;
  }
  const auto count = static_cast<double>(tokens.ids.size(0));
  const auto reads = static_cast<double>(tokens.pool_begin.size(0));
  const auto layers = static_cast<double>(c.layers);
  const auto width = static_cast<double>(c.hidden_size);
  const auto attention = static_cast<double>(c.heads * c.head_dim);
  const double qkv = width * static_cast<double>((c.heads + 2 * c.kv_heads) * c.head_dim);
  const double rest = width * (attention + 3 * static_cast<double>(c.intermediate_size));
  return 6 * (layers * count * qkv + ((layers - 1) * count + reads) * rest) +
         12 * layers * attention * seen;
}

struct Times {
  double passes, update;  // seconds of a forward and backward pass, of an update
};

void wait(at::Device device) { at::zeros({1}, device).cpu(); }

int64_t free_memory(at::Device device) {
  return device.is_cpu() ? 0 : cuda_device_info().free_memory;
}

double gibibytes(int64_t bytes) { return static_cast<double>(bytes) / (1 << 30); }

int64_t predicted_memory(const Measured& backbone, Parameters& parameters, const TokenBatch& tokens,
                         at::Device device) {
  const MemoryShape shape{
      .parameters = parameters.backbone.layout.size + parameters.head.layout.size,
      .tokens = tokens.ids.size(0),
      .element_bytes = 2,
      .moment_bytes = static_cast<int64_t>(c10::elementSize(backbone.moments)),
      .cuda = !device.is_cpu()};
  return estimate_memory(Llama{backbone.config}, shape, Recompute::none).total();
}

template <class Work>
double seconds_of(at::Device device, const Work& work) {
  wait(device);
  const auto start = std::chrono::steady_clock::now();
  work();
  wait(device);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Times measure(RewardModel& model, const TokenBatch& tokens, at::Device device) {
  constexpr int kRepeats = 10;
  Optimizer optimizer({}, model.parameters(), /*seed=*/0);
  const auto passes = [&] {
    const at::Tensor rewards = model.forward(tokens);
    model.backward(tokens,
                   at::linspace(-1, 1, rewards.numel(), rewards.options()).view_as(rewards));
  };
  const at::Tensor sums = at::zeros({1}, at::TensorOptions().dtype(at::kDouble).device(device));
  const auto update = [&] { optimizer.step(1e-6, sums); };
  passes();  // memory is taken and libraries choose their kernels
  update();
  Times times{};
  times.passes = seconds_of(device,
                            [&] {
                              for (int i = 0; i < kRepeats; ++i) passes();
                            }) /
                 kRepeats;
  times.update = seconds_of(device,
                            [&] {
                              for (int i = 0; i < kRepeats; ++i) update();
                            }) /
                 kRepeats;
  return times;
}

void print_row(const Measured& backbone, at::Device device) {
  const int64_t free_before = free_memory(device);
  const LlamaConfig& config = backbone.config;
  Parameters parameters{
      .backbone = buffer_of(llama_layout(config), at::kBFloat16, backbone.moments, device),
      .head = buffer_of(head_layout(1, config.hidden_size), at::kFloat, at::kFloat, device)};
  const TokenBatch tokens = batch_of(backbone);
  const int64_t predicted = predicted_memory(backbone, parameters, tokens, device);
  RewardModel model(Llama{config}, std::move(parameters));
  const Times times = measure(model, tokens, device);
  const auto count = static_cast<double>(tokens.ids.size(0));
  std::printf("| %s | %.0f | %.1f | %.1f | %.0f | %.1f | %.1f | %.1f |\n", backbone.name, count,
              times.passes * 1e3, times.update * 1e3, count / times.passes,
              100 * flops(config, tokens) / times.passes / kPeak,
              gibibytes(free_before - free_memory(device)), gibibytes(predicted));
  std::fflush(stdout);
}

}  // namespace
}  // namespace laurel

int main(int count, char** arguments) {
  using namespace laurel;
  const bool cpu = count > 1 && std::string_view(arguments[1]) == "--cpu";
  const at::Device device = cpu ? at::Device(at::kCPU) : at::Device(at::kCUDA, 0);
  std::string problem = cpu ? "" : open_cuda();
  if (problem.empty() && !cpu) problem = check_flash(device);
  if (!problem.empty()) {
    std::cout << "no throughput: " << problem << "\n";
    return 77;
  }
  if (!cpu) {
    const CudaDeviceInfo info = cuda_device_info();
    std::cout << info.name << ", " << info.memory / (1 << 30) << " GiB; MFU of 989 TFLOP/s, "
              << "computed operations only\n\n";
  }
  std::cout
      << "| backbone | tokens | forward + backward, ms | update, ms | tokens/s of the passes | "
         "MFU, % | memory, GiB | as planned |\n|---|---|---|---|---|---|---|---|\n";
  for (const Measured& backbone : backbones(device)) {
    try {
      print_row(backbone, device);
    } catch (const c10::OutOfMemoryError&) {
      std::printf("| %s | does not fit | | | | | | |\n", backbone.name);
    }
    if (!cpu) at::getDeviceAllocator(at::kCUDA)->emptyCache();
  }
  return 0;
}
