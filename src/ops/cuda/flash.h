// Attention over packed spans by LibTorch's flash kernels (2307.08691): one variable-length call on
// gathered keys, and its gradient scattered back.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>

#include "ops/attention.h"
#include "ops/cuda/operations.h"

namespace laurel {

// The keys of S spans on the device.
struct FlashKeys {
  at::Tensor cu_seqlens_q, cu_seqlens_k;  // (S+1) int32
  // Token of each gathered key (int32), and the same sorted; undefined where no span has a prefix.
  at::Tensor key_index;
  SortedRows sorted;
  int64_t max_seqlen_q = 0, max_seqlen_k = 0;
};

FlashKeys flash_keys(std::span<const Span> spans, at::Device device);

// Whether the flash kernels take these heads (bf16, at most 256 wide, a multiple of 8) under this
// mask: LibTorch's have no soft cap.
bool flash_supports(const Qkv& qkv, const AttentionMask& mask);

// As attention_forward and attention_backward, with mask.flash_keys; logsumexp (T, H) fp32. The
// backward pass also needs the forward pass's `out`.
void flash_forward(const Qkv& qkv, const AttentionMask& mask, const AttentionOutput& output);
void flash_backward(const at::Tensor& grad, const Qkv& qkv, const AttentionMask& mask,
                    const AttentionOutput& output, const Qkv& grad_qkv);

// Compares both passes with attention_math on a small plan with shared prefixes, unequal lengths,
// a window and a scale, causal and not. Returns what differs and by how much, nothing if all is well. LibTorch promises
// nothing about these functions from version to version, so a run does this first.
std::string check_flash(at::Device device);

}  // namespace laurel
