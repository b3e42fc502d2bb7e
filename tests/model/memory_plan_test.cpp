// The memory of training by shapes: sums worked by hand, and the level that is chosen.
#include "model/memory_plan.h"

#include <gmock/gmock.h>

#include "support/error_of.h"

namespace laurel::memory_plan_test {
namespace {

using testing::HasSubstr;

// D 8, I 10, 3 layers, H 2, G 1, K 4: qkv 16, attention_output 8, gate and up 20.
Llama small() {
  LlamaConfig config;
  config.hidden_size = 8;
  config.intermediate_size = 10;
  config.layers = 3;
  config.heads = 2;
  config.kv_heads = 1;
  config.head_dim = 4;
  return {config};
}

struct Case {
  MemoryShape shape;
  Recompute recompute;
  int64_t state, activations, attention;
};

TEST(MemoryEstimate, IsTheSumOfTheBuffers) {
  constexpr int64_t kWork = 3 * 8 + 4 * 10 + 16 + 8;        // 88
  constexpr int64_t kStatistics = 3 * 4 * (2 + 2 * 2 + 1);  // 84 bytes
  constexpr int64_t kNone = 3 * (16 + 16 + 8 + 20);         // 180
  constexpr int64_t kGateUp = 3 * (16 + 16 + 8) + 20;       // 140
  constexpr int64_t kInputs = 3 * 8 + (8 + 16 + 8 + 20);    // 76
  constexpr int64_t kScoring = 3 * 8 + 16 + 8 + 20;         // 68
  const MemoryShape fp32{.parameters = 100, .tokens = 5};
  const MemoryShape bf16{.parameters = 100, .tokens = 5, .element_bytes = 2, .moment_bytes = 2};
  MemoryShape scored = fp32;
  scored.eval_tokens = 7;
  const std::vector<Case> cases = {
      {fp32, Recompute::none, 1600, 4 * 5 * (kNone + kWork) + 5 * kStatistics, 0},
      {fp32, Recompute::gate_up, 1600, 4 * 5 * (kGateUp + kWork) + 5 * kStatistics, 0},
      {fp32, Recompute::inputs, 1600, 4 * 5 * (kInputs + kWork) + 5 * kStatistics, 0},
      {bf16, Recompute::none, 1200, 2 * 5 * (kNone + kWork) + 5 * kStatistics, 0},
      {scored, Recompute::none, 1600, 4 * 5 * (kNone + kWork) + 5 * kStatistics + 4 * 7 * kScoring,
       0},
  };
  for (const Case& one : cases) {
    const MemoryEstimate need = estimate_memory(small(), one.shape, one.recompute);
    EXPECT_EQ(need.state, one.state);
    EXPECT_EQ(need.activations, one.activations);
    EXPECT_EQ(need.attention, one.attention);
    EXPECT_EQ(need.rest, 0);
    EXPECT_EQ(need.total(), one.state + one.activations);
  }
}

TEST(MemoryEstimate, CountsAnAverageOfWhatIsTrainedAndItsCopy) {
  MemoryShape shape{.parameters = 100, .frozen = 1000, .tokens = 5};
  shape.saves = true;
  const MemoryEstimate without = estimate_memory(small(), shape, Recompute::none);
  EXPECT_EQ(without.average, 0);
  shape.average_bytes = 4;
  const MemoryEstimate with = estimate_memory(small(), shape, Recompute::none);
  EXPECT_EQ(with.average, 400);
  EXPECT_EQ(with.state, 100 * 20 + 1000 * 4);
  EXPECT_EQ(with.state_of_all, 1100 * 20);
  EXPECT_EQ(with.copy, 100 * 16);
  EXPECT_EQ(with.total() - without.total(), 800);
}

TEST(MemoryEstimate, CountsFrozenParametersOnceAndTheLayersThatKeepTheirs) {
  constexpr int64_t kWork = 3 * 8 + 4 * 10 + 16 + 8, kScoring = 3 * 8 + 16 + 8 + 20;
  constexpr int64_t kLayer = 16 + 16 + 8 + 20, kStatistics = 4 * (2 + 2 * 2 + 1);
  MemoryShape shape{.parameters = 100, .frozen = 1000, .kept_layers = 1, .tokens = 5};
  shape.saves = true;
  const MemoryEstimate last = estimate_memory(small(), shape, Recompute::none);
  EXPECT_EQ(last.state, 100 * 16 + 1000 * 4);
  EXPECT_EQ(last.state_of_all, 1100 * 16);
  EXPECT_EQ(last.copy, 100 * 12);
  EXPECT_EQ(last.activations, 4 * 5 * (kLayer + kWork + kScoring) + 5 * kStatistics);
  shape.kept_layers = 0;  // the head alone: layers keep nothing
  EXPECT_EQ(estimate_memory(small(), shape, Recompute::none).activations, 4 * 5 * kScoring);
  shape.kept_layers = 3;  // adapters: all of them do
  shape.element_bytes = 2;
  EXPECT_EQ(estimate_memory(small(), shape, Recompute::none).state, 100 * 16 + 1000 * 2);
}

// What one layer of three keeps, what is worked in, what a layer that keeps nothing takes, and the
// statistics of the kept one: D 8, I 10, H 2, of Gemma 2 also G 1, K 4.
TEST(MemoryEstimate, CountsTheKeptLayersOfGemmaAndOfEncoders) {
  struct Family {
    Backbone backbone;
    int64_t layer, work, scoring, statistics;
  };
  const GemmaConfig gemma{.hidden_size = 8,
                          .intermediate_size = 10,
                          .layers = 3,
                          .heads = 2,
                          .kv_heads = 1,
                          .head_dim = 4,
                          .post_norms = true};
  const BertConfig bert{.hidden_size = 8, .intermediate_size = 10, .layers = 3, .heads = 2};
  const ModernBertConfig modern{.hidden_size = 8, .intermediate_size = 10, .layers = 3, .heads = 2};
  const std::vector<Family> families = {
      {Gemma{gemma}, 16 + 16 + 8 + 20 + 16, 88 + 16, 68 + 24, 4 * (2 + 2 * 2 + 1 + 2)},
      {Bert{bert}, 7 * 8 + 10, 10 * 8 + 4 * 10, 8 * 8 + 2 * 10, 4 * (4 + 2)},
      {ModernBert{modern}, 6 * 8 + 2 * 10, 8 * 8 + 6 * 10, 8 * 8 + 3 * 10, 4 * (4 + 2)}};
  for (const Family& family : families) {
    const auto activations = [&](std::optional<int64_t> kept) {
      const MemoryShape shape{
          .parameters = 100, .frozen = 1000, .kept_layers = kept, .tokens = 5, .eval_tokens = 3};
      return estimate_memory(family.backbone, shape, Recompute::none).activations;
    };
    const auto& [backbone, layer, work, scoring, statistics] = family;
    EXPECT_EQ(activations(0), 4 * 5 * scoring);
    EXPECT_EQ(activations(1), 4 * 5 * (layer + work + scoring) + 5 * statistics);
    EXPECT_EQ(activations({}), 4 * (5 * (3 * layer + work) + 3 * scoring) + 3 * 5 * statistics);
    EXPECT_EQ(activations(3), activations({}));
  }
}

TEST(MemoryEstimate, OnCudaCountsAttentionAndLibraries) {
  MemoryShape shape{.tokens = 5, .longest = 3, .element_bytes = 2, .cuda = true};
  EXPECT_EQ(estimate_memory(small(), shape, Recompute::none).attention, 4 * 8 * (3 * 5 + 5));
  EXPECT_EQ(estimate_memory(small(), shape, Recompute::none).rest, 1 << 30);
  shape.element_bytes = 4;  // plain attention: scores of 3 queries against 3 keys, then of a tile
  EXPECT_EQ(estimate_memory(small(), shape, Recompute::none).attention,
            8 * 4 * 2 * 3 * 3 + 4 * 4 * 8 * 3);
  shape.longest = 1000;
  EXPECT_EQ(estimate_memory(small(), shape, Recompute::none).attention,
            8 * 4 * 2 * 256 * 1000 + 4 * 4 * 8 * 1000);
}

TEST(MemoryEstimate, CountsQueriesAndKeysBeforeTheirNorm) {
  Llama llama = small();
  const MemoryShape shape{.tokens = 1, .element_bytes = 2};
  const int64_t before = estimate_memory(llama, shape, Recompute::inputs).activations;
  llama.config.qk_norm = true;
  EXPECT_EQ(estimate_memory(llama, shape, Recompute::inputs).activations, before + 2 * 2 * (3 * 4));
}

TEST(MemoryEstimate, CountsWhatIsBesideTheNormsOfGemmasBranches) {
  GemmaConfig config{.hidden_size = 8,
                     .intermediate_size = 10,
                     .layers = 3,
                     .heads = 2,
                     .kv_heads = 1,
                     .head_dim = 4};
  MemoryShape shape{.tokens = 1, .eval_tokens = 1, .longest = 3, .element_bytes = 2};
  const auto activations = [&](Recompute recompute) {
    return estimate_memory(Gemma{config}, shape, recompute).activations;
  };
  const int64_t none = activations(Recompute::none), inputs = activations(Recompute::inputs);
  EXPECT_EQ(none, estimate_memory(small(), shape, Recompute::none).activations);
  config.post_norms = true;  // 2 D of each layer, 2 D to work in, 3 D scoring, 2 statistics a layer
  EXPECT_EQ(activations(Recompute::none), none + 2 * (3 * 16 + 16 + 24) + 3 * 4 * 2);
  EXPECT_EQ(activations(Recompute::inputs), inputs + 2 * (16 + 16 + 24) + 3 * 4 * 2);
  shape.cuda = true;
  EXPECT_EQ(estimate_memory(Gemma{config}, shape, Recompute::none).attention, 16 * 8);
  config.soft_cap = 50;  // no flash
  EXPECT_EQ(estimate_memory(Gemma{config}, shape, Recompute::none).attention,
            8 * 4 * 2 * 3 * 3 + 4 * 4 * 8 * 3);
}

// Llama-3.1-8B without lm_head: 7.50 G parameters.
Llama llama_8b() {
  LlamaConfig config;
  config.hidden_size = 4096;
  config.intermediate_size = 14336;
  config.layers = 32;
  config.heads = 32;
  config.kv_heads = 8;
  config.head_dim = 128;
  return {config};
}

MemoryShape shape_8b(int64_t tokens, int64_t moment_bytes) {
  return {.parameters = 7'504'924'672,
          .tokens = tokens,
          .longest = 4096,
          .element_bytes = 2,
          .moment_bytes = moment_bytes,
          .cuda = true};
}

constexpr int64_t kGiB = int64_t{1} << 30;

TEST(MemoryPlan, TakesTheFirstLevelThatFits) {
  struct Row {
    int64_t tokens, moment_bytes, free;
    Recompute expected;
  };
  const std::vector<Row> rows = {
      {8192, 2, 140 * kGiB, Recompute::none},    {16384, 2, 140 * kGiB, Recompute::gate_up},
      {32768, 2, 140 * kGiB, Recompute::inputs}, {8192, 4, 140 * kGiB, Recompute::gate_up},
      {1 << 20, 2, 0, Recompute::none},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(plan_memory(llama_8b(), shape_8b(row.tokens, row.moment_bytes), Recompute::automatic,
                          row.free)
                  .recompute,
              row.expected)
        << row.tokens << " tokens, moments of " << row.moment_bytes;
  }
}

TEST(MemoryPlan, ARequestedLevelIsTakenAsItIs) {
  for (const Recompute requested : {Recompute::none, Recompute::gate_up, Recompute::inputs}) {
    EXPECT_EQ(plan_memory(llama_8b(), shape_8b(8192, 4), requested, kGiB).recompute, requested);
  }
}

TEST(MemoryPlan, SaysWhatIsNeededAndWhichSettingHelps) {
  const auto message = [](int64_t tokens, int64_t moment_bytes, int64_t free) {
    return test::error_of(ErrorKind::memory, [&] {
      plan_memory(llama_8b(), shape_8b(tokens, moment_bytes), Recompute::automatic, free);
    });
  };
  EXPECT_THAT(message(8192, 2, 78 * kGiB),
              AllOf(HasSubstr("training needs about 89"), HasSubstr("\"inputs\": 83.9 GiB for"),
                    HasSubstr("found 78 GiB free. Take a smaller backbone")));
  EXPECT_THAT(message(8192, 4, 78 * kGiB), HasSubstr("Set train.moments to \"bf16\""));
  EXPECT_THAT(message(1 << 19, 2, 140 * kGiB),
              HasSubstr("Lower train.tokens_per_micro_batch or model.max_length"));
}

}  // namespace
}  // namespace laurel::memory_plan_test
