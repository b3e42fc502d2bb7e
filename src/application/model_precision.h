// The precision that a model's rewards have by default, and what another one does to them.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "application/compute.h"
#include "application/scorer.h"
#include "eval/reward_change.h"

namespace laurel {

struct OwnPrecision {
  Precision precision;                                     // fp32 or bf16
  std::string reason;                                      // "as the run was evaluated"
  Bf16MatmulBackend products = Bf16MatmulBackend::native;  // of bf16 on a CPU
};

// Of a run or a checkpoint: that of its own evaluations, on any device. Of another folder: fp32 on a
// CPU, else the type that its config.json names. bf16 that this CPU does not multiply is fp32, and
// the reason says so. Throws Error (model) where there is no such folder.
OwnPrecision own_precision(const std::string& model, at::Device device);

// Whether a precision that was asked for changes the rewards beyond what is still the same model.
bool is_large(const ValueChange& change);

struct ChosenPrecision {
  Compute compute;
  std::optional<std::vector<double>> own_rewards = {};  // of some records, in the own precision
};

// What was asked for, else the model's own precision; says which in the log. Where they differ,
// `records` are scored in the own one, by a model that is gone when this returns.
ChosenPrecision choose_precision(const std::string& model, const Compute& compute,
                                 const std::optional<Precision>& asked, const RowOptions& rows,
                                 std::span<const Record> records, Log& log);

// Says in the log what the chosen precision changes in the rewards of the same records; nothing
// where it is the model's own.
void tell_precision_change(const ChosenPrecision& chosen, Scorer& scorer,
                           std::span<const Record> records, Log& log);

// "bf16, rounded from fp32": the weights that rewards are computed with.
std::string weights_text(const Compute& compute);

}  // namespace laurel
