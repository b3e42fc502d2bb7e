// What a run says when memory runs out.
#include "train/out_of_memory.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>
#include <gmock/gmock.h>

#include <functional>

#include "data/batches/pack.h"

namespace laurel::out_of_memory_test {
namespace {

using testing::HasSubstr;

Group group_of(uint64_t id, std::vector<int64_t> lengths) {
  Group group;
  for (const int64_t length : lengths) {
    const auto end = static_cast<int32_t>(length);
    group.responses.push_back({.ids = std::vector<int32_t>(length, static_cast<int32_t>(id)),
                               .positions = {{end - 1, end}}});
  }
  group.label = Ratings{std::vector<float>(lengths.size()), std::vector<float>(lengths.size(), 1)};
  group.id = id;
  return group;
}

std::string location(const Group& group) { return "rows.jsonl:" + std::to_string(group.id); }

// What LibTorch throws for an allocation that cannot be made.
std::string caught_text(const std::function<std::string(const std::exception&)>& text) {
  try {
    at::empty({int64_t{1} << 53}, at::kFloat);
  } catch (const std::exception& caught) {
    return text(caught);
  }
  return "nothing was thrown";
}

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;  // its allocator ends the program
#else
constexpr bool kSanitized = false;
#endif

TEST(OutOfMemory, IsRecognisedAndReportsTheRequestedSize) {
  EXPECT_TRUE(is_out_of_memory(std::bad_alloc()));
  EXPECT_TRUE(is_out_of_memory(c10::OutOfMemoryError({"f", "f.cpp", 1}, "CUDA out of memory.")));
  EXPECT_FALSE(is_out_of_memory(std::runtime_error("not enough memory")));
  EXPECT_FALSE(is_out_of_memory(c10::Error({"f", "f.cpp", 1}, "expected 2 sizes")));
  if (kSanitized) GTEST_SKIP() << "an allocation of this size ends a sanitized program";
  EXPECT_EQ(caught_text([](const auto& caught) {
              EXPECT_TRUE(is_out_of_memory(caught));
              return requested_memory(caught);
            }),
            "33554432 GiB");
  EXPECT_EQ(requested_memory(std::bad_alloc()), "more memory than there is");
  EXPECT_EQ(requested_memory(std::runtime_error(
                "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of")),
            "2.50 GiB");
}

TEST(OutOfMemory, NamesStepTokensLongestGroupAndWhatToChange) {
  const Group a = group_of(3, {5}), b = group_of(4, {9, 8}), c = group_of(5, {100});
  const std::vector<const Group*> step = {&a, &b, &c};
  const std::vector<Batch> batches =
      pack(step, {.causal = true}, {.tokens_per_micro_batch = 30, .group_by_prompt = false});
  ASSERT_EQ(batches.size(), 2);
  const auto text = [&](const Batch& batch, Recompute recompute, bool moments_fp32) {
    const Error error = out_of_memory(std::bad_alloc(), {.step = 12,
                                                         .batch = batch,
                                                         .groups = step,
                                                         .location = location,
                                                         .recompute = recompute,
                                                         .tokens_per_micro_batch = 30,
                                                         .moments_fp32 = moments_fp32});
    EXPECT_EQ(error.kind, ErrorKind::memory);
    return error.message;
  };
  EXPECT_EQ(text(batches[0], Recompute::gate_up, false),
            "step 12: out of memory: asked for more memory than there is while computing a "
            "micro-batch of 15 tokens (2 groups; the longest is rows.jsonl:4 with 17 tokens in 2 "
            "responses). Set train.recompute to \"inputs\" (it is \"gate_up\"), or lower "
            "train.tokens_per_micro_batch (it is 30)");
  EXPECT_THAT(text(batches[1], Recompute::inputs, true),
              HasSubstr("(1 group; the longest is rows.jsonl:5 with 100 tokens in 1 response). "
                        "Lower model.max_length (a group is never split), or set train.moments to "
                        "\"bf16\""));
}

}  // namespace
}  // namespace laurel::out_of_memory_test
