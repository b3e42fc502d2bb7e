// Google Benchmark of each operation on one thread, laurel's fused one beside plain ATen's. Names
// are operation/fused|plain/model/type/tokens[xspan]; choose with --benchmark_filter=REGEX.
#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <benchmark/benchmark.h>
#include <c10/util/Exception.h>

#include <exception>

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

void measure(benchmark::State& state, const Case& timed, const Setting& setting) {
  try {
    const Work work = timed.prepare(setting);
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

void add(const Case& timed, const char* kind, const Setting& setting) {
  const bool spans = timed.name.starts_with("attention");
  std::string name = timed.name + "/" + kind + "/" + setting.shape.name + "/" +
                     (setting.type == at::kFloat ? "fp32" : "bf16") + "/" +
                     std::to_string(setting.tokens);
  if (spans) name += "x" + std::to_string(setting.span_length);
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    measure(state, timed, setting);
  })->Unit(benchmark::kMicrosecond);
}

void add_both(size_t number, const Setting& setting) {
  add(fused_cases()[number], "fused", setting);
  add(plain_cases()[number], "plain", setting);
}

void add_all() {
  constexpr int64_t kTokens = 1024;
  const std::vector<Case> fused = fused_cases();
  for (size_t i = 0; i < fused.size(); ++i) {
    for (const Shape& shape : kShapes) {
      for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
        add_both(i, {shape, type, kTokens, 128});
        if (fused[i].name.starts_with("attention")) add_both(i, {shape, type, kTokens, kTokens});
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
