// Google Benchmark of each operation on one thread, laurel's fused one beside plain ATen's. Names
// are operation/fused|plain/model/type/tokens[xspan]; choose with --benchmark_filter=REGEX.
#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <benchmark/benchmark.h>
#include <c10/util/Exception.h>

#include <exception>
#include <string>
#include <string_view>

#include "bench/cases.h"

namespace laurel {

at::Tensor Setting::random(at::IntArrayRef sizes) const { return at::randn(sizes).to(type); }

double attention_flops(const Setting& setting, int64_t products) {
  const Shape& shape = setting.shape;
  const auto pairs = static_cast<double>(setting.tokens * (setting.span_length + 1)) / 2;
  return static_cast<double>(products * 2 * shape.H * shape.K) * pairs;
}

namespace {

constexpr Shape kShapes[] = {{"135M", 576, 1536, 9, 3, 64, 49152},
                             {"0.5B", 896, 4864, 14, 2, 64, 151936}};

struct Operation {
  const char* name;
  Prepare* fused;
  Prepare* plain;
};

constexpr Operation kOperations[] = {
    {"rms_norm_forward", fused::norm_forward, plain::norm_forward},
    {"rms_norm_backward", fused::norm_backward, plain::norm_backward},
    {"rope", fused::rotate, plain::rotate},
    {"gated_silu_forward", fused::silu_forward, plain::silu_forward},
    {"gated_silu_backward", fused::silu_backward, plain::silu_backward},
    {"attention_forward", fused::attend_forward, plain::attend_forward},
    {"attention_backward", fused::attend_backward, plain::attend_backward},
    {"linear_forward", fused::gate_up_forward, plain::gate_up_forward},
    {"linear_backward_input", fused::gate_up_backward_input, plain::gate_up_backward_input},
    {"linear_backward_weight", fused::gate_up_backward_weight, plain::gate_up_backward_weight},
    {"embedding_forward", fused::embed_forward, plain::embed_forward},
    {"embedding_backward", fused::embed_backward, plain::embed_backward},
    {"gradient_norm", fused::norm_of_gradient, plain::norm_of_gradient},
    {"adamw_step", fused::update, plain::update}};

void measure(benchmark::State& state, Prepare* prepare, const Setting& setting) {
  try {
    const Work work = prepare(setting);
    work.run();
    for (auto _ : state) work.run();
    state.SetItemsProcessed(state.iterations() * setting.tokens);
    if (work.flops > 0) {
      state.counters["FLOP/s"] = benchmark::Counter(
          work.flops, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
    }
  } catch (const std::exception& error) {
    const std::string reason = error.what();
    state.SkipWithError(reason.substr(0, reason.find('\n')).c_str());
  }
}

bool has_spans(const Operation& operation) {
  return std::string_view(operation.name).starts_with("attention");
}

void add(const Operation& operation, const char* kind, Prepare* prepare, const Setting& setting) {
  std::string name = std::string(operation.name) + "/" + kind + "/" + setting.shape.name + "/" +
                     (setting.type == at::kFloat ? "fp32" : "bf16") + "/" +
                     std::to_string(setting.tokens);
  if (has_spans(operation)) name += "x" + std::to_string(setting.span_length);
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    measure(state, prepare, setting);
  })->Unit(benchmark::kMicrosecond);
}

void add_both(const Operation& operation, const Setting& setting) {
  add(operation, "fused", operation.fused, setting);
  add(operation, "plain", operation.plain, setting);
}

void add_all() {
  constexpr int64_t kTokens = 1024;
  for (const Operation& operation : kOperations) {
    for (const Shape& shape : kShapes) {
      for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
        add_both(operation, {shape, type, kTokens, 128});
        if (has_spans(operation)) add_both(operation, {shape, type, kTokens, kTokens});
      }
    }
  }
}

}  // namespace
}  // namespace laurel

int main(int argc, char** argv) {
  at::set_num_threads(1);
  laurel::add_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
