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

// What a precision that was asked for does to rewards.
struct PrecisionChange {
  int64_t rewards = 0;             // compared
  double change = 0;               // root mean square
  double deviation = 0;            // of the rewards in the own precision
  std::optional<double> spearman;  // none: one of the two is constant

  // A tenth of the deviation, or Spearman below .98 from 30 rewards on.
  bool large() const;
};

// Of two lists; of no rewards where their lengths differ.
PrecisionChange change_between(std::span<const double> own, std::span<const double> asked);

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
