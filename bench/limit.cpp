// limit MODEL --tokens T: the time of the bare matrix products of one training step, in exactly the
// shapes executed, by one single-threaded worker per core, beside the machine's best.
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cxxopts.hpp>
#include <iostream>

#include "bench/matmuls.h"
#include "core/files.h"
#include "core/json.h"
#include "model/families/llama/config.h"
#include "ops/linear.h"
#include "ops/workers.h"

namespace laurel {
namespace {

struct Task {
  LlamaConfig config;
  int64_t tokens, pooled;  // of one worker
  int64_t workers, repeats;
  at::ScalarType type;
};

struct Limit {
  std::vector<Fastest> matmuls;
  double seconds[3] = {};  // by pass
  double gflop = 0;        // of all workers
  double best_gflops = 0;  // large square product

  double total() const { return seconds[0] + seconds[1] + seconds[2]; }
};

void add_linear(std::vector<Matmul>& matmuls, const Matmul& forward) {
  const auto [linear, pass, tokens, out, in, times] = forward;
  matmuls.push_back(forward);
  matmuls.push_back({linear, Pass::input, tokens, in, out, times});
  matmuls.push_back({linear, Pass::weight, out, in, tokens, times});
}

// In the last block everything behind attention is done for read tokens only.
std::vector<Matmul> matmuls_of(const Task& task) {
  const LlamaConfig& c = task.config;
  const int64_t queries = c.heads * c.head_dim, inner = c.intermediate_size;
  const int64_t qkv = queries + 2 * c.kv_heads * c.head_dim;
  std::vector<Matmul> matmuls;
  add_linear(matmuls, {"qkv", Pass::forward, task.tokens, qkv, c.hidden_size, c.layers});
  const auto after_attention = [&](const std::string& where, int64_t tokens, int64_t times) {
    if (times == 0) return;
    const int64_t width = c.hidden_size;
    add_linear(matmuls, {"output" + where, Pass::forward, tokens, width, queries, times});
    add_linear(matmuls, {"gate_up" + where, Pass::forward, tokens, 2 * inner, width, times});
    add_linear(matmuls, {"down" + where, Pass::forward, tokens, width, inner, times});
  };
  after_attention("", task.tokens, c.layers - 1);
  after_attention(" (last)", task.pooled, 1);
  return matmuls;
}

// Layer by layer, as a pass over the model goes.
double seconds_of_pass(Limit& limit, Pass pass, const Task& task) {
  const auto start = std::chrono::steady_clock::now();
  run_workers(task.workers, [&](int64_t worker) {
    for (int64_t layer = 0; layer < task.config.layers; ++layer) {
      for (Fastest& fastest : limit.matmuls) {
        const Matmul& matmul = fastest.matmul;
        if (matmul.pass == pass && layer < matmul.times) fastest.operands.multiply(worker, layer);
      }
    }
  });
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Limit measure(const Task& task) {
  Limit limit;
  constexpr int64_t kSquare = 2048;
  limit.best_gflops =
      find_fastest({"square", Pass::forward, kSquare, kSquare, kSquare, 1}, task.type, task.workers)
          .gflops;
  for (const Matmul& matmul : matmuls_of(task)) {
    limit.matmuls.push_back(find_fastest(matmul, task.type, task.workers));
    limit.gflop += matmul.flops() * static_cast<double>(matmul.times * task.workers) / 1e9;
  }
  for (const Pass pass : {Pass::forward, Pass::input, Pass::weight}) {
    std::vector<double> seconds;
    for (int64_t i = 0; i < task.repeats; ++i) {
      seconds.push_back(seconds_of_pass(limit, pass, task));
    }
    limit.seconds[static_cast<int>(pass)] = *std::min_element(seconds.begin(), seconds.end());
  }
  return limit;
}

void print_table(const Limit& limit) {
  std::printf("| matmul | A (m, k) B (k, n): m | n | k | times | layout in memory | GFLOP/s |\n");
  std::printf("|---|---|---|---|---|---|---|\n");
  for (const Fastest& fastest : limit.matmuls) {
    const auto [linear, pass, m, n, k, times] = fastest.matmul;
    std::printf("| %s %s | %ld | %ld | %ld | %ld | %s | %.0f |\n", linear.c_str(), name_of(pass), m,
                n, k, times, text_of(fastest.layout).c_str(), fastest.gflops);
  }
  std::printf("\nforward %.4f s, dX %.4f s, dW %.4f s: step %.4f s, %.0f GFLOP/s; ",
              limit.seconds[0], limit.seconds[1], limit.seconds[2], limit.total(),
              limit.gflop / limit.total());
  std::printf("square product %.0f GFLOP/s\n", limit.best_gflops);
}

void print_json(const Limit& limit) {
  const Json json{{"seconds", limit.total()},
                  {"forward", limit.seconds[0]},
                  {"dx", limit.seconds[1]},
                  {"dw", limit.seconds[2]},
                  {"gflops", limit.gflop / limit.total()},
                  {"best_gflops", limit.best_gflops}};
  std::cout << json.dump() << "\n";
}

int run(int argc, char** argv) {
  cxxopts::Options options("limit", "The bare matrix products of one training step.");
  options.add_options()("model", "Folder with a config.json.", cxxopts::value<std::string>())(
      "tokens", "Computed tokens of a micro-batch, per worker.", cxxopts::value<int64_t>())(
      "pooled", "Pooled tokens of a micro-batch, per worker.",
      cxxopts::value<int64_t>()->default_value("8"))("workers", "Single-threaded ones, at once.",
                                                     cxxopts::value<int64_t>()->default_value("2"))(
      "precision", "fp32 or bf16.", cxxopts::value<std::string>()->default_value("fp32"))(
      "repeats", "The fastest counts.", cxxopts::value<int64_t>()->default_value("3"))(
      "json", "One JSON object instead of the table.");
  options.parse_positional("model");
  const auto arguments = options.parse(argc, argv);
  if (arguments.count("model") == 0 || arguments.count("tokens") == 0) {
    std::cerr << options.help();
    return 2;
  }
  const std::string file = arguments["model"].as<std::string>() + "/config.json";
  const bool bf16 = arguments["precision"].as<std::string>() == "bf16";
  const Task task{.config = llama_config(parse_json(read_file(file), file, ErrorKind::model), file),
                  .tokens = arguments["tokens"].as<int64_t>(),
                  .pooled = arguments["pooled"].as<int64_t>(),
                  .workers = arguments["workers"].as<int64_t>(),
                  .repeats = arguments["repeats"].as<int64_t>(),
                  .type = bf16 ? at::kBFloat16 : at::kFloat};
  at::set_num_threads(static_cast<int>(task.workers));
  choose_fp32_matmul_backend();
  const Limit limit = measure(task);
  if (arguments.count("json") > 0) {
    print_json(limit);
  } else {
    print_table(limit);
  }
  return 0;
}

}  // namespace
}  // namespace laurel

int main(int argc, char** argv) {
  try {
    return laurel::run(argc, argv);
  } catch (const laurel::Error& error) {
    std::cerr << "error: " << error.message << "\n";
    return static_cast<int>(error.kind);
  }
}
