// adapter_config.json: which modules are chosen with which scale, and what is refused by name.
#include "checkpoint/peft_config.h"

#include <cmath>

#include "adapters.h"

namespace laurel::test::peft_config_test {

using ::testing::AllOf;
using ::testing::HasSubstr;

static PeftConfig with(const Json& members) {
  Json json = tiny_adapter_config();
  json.update(members);
  return peft_config(json, "a.json");
}

static std::string refusal(const Json& members) {
  return error_of(ErrorKind::model, [&] { with(members); });
}

static const std::string kQ1 = "model.layers.1.self_attn.q_proj",
                         kK1 = "model.layers.1.self_attn.k_proj",
                         kUp12 = "model.layers.12.mlp.up_proj";

TEST(PeftConfig, AListChoosesModulesByTheEndOfTheirNames) {
  const PeftConfig config = with({{"target_modules", {"q_proj", "mlp.up_proj"}}});
  EXPECT_TRUE(config.selects(kQ1));
  EXPECT_TRUE(config.selects(kUp12));
  EXPECT_FALSE(config.selects(kK1));
  EXPECT_FALSE(config.selects("model.layers.1.self_attn.xq_proj"));  // a whole part, not letters
}

TEST(PeftConfig, AStringIsARegularExpressionOfTheWholeName) {
  const PeftConfig config = with({{"target_modules", R"(.*\.(q|k)_proj)"}});
  EXPECT_TRUE(config.selects(kQ1));
  EXPECT_TRUE(config.selects(kK1));
  EXPECT_FALSE(config.selects(kUp12));
  EXPECT_FALSE(with({{"target_modules", "q_proj"}}).selects(kQ1));
  // As Unsloth writes them.
  const PeftConfig sloth = with(
      {{"target_modules",
        R"((?:.*?(?:language|text).*?(?:self_attn|mlp).*?(?:k_proj|v_proj).*?)|(?:\bmodel\.layers\.[\d]{1,}\.(?:self_attn|mlp)\.(?:(?:q_proj|up_proj))))"}});
  EXPECT_TRUE(sloth.selects(kQ1));
  EXPECT_TRUE(sloth.selects(kUp12));
  EXPECT_FALSE(sloth.selects(kK1));
}

TEST(PeftConfig, AllLinearLeavesOutWhatIsSavedWholeAndWhatIsExcluded) {
  const PeftConfig config = with({{"target_modules", "all-linear"},
                                  {"modules_to_save", {"score", "layers.12"}},
                                  {"exclude_modules", {"k_proj"}}});
  EXPECT_TRUE(config.selects(kQ1));
  EXPECT_FALSE(config.selects(kK1));
  EXPECT_FALSE(config.selects(kUp12));
}

TEST(PeftConfig, LayersToTransformCountBehindTheFirstList) {
  const PeftConfig config =
      with({{"target_modules", {"q_proj", "up_proj"}}, {"layers_to_transform", {1, 3}}});
  EXPECT_TRUE(config.selects(kQ1));
  EXPECT_FALSE(config.selects(kUp12));
  EXPECT_FALSE(config.selects("layers.1.self_attn.q_proj"));  // PEFT wants a name before the list
  const PeftConfig named = with(
      {{"target_modules", {"q_proj"}}, {"layers_to_transform", 1}, {"layers_pattern", "layers"}});
  EXPECT_TRUE(named.selects(kQ1));
  EXPECT_TRUE(named.selects("layers.1.self_attn.q_proj"));
  EXPECT_FALSE(named.selects("model.blocks.1.self_attn.q_proj"));
}

TEST(PeftConfig, TheFirstPatternThatFitsGivesRankAndAlpha) {
  const Json members = {{"r", 4},
                        {"lora_alpha", 6},
                        {"rank_pattern", {{"k_proj", 16}, {"layers.12.mlp.up_proj", 8}}},
                        {"alpha_pattern", {{R"(^model\.layers\.1\..*)", 20}, {"k_proj", 99}}}};
  const PeftConfig config = with(members);
  EXPECT_EQ(config.rank_of(kQ1), 4);
  EXPECT_EQ(config.rank_of(kK1), 16);
  EXPECT_EQ(config.rank_of(kUp12), 8);
  EXPECT_EQ(config.scaling_of(kQ1), 20.0 / 4);
  EXPECT_EQ(config.scaling_of(kK1), 20.0 / 16);
  EXPECT_EQ(config.scaling_of(kUp12), 6.0 / 8);
  Json stabilised = members;
  stabilised["use_rslora"] = true;
  EXPECT_DOUBLE_EQ(with(stabilised).scaling_of(kUp12), 6 / std::sqrt(8.0));
}

TEST(PeftConfig, WhatIsNotPlainLoraIsRefusedByNameWithHowToMergeIt) {
  const std::string merge =
      "merge it into its base once in Python: AutoPeftModelForSequenceClassification."
      "from_pretrained(FOLDER, num_labels=1).merge_and_unload()";
  EXPECT_THAT(
      refusal({{"peft_type", "IA3"}}),
      AllOf(HasSubstr("a.json: \"peft_type\" is \"IA3\", expected \"LORA\"; "), HasSubstr(merge)));
  EXPECT_THAT(refusal({{"peft_type", "PREFIX_TUNING"}}),
              AllOf(HasSubstr("\"peft_type\" is \"PREFIX_TUNING\", expected \"LORA\""),
                    HasSubstr("prompts cannot be merged into weights")));
  EXPECT_THAT(refusal({{"use_dora", true}}),
              AllOf(HasSubstr("\"use_dora\" is true, expected false: DoRA is not read; "),
                    HasSubstr(merge)));
  EXPECT_THAT(refusal({{"init_lora_weights", "pissa"}}),
              HasSubstr("\"init_lora_weights\" is \"pissa\", expected a start that leaves the base "
                        "as it is"));
  EXPECT_THAT(refusal({{"fan_in_fan_out", true}}), HasSubstr("\"fan_in_fan_out\" is true"));
  EXPECT_THAT(refusal({{"lora_bias", true}}),
              HasSubstr("\"lora_bias\" is true, expected plain LoRA, without this option"));
  EXPECT_THAT(refusal({{"trainable_token_indices", {1, 2}}}),
              HasSubstr("\"trainable_token_indices\" is [1,2]"));
  EXPECT_THAT(refusal({{"use_something_new", {{"a", 1}}}}), HasSubstr("\"use_something_new\" is"));
  EXPECT_NO_THROW(with({{"something_new", false}, {"other_new", Json::object()}}));
  EXPECT_NO_THROW(with({{"init_lora_weights", "gaussian"}, {"bias", "all"}}));
  EXPECT_EQ(with({{"revision", "main"}}).revision, "");
  EXPECT_EQ(with({{"revision", "abc1"}}).revision, "abc1");
  Json causal = {{"task_type", "CAUSAL_LM"}, {"use_dora", true}};
  EXPECT_THAT(refusal(causal), HasSubstr("AutoPeftModelForCausalLM.from_pretrained(FOLDER)"));
}

TEST(PeftConfig, WrongTypesNameTheKey) {
  for (const auto& [key, value] : std::map<std::string, Json>{{"r", 0},
                                                              {"r", "4"},
                                                              {"lora_alpha", "x"},
                                                              {"target_modules", 3},
                                                              {"target_modules", nullptr},
                                                              {"rank_pattern", {{"q", 1.5}}},
                                                              {"bias", "some"},
                                                              {"alpha_pattern", {1}},
                                                              {"layers_to_transform", {"a"}},
                                                              {"peft_type", 1}}) {
    EXPECT_THAT(refusal({{key, value}}), HasSubstr("\"" + key + "\" is")) << key;
  }
}

TEST(NamePattern, WhatIsNotReadOrCouldTakeAllMemoryIsRefused) {
  for (const std::string& bad : {std::string("(?P<name>a)"), std::string("(a"),
                                 std::string("(a)\\1"), std::string("(?i)q_proj")}) {
    EXPECT_THAT(refusal({{"target_modules", bad}}),
                HasSubstr("a.json: target_modules: found the regular expression " + bad));
  }
  EXPECT_THAT(refusal({{"target_modules", "((|){60}){60}"}}),
              HasSubstr("found a regular expression of 13 characters, expected at most 2048"));
  EXPECT_THAT(refusal({{"target_modules", std::string(3000, '(')}}), HasSubstr("of 3000 char"));
  // Takes years where the matcher goes back and tries again.
  const PeftConfig slow = with({{"target_modules", "(a*)*(a*)*(a*)*(a|aa)+b"}});
  EXPECT_FALSE(slow.selects(std::string(200, 'a')));
}

}  // namespace laurel::test::peft_config_test
