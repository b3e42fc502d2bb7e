// The tensors of the training state between two steps, saved and restored bit for bit.
#pragma once

#include <filesystem>
#include <vector>

#include "checkpoint/safetensors.h"
#include "model/parameters.h"

namespace laurel {

// All that is saved of what is trained, copied: weights, low halves, moments; on the CPU and without
// gradients.
Parameters snapshot(const Parameters& parameters);

// The trainable tensors by their Hugging Face names, read when they are written: weights, or their
// fp32 masters. Numbers that losses learn belong to reward_config.json.
std::vector<TensorToWrite> model_tensors(const Parameters& parameters);

// training.safetensors, beside the weights: NAME.moment1 and NAME.moment2; NAME.low, of weights
// that were rounded stochastically, because it knows which way; "loss_parameters", the numbers that
// losses learn; "seen_rows", by row of the embedding whether a step had it. Throws Error
// (checkpoint).
void write_training_tensors(const std::filesystem::path& file, const Parameters& parameters,
                            const std::vector<bool>& seen_rows);

// Into buffers that hold the checkpoint's weights and are trainable. Returns `seen_rows`. Throws
// Error (checkpoint) that names what is missing or does not fit.
std::vector<bool> read_training_tensors(const std::filesystem::path& file, Parameters& parameters);

}  // namespace laurel
