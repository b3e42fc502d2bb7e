// Chooses device, precision and threads, once, before the first tensor operation.
#include "application/compute.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "application/dropout.h"
#include "checkpoint/load.h"
#include "checkpoint/run_folder.h"
#include "core/files.h"
#include "core/memory.h"
#include "core/option_types.h"
#include "core/parallel.h"
#include "core/str.h"
#include "ops/cpu_features.h"
#include "ops/cuda/deterministic.h"
#include "ops/cuda/device.h"
#include "ops/cuda/flash.h"
#include "ops/linear.h"

namespace laurel {

// On a CPU, results depend on nothing but the number of threads.
static void require_deterministic(const ComputeOptions& options, at::Device device) {
  choose_deterministic_operations();
  const std::string problem = check_deterministic(device, options.precision != Precision::fp32);
  if (problem.empty()) return;
  throw Error{ErrorKind::usage, str("run.deterministic: found true, but on this device: ", problem,
                                    "; expected false, or ", options.device_option, " cpu")};
}

static at::Device choose_device(const ComputeOptions& options, Log& log) {
  if (options.device == Device::cpu) return at::kCPU;
  if (options.deterministic) {
    const std::string problem = fix_cublas_workspace();
    if (!problem.empty()) throw Error{ErrorKind::usage, str("run.deterministic: ", problem)};
  }
  const at::Device cuda(at::kCUDA, 0);
  std::string problem = open_cuda();
  if (problem.empty() && options.precision != Precision::fp32) problem = check_flash(cuda);
  if (problem.empty()) {
    const CudaDeviceInfo info = cuda_device_info();
    log.info(str("device: ", info.name, ", ", info.free_memory >> 30, " of ", info.memory >> 30,
                 " GiB free"));
    return cuda;
  }
  if (options.device == Device::cuda) {
    throw Error{ErrorKind::usage, str(options.device_option, ": found cuda, which cannot be used (",
                                      problem, "), expected auto or cpu")};
  }
  log.info(str("device: CPU (", problem, ")"));
  return at::kCPU;
}

Compute set_up_process(const ComputeOptions& options, Log& log) {
  const at::Device device = choose_device(options, log);
  const int64_t threads = options.threads.value_or(available_cores());
  at::set_num_threads(static_cast<int>(threads));
  at::set_num_interop_threads(1);
  choose_fp32_matmul_backend();
  if (options.deterministic && !device.is_cpu()) require_deterministic(options, device);
  const PrecisionChoice choice = resolve_precision(
      options.precision, device, options.precision_option, [&]() -> std::optional<MatmulTimes> {
        if (!has_fast_bf16()) return std::nullopt;
        return time_matmuls(options.shapes);
      });
  if (!choice.note.empty()) log.info(choice.note);
  choose_bf16_matmul_backend(choice.products);
  return {.device = device,
          .precision = choice.precision,
          .products = choice.products,
          .workers = device.is_cpu() ? threads : 1,
          .threads = threads};
}

// What `auto` was decided to be when the run that is resumed was started.
static std::optional<Precision> precision_of_run(const RunOptions& run) {
  if (run.resume == "never") return std::nullopt;
  std::vector<std::filesystem::path> folders = {run.folder.value};
  if (run.resume != "auto" && run.resume != "required") {
    const std::filesystem::path given = run.resume;  // a run, or one of its checkpoints
    folders = {given, given / ".." / ".."};
  }
  for (const std::filesystem::path& folder : folders) {
    const std::filesystem::path file = RunFolder{folder}.config();
    if (!path_exists(file)) continue;
    const Json config = parse_json(read_file(file), file.string(), ErrorKind::checkpoint);
    if (!config.is_object()) continue;  // said when the run is resumed
    const Json precision = config.value(Json::json_pointer("/train/precision"), Json());
    if (precision == enum_name(Precision::fp32)) return Precision::fp32;
    if (precision == enum_name(Precision::bf16)) return Precision::bf16;
  }
  return std::nullopt;
}

// The matrices of one block of the model, each with a worker's part of a micro-batch. Narrow ones
// are widened: their time is that of calls, not of products.
static std::vector<MatmulShape> block_shapes(const ModelFolder& model, const Config& config) {
  const int64_t threads = config.run.threads.value_or(available_cores());
  constexpr int64_t kLeastWidth = 512;
  const int64_t tokens = std::clamp<int64_t>(
      config.train.batches.tokens_per_micro_batch / std::max<int64_t>(threads, 1), 128, 512);
  std::vector<MatmulShape> shapes;
  for (const TensorSpec& spec : backbone_layout(model.backbone).tensors) {
    if (spec.block != 1 || spec.shape.size() != 2) continue;
    shapes.push_back({.tokens = tokens,
                      .in = std::max(spec.shape[1], kLeastWidth),
                      .out = std::max(spec.shape[0], kLeastWidth)});
  }
  return shapes;
}

Compute set_up_process(Config& config, Log& log) {
  ComputeOptions options{.device = config.run.device,
                         .precision = config.train.precision,
                         .threads = config.run.threads,
                         .deterministic = config.run.deterministic};
  if (options.precision == Precision::automatic) {
    if (const auto before = precision_of_run(config.run)) options.precision = before;
  }
  if (options.precision.value_or(Precision::fp32) != Precision::fp32 && has_fast_bf16()) {
    try {
      options.shapes = block_shapes(open_model(config.model.load), config);
    } catch (const Error&) {  // said when the model is opened to be trained
    }
  }
  const Compute compute = set_up_process(options, log);
  check_dropout_device(config, compute.device);
  config.train.precision = compute.precision;
  config.run.device = compute.device.is_cpu() ? Device::cpu : Device::cuda;
  return compute;
}

int64_t free_memory(at::Device device) {
  return device.is_cpu() ? available_memory() : cuda_device_info().free_memory;
}

}  // namespace laurel
