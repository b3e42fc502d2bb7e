// The reward of a segment does not depend on what follows it.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "data/batches/pack.h"
#include "data/sources/encode_example.h"
#include "support/random_model.h"
#include "text/golden.h"

namespace laurel::segments_test {
namespace {

const std::vector<std::string> kSteps = {"First 3 * 4 = 12, ", "then 2 + 12", " = 14.\n",
                                         "So it is 14.", "Is it?"};

Group group_of(const Json& row, const TextProcessor& folder, TextRule rule) {
  const Example example = parse_row(row, {.format = SegmentsFormat{}, .labelled = false}, "a:1");
  EncodedExample encoded = encode_example(
      example, {.folder = folder, .rules = {rule}, .pooling = {}, .length = {1000}}, "a:1");
  return std::move(encoded.group).value();
}

at::Tensor rewards(RewardModel& model, const std::vector<Group>& groups) {
  std::vector<const Group*> pointers;
  for (const Group& group : groups) pointers.push_back(&group);
  const std::vector<Batch> batches = pack(pointers, {}, {});
  EXPECT_EQ(batches.size(), 1u);
  return model.score(batches[0].tokens).view({-1});
}

RewardModel model_for(const TextProcessor& folder, const std::string& model_type) {
  LlamaConfig config = small_config(model_type);
  config.vocab_size = folder.tokenizer.vocabulary_size();
  return random_model(config);
}

TEST(SegmentsInvariant, ARewardStaysTheSameWhateverFollowsItsSegment) {
  for (const char* name : {"marks", "header", "brackets", "blocks"}) {
    const TextProcessor folder = golden_text(name);
    RewardModel model = model_for(folder, "llama");
    for (const TextRule rule : {TextRule::chat, TextRule::plain}) {
      const auto rewards_of = [&](size_t count) {
        const std::vector<std::string> steps(kSteps.begin(), kSteps.begin() + count);
        return rewards(
            model, {group_of({{"prompt", "2 + 3 * 4?"}, {"completions", steps}}, folder, rule)});
      };
      const at::Tensor whole = rewards_of(kSteps.size());
      for (size_t count = 1; count < kSteps.size(); ++count) {
        const auto length = static_cast<int64_t>(count);
        EXPECT_TRUE(at::allclose(rewards_of(count), whole.narrow(0, 0, length), 1e-10, 1e-12))
            << name << " " << count;
      }
    }
  }
}

TEST(SegmentsInvariant, ARewardChangesWithWhatPrecedesItsSegment) {
  const TextProcessor folder = golden_text("marks");
  RewardModel model = model_for(folder, "qwen3");
  const auto last = [&](const Json& steps) {
    const Json row = {{"prompt", "q"}, {"completions", steps}};
    return rewards(model, {group_of(row, folder, TextRule::chat)}).select(0, -1).item<double>();
  };
  EXPECT_NE(last({"one", "two"}), last({"on", "two"}));
}

TEST(SegmentsInvariant, SpansGiveTheRewardsOfTheSameCompletions) {
  const TextProcessor folder = golden_text("marks");
  RewardModel model = model_for(folder, "mistral");
  const Json listed = {{"prompt", "q"}, {"completions", {"Año 1.", "Then 2."}}};
  const Json spans = {
      {"prompt", "q"}, {"response", "Año 1.\nThen 2. And more."}, {"segments", {{0, 6}, {7, 14}}}};
  for (const TextRule rule : {TextRule::chat, TextRule::plain}) {
    EXPECT_TRUE(at::allclose(rewards(model, {group_of(listed, folder, rule)}),
                             rewards(model, {group_of(spans, folder, rule)}), 1e-10, 1e-12));
  }
}

TEST(SegmentsInvariant, GroupsPackedTogetherGiveWhatTheyGiveAlone) {
  const TextProcessor folder = golden_text("marks");
  RewardModel model = model_for(folder, "qwen2");
  std::vector<Group> groups;
  std::vector<at::Tensor> alone;
  for (const std::vector<std::string>& steps :
       {std::vector<std::string>{"one", "two", "three"}, {"one", "2"}, {"four"}}) {
    groups.push_back(group_of({{"prompt", "q"}, {"completions", steps}}, folder, TextRule::chat));
    alone.push_back(rewards(model, {groups.back()}));
  }
  EXPECT_TRUE(at::allclose(rewards(model, groups), at::cat(alone), 1e-10, 1e-12));
}

}  // namespace
}  // namespace laurel::segments_test
