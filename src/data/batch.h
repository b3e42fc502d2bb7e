// One micro-batch: packed tokens, its scored positions, and labels that refer to them by index.
//
// A pair with prompt p0..p3 and responses c0 c1, r0 r1 r2, then a rating q0 q1 a0; prompts shared:
//
//   ids            p0 p1 p2 p3  c0 c1  r0 r1 r2  q0 q1 a0      T = 12
//   position_ids   0  1  2  3   4  5   4  5  6   0  1  2
//   spans           {0,4,-1}   {4,2,0} {6,3,0}   {9,3,-1}      begin, length, prefix
//   scored                         5        8          11      P = 3; better 0, worse 1; rating 2
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <variant>
#include <vector>

#include "data/group.h"

namespace laurel {

// Tokens [begin, begin+length) continue span `prefix` (-1: none). A prefix has no prefix itself.
struct Span {
  int32_t begin, length, prefix;
};

// The part of a micro-batch that one CPU worker computes; groups are never split.
struct WorkerPart {
  int32_t token_begin, token_end, span_begin, span_end;
};

// The position of a response that a scored position of a batch comes from.
struct PositionOrigin {
  SourceId source;
  uint64_t group;
  int32_t response, position;
};

struct TokenBatch {
  at::Tensor ids, position_ids;     // (T) int32
  at::Tensor token_types;           // (T) int32, 0 or 1; undefined where Pooling::token_types is 1
  at::Tensor pool_begin, pool_end;  // (P) int32, tokens of this batch
  std::vector<WorkerPart> worker_parts;
  std::vector<Span> spans;  // a span comes after its prefix
  // Of each span: all tokens of its row, computed or not; of a shared prefix, of one of its rows.
  std::vector<int32_t> row_lengths;
  std::vector<uint64_t> prompts;  // of each span: Group::prompt_hash; empty: all of one prompt
};

struct PointwiseLabels {
  at::Tensor positions;      // (N) int64, indices of scored positions
  at::Tensor score, weight;  // (N, A) fp32; weight 0 = not labelled

  void fields(auto& visit) {
    visit("positions", positions);
    visit("score", score);
    visit("weight", weight);
  }
};

// better and worse (N) int64, indices of scored positions; the numbers (N) fp32.
using PairwiseLabels = PreferenceOf<at::Tensor, at::Tensor>;

// Lists of up to K positions. Where a list is shorter, or a response is unranked: position 0,
// rank -1.
struct RankedLabels {
  at::Tensor positions;  // (N, K) int64, indices of scored positions
  at::Tensor rank;       // (N, K) int64, 1 = best
  at::Tensor score;      // (N, K) fp32, larger is better
  at::Tensor weight;     // (N) fp32

  void fields(auto& visit) {
    visit("positions", positions);
    visit("rank", rank);
    visit("score", score);
    visit("weight", weight);
  }
};

using Labels = std::variant<PointwiseLabels, PairwiseLabels, RankedLabels>;

// The labels of one source in this micro-batch. weight_sum is known on the host.
struct SourceLabels {
  SourceId source;
  Labels labels;
  double weight_sum;
};

struct Batch {
  TokenBatch tokens;
  std::vector<SourceLabels> labels;
  std::vector<PositionOrigin> origins;
};

}  // namespace laurel
