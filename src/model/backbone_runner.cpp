// Hands a pass to the family, with that family's memory.
#include "model/backbone_runner.h"

namespace laurel {

template <class Run>
auto BackboneRunner::visit(const Run& run) {
  return std::visit(
      [&]<class Family>(const Family& family) {
        return run(family, std::get<Memory<Family>>(memory_));
      },
      backbone_);
}

BackboneRunner::BackboneRunner(Backbone backbone) : backbone_(std::move(backbone)) {
  std::visit([&]<class Family>(const Family&) { memory_.emplace<Memory<Family>>(); }, backbone_);
}

void BackboneRunner::begin(const PassSize& size, const Parameters& parameters) {
  visit([&](const auto& family, auto& memory) {
    family.prepare(memory.tables, size.tables, parameters.backbone.weights);
    while (std::ssize(memory.workers) < size.workers) {
      auto& worker = memory.workers.emplace_back();
      worker.training.resize(static_cast<size_t>(size.saved_blocks));
      worker.scoring.resize(1);
    }
  });
}

void BackboneRunner::embed(const WorkerTokens& tokens, int64_t worker, const Parameters& parameters,
                           const at::Tensor& out) {
  visit([&](const auto& family, auto& memory) {
    family.embed(tokens, parameters, memory.workers[worker].embedding, out);
  });
}

void BackboneRunner::embed_backward(const at::Tensor& grad, const WorkerTokens& tokens,
                                    int64_t worker, const Parameters& parameters) {
  visit([&](const auto& family, auto& memory) {
    family.embed_backward(grad, tokens, parameters, memory.workers[worker].embedding);
  });
}

void BackboneRunner::block_forward(const BlockPass& pass, const Parameters& parameters, bool keep,
                                   const at::Tensor& output) {
  visit([&](const auto& family, auto& memory) {
    auto& worker = memory.workers[pass.worker];
    auto& saved = keep ? worker.training : worker.scoring;
    family.block_forward(pass, parameters,
                         {memory.tables, worker.scratch, saved[pass.layer % saved.size()]}, output);
  });
}

void BackboneRunner::block_backward(const BlockPass& pass, const Parameters& parameters,
                                    const at::Tensor& grad_output, const at::Tensor& grad_input) {
  visit([&](const auto& family, auto& memory) {
    auto& worker = memory.workers[pass.worker];
    auto& saved = worker.training;
    family.block_backward(pass, parameters,
                          {memory.tables, worker.scratch, saved[pass.layer % saved.size()]},
                          grad_output, grad_input);
  });
}

at::Tensor BackboneRunner::features_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                                            const Parameters& parameters,
                                            const at::TensorOptions& type) {
  return visit([&](const auto& family, auto& memory) {
    return family.features_forward(hidden, tokens, parameters, type, memory.features);
  });
}

void BackboneRunner::features_backward(const at::Tensor& grad, const TokenBatch& tokens,
                                       const Parameters& parameters,
                                       const at::Tensor& grad_hidden) {
  visit([&](const auto& family, auto& memory) {
    family.features_backward(grad, tokens, parameters, memory.features, grad_hidden);
  });
}

}  // namespace laurel
