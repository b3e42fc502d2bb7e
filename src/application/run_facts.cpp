// Hashes of what a run reads, and the machine that it runs on.
#include "application/run_facts.h"

#include <map>
#include <string>

#include "application/version.h"
#include "core/bytes.h"
#include "core/files.h"
#include "core/option_types.h"
#include "data/group_bytes.h"
#include "data/sources/training_groups_hash.h"

namespace laurel {

static Json environment_of(const Config& config, const Compute& compute) {
  Json environment = {{"laurel", version()},
                      {"revision", revision()},
                      {"libtorch", libtorch_version()},
                      {"cpu", cpu_text()},
                      {"device", enum_name(config.run.device)},
                      {"precision", enum_name(*config.train.precision)},
                      {"workers", compute.workers},
                      {"threads", compute.threads}};
  if (compute.precision == Precision::bf16 && compute.device.is_cpu()) {
    environment["bf16_products"] = enum_name(compute.products);
  }
  return environment;
}

static std::map<std::string, std::string> sha256_of_each(const ModelAssets& files) {
  std::map<std::string, std::string> digits;
  for (const auto& [name, bytes] : files) digits[name] = sha256(bytes);
  return digits;
}

static std::string fingerprint_of_evaluation(const RunInputs& inputs) {
  ByteWriter bytes;
  for (const SourceData& source : inputs.sources) bytes.value(source.eval.groups.fingerprint());
  for (const TrainingBenchmark& benchmark : inputs.benchmarks) {
    for (const Group& group : benchmark.groups) put(group, bytes);
  }
  return sha256(bytes.bytes());
}

RunFacts facts_of(const Config& config, const RunInputs& inputs, const Compute& compute) {
  return {.data_sha256 = fingerprint_of_training_groups(inputs.sources),
          .eval_sha256 = fingerprint_of_evaluation(inputs),
          .model_sha256 = sha256_of_each(inputs.model.files),
          .environment = environment_of(config, compute),
          .config = resolved_config(config)};
}

}  // namespace laurel
