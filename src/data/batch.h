// One micro-batch: packed tokens, the rows read from them, and labels that refer to rows by number.
//
// A pair with prompt p0..p3 and responses c0 c1, r0 r1 r2, then a rating q0 q1 a0; prompts shared:
//
//   ids        p0 p1 p2 p3  c0 c1  r0 r1 r2  q0 q1 a0      T = 12
//   positions   0  1  2  3   4  5   4  5  6   0  1  2
//   spans       {0,4,-1}   {4,2,0} {6,3,0}   {9,3,-1}      begin, length, prefix
//   rows read                  5        8          11      R = 3; better 0, worse 1; rating 2
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

// One CPU worker's part, cut between groups.
struct Lane {
  int32_t token_begin, token_end, span_begin, span_end;
};

struct RowOrigin {
  SourceId source;
  uint64_t group;
  int32_t response, read;
};

struct TokenBatch {
  at::Tensor ids, positions;        // (T) int32
  at::Tensor read_begin, read_end;  // (R) int32, tokens of this batch
  std::vector<Lane> lanes;
  std::vector<Span> spans;  // a span comes after its prefix
};

struct PointwiseLabels {
  at::Tensor rows;           // (N) int64, row numbers
  at::Tensor score, weight;  // (N, A) fp32; weight 0 = not judged
};

struct PairwiseLabels {
  at::Tensor better, worse;                          // (P) int64, row numbers
  at::Tensor margin, strength, target, tie, weight;  // (P) fp32, as in Preference
};

// Lists of up to K rows. Where a list is shorter, or a response is unranked: row 0, rank -1.
struct RankedLabels {
  at::Tensor rows;    // (N, K) int64, row numbers
  at::Tensor rank;    // (N, K) int64, 1 = best
  at::Tensor score;   // (N, K) fp32, larger is better
  at::Tensor weight;  // (N) fp32
};

using Labels = std::variant<PointwiseLabels, PairwiseLabels, RankedLabels>;

// What one source judged in this micro-batch. weight_sum is known on the host.
struct Judged {
  SourceId source;
  Labels labels;
  double weight_sum;
};

struct Batch {
  TokenBatch tokens;
  std::vector<Judged> judged;
  std::vector<RowOrigin> rows;
};

}  // namespace laurel
