// The tensors of the training state between two steps, saved and restored bit for bit.
#pragma once

#include <filesystem>
#include <vector>

#include "checkpoint/safetensors.h"
#include "model/parameters.h"

namespace laurel {

// All that is saved of what is trained, copied: weights, low halves, moments, average; on the CPU and
// without gradients.
Parameters snapshot(const Parameters& parameters);

// The trainable tensors by their Hugging Face names, read when they are written: their average, else
// weights, or their fp32 masters. Numbers that losses learn belong to reward_config.json.
std::vector<TensorToWrite> model_tensors(const Parameters& parameters);

// training.safetensors, beside the weights: NAME.moment1 and NAME.moment2; NAME.low, of weights
// that were rounded stochastically, because it knows which way; "loss_parameters", the numbers that
// losses learn; "seen_rows", by row of the embedding whether a step had it. Where the model beside it
// is an average: NAME.weights, what is trained, in fp32, and "loss_parameters.average". Throws Error
// (checkpoint).
void write_training_tensors(const std::filesystem::path& file, const Parameters& parameters,
                            const std::vector<bool>& seen_rows);

// Into buffers that hold the checkpoint's weights and are trainable; an average is read from the
// model beside the file. Returns `seen_rows`. Throws Error (checkpoint) that names what is missing or
// does not fit.
std::vector<bool> read_training_tensors(const std::filesystem::path& file, Parameters& parameters);

// What is trained alone, into buffers of any kind that hold the checkpoint's model: nothing changes
// where that is no average. Errors as above.
void read_trained_weights(const std::filesystem::path& file, Parameters& parameters);

}  // namespace laurel
