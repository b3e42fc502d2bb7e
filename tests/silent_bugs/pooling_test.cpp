// Silent bugs of pooling and attention: which token gives the reward, and what it attends to.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "core/files.h"
#include "data/sources/load.h"
#include "data/tiny.h"
#include "eval/evaluate.h"
#include "silent_bugs/runs.h"
#include "support/near.h"
#include "support/random_model.h"
#include "support/twin.h"

namespace laurel::pooling_test {
namespace {

using test::pair_of;
using test::rating_of;
using test::values_of;
using testing::ElementsAre;

namespace fs = std::filesystem;

// Two prompts of several groups each, ratings of one token, texts of very different lengths.
std::vector<Group> groups_of_every_shape(int64_t vocabulary) {
  std::vector<Group> groups;
  uint64_t seed = 0;
  const auto text = [&](const std::vector<int32_t>& prompt, int64_t length) {
    std::vector<int32_t> ids = prompt;
    for (const int32_t id : random_ids(length, vocabulary, ++seed)) ids.push_back(id);
    return ids;
  };
  for (uint64_t prompt = 0; prompt < 3; ++prompt) {
    const std::vector<int32_t> ids = text({}, 2 + 5 * static_cast<int64_t>(prompt));
    for (int64_t i = 0; i < 3; ++i) {
      groups.push_back(pair_of(text(ids, 1 + 7 * i), text(ids, 3)));
      groups.back().prompt_hash = prompt;
    }
    groups.push_back(rating_of(text(ids, 2), 1, 1));
    groups.back().prompt_hash = prompt;
    groups.push_back(rating_of(text({}, 1), 1, 1));
    groups.back().prompt_hash = 100 + prompt;
  }
  for (size_t i = 0; i < groups.size(); ++i) groups[i].id = i;
  return groups;
}

const std::vector<PackOptions> kPackings = {
    {.tokens_per_micro_batch = 10000, .workers = 1},
    {.tokens_per_micro_batch = 10000, .workers = 2},
    {.tokens_per_micro_batch = 40, .workers = 1, .group_by_prompt = false},
    {.tokens_per_micro_batch = 1, .workers = 1}};

std::vector<std::vector<double>> rewards_of(RewardModel& model, const std::vector<Group>& groups,
                                            const PackOptions& packing) {
  return score_groups([&](const TokenBatch& tokens) { return model.score(tokens); }, groups, {},
                      packing);
}

// Packed texts see each other.
TEST(SilentBugs, PackedGroupsDoNotAttendToEachOther) {
  const std::vector<Group> original = groups_of_every_shape(31);
  for (const char* const family : {"llama", "qwen2"}) {
    RewardModel model = random_model(small_config(family));
    for (const PackOptions& packing : kPackings) {
      const auto before = rewards_of(model, original, packing);
      for (size_t changed = 0; changed < original.size(); ++changed) {
        std::vector<Group> groups = original;
        for (Response& response : groups[changed].responses) {
          response.ids.back() = (response.ids.back() + 1) % 31;
        }
        const auto after = rewards_of(model, groups, packing);
        for (size_t i = 0; i < groups.size(); ++i) {
          EXPECT_EQ(after[i] == before[i], i != changed) << i << " beside " << changed;
        }
      }
    }
  }
}

// Positions or batch change rewards.
TEST(SilentBugs, ATextHasTheSameRewardPackedAndAlone) {
  const std::vector<Group> groups = groups_of_every_shape(31);
  for (const char* const family : {"llama", "mistral", "qwen2", "qwen3"}) {
    RewardModel model = random_model(small_config(family));
    Twin twin(model);
    for (const PackOptions& packing : kPackings) {
      const auto found = rewards_of(model, groups, packing);
      for (size_t i = 0; i < groups.size(); ++i) {
        for (size_t r = 0; r < groups[i].responses.size(); ++r) {
          const std::vector<TestGroup> alone(1, TestGroup{{groups[i].responses[r].ids, {}}});
          EXPECT_NEAR(found[i][r], twin.rewards(alone).item<double>(), 1e-12) << i << " " << r;
        }
      }
    }
  }
}

// Positions continue across packed texts. A shift of all positions of a row would not show in its
// reward, which sees only differences.
TEST(SilentBugs, PositionsOfEveryRowBeginAtZero) {
  const std::vector<Group> groups = groups_of_every_shape(31);
  std::vector<const Group*> pointers;
  for (const Group& group : groups) pointers.push_back(&group);
  for (const PackOptions& packing : kPackings) {
    for (const Batch& batch : pack(pointers, {}, packing)) {
      const auto positions = values_of<int32_t>(batch.tokens.position_ids);
      const std::vector<Span>& spans = batch.tokens.spans;
      for (const Span& span : spans) {
        const int32_t first = span.prefix < 0 ? 0 : spans[span.prefix].length;
        for (int32_t i = 0; i < span.length; ++i) {
          ASSERT_EQ(positions[span.begin + i], first + i);
        }
      }
    }
  }
}

// A mask row hides everything.
TEST(SilentBugs, EveryQueryHasAKeyToAttendTo) {
  for (const char* const family : {"llama", "mistral", "qwen2", "qwen3"}) {
    RewardModel model = random_model(small_config(family), 1, at::kFloat);
    const std::vector<Group> groups = groups_of_every_shape(31);
    std::vector<const Group*> pointers;
    for (const Group& group : groups) pointers.push_back(&group);
    for (const Batch& batch : pack(pointers, {}, kPackings[1])) {
      const at::Tensor rewards = model.forward(batch.tokens);
      EXPECT_TRUE(rewards.isfinite().all().item<bool>());
      model.backward(batch.tokens, at::ones_like(rewards));
    }
    for (const ParameterBuffer& buffer : model.parameters().buffers()) {
      EXPECT_TRUE(buffer.gradient.isfinite().all().item<bool>()) << family;
      EXPECT_GT(buffer.gradient.abs().sum().item<double>(), 0);
    }
  }
}

// The reward is off by one token. Prompt 11; answers 12 13 and 14; end of sequence 1.
// Packed: 11 | 12 13 1 | 14 1.
TEST(SilentBugs, TheRewardIsPooledAtTheTokenCountedByHand) {
  const std::string file =
      test::write_data("read.jsonl", R"({"prompt": "w1", "chosen": " w2 w3", "rejected": " w4"})");
  const SourceData data = load_source(test::pairs_from({file}), 0, test::context_of());
  const Group group = data.train.groups.at(0);
  const std::vector<const Group*> groups{&group};
  const Batch batch = pack(groups, {}, {}).at(0);
  ASSERT_THAT(values_of<int32_t>(batch.tokens.ids), ElementsAre(11, 12, 13, 1, 14, 1));
  EXPECT_THAT(values_of<int32_t>(batch.tokens.pool_begin), ElementsAre(3, 5));
  EXPECT_THAT(values_of<int32_t>(batch.tokens.pool_end), ElementsAre(4, 6));
  RewardModel model = random_model(small_config("llama"));
  Twin twin(model);
  const std::vector<TestGroup> alone{{{{11, 12, 13, 1}, {}}}, {{{11, 14, 1}, {}}}};
  expect_near(model.score(batch.tokens), twin.rewards(alone), 1e-12);
}

// The first EOS gets pooled: a classifier whose pad is the end of sequence, which ends every turn.
TEST(SilentBugs, TheFirstEndOfSequenceIsNotTheEnd) {
  const fs::path folder = scratch_folder("silent_first_eos");
  make_tiny_model(folder / "model", "brackets", true);
  set_member(folder / "model/config.json", "pad_token_id", 2);  // </s>
  set_member(folder / "model/tokenizer_config.json", "pad_token", "</s>");
  const auto dialogue = [](const char* answer) {
    return Json{{"response",
                 {{{"role", "user"}, {"content", "What is it?"}},
                  {{"role", "assistant"}, {"content", "A cat."}},
                  {{"role", "user"}, {"content", "And that?"}},
                  {{"role", "assistant"}, {"content", answer}}}}};
  };
  write_lines(folder / "dialogues.jsonl", {dialogue("A dog."), dialogue("A goat!")});
  const auto of_dialogues = column(scored(folder, "model", "dialogues.jsonl"), "reward");
  EXPECT_GT(std::abs(of_dialogues.at(0) - of_dialogues.at(1)),
            1e-3);  // the same up to the first end
  const auto text = [](const char* end) {
    return Json{{"response", std::string("One</s> and two") + end}};
  };
  write_lines(folder / "texts.jsonl",
              {text(""), text("</s>"), text("</s></s>"), text("</s> x"), {{"response", "One"}}});
  const auto of_texts = column(scored(folder, "model", "texts.jsonl", "--text plain"), "reward");
  EXPECT_NEAR(of_texts.at(1), of_texts.at(0), 1e-5);  // one is added where none stands
  EXPECT_NEAR(of_texts.at(2), of_texts.at(0), 1e-5);
  EXPECT_GT(std::abs(of_texts.at(3) - of_texts.at(0)), 1e-3);
  EXPECT_GT(std::abs(of_texts.at(4) - of_texts.at(0)), 1e-3);
}

// The wrong pad token is used: a trained head pools the last token whatever any file calls the pad.
TEST(SilentBugs, ThePadTokenDoesNotMoveThePooledToken) {
  const fs::path folder = tiny_project("silent_pad_of_another_level");
  steps_of_run(folder, tiny_config({pair_source()}, 2));
  const std::vector<Json> before = scored(folder, "run/export", "held_out.jsonl");
  const fs::path model = folder / "run/export";
  const std::string text = read_file(model / "tokenizer_config.json");
  ASSERT_NE(text.find("\"eos_token\": \"<|endoftext|>\""), std::string::npos);
  set_member(model / "config.json", "pad_token_id", 420);  // the end of sequence
  EXPECT_EQ(scored(folder, "run/export", "held_out.jsonl"), before);
  set_member(model / "tokenizer_config.json", "pad_token", "<|endoftext|>");
  EXPECT_EQ(scored(folder, "run/export", "held_out.jsonl"), before);
}

// Batch size changes a score, through the program.
TEST(SilentBugs, AScoreDoesNotDependOnTheBatch) {
  const fs::path folder = tiny_project("silent_batch_size");
  make_tiny_model(folder / "classifier", "blocks", true);
  const auto together = column(scored(folder, "classifier", "ratings.jsonl"), "reward");
  const std::vector<Json> rows = lines_of(folder / "ratings.jsonl");
  for (const size_t i : {0, 7, 15}) {
    write_lines(folder / "one.jsonl", {rows[i]});
    const auto alone = column(scored(folder, "classifier", "one.jsonl"), "reward");
    EXPECT_NEAR(alone.at(0), together.at(i), 1e-5) << i;
  }
}

}  // namespace
}  // namespace laurel::pooling_test
