// reward_config.json: there and back, and what is refused.
#include "checkpoint/reward_config.h"

#include "core/files.h"
#include "core/str.h"
#include "tiny.h"

namespace laurel::test::reward_config_test {

using ::testing::HasSubstr;
using ::testing::StartsWith;

static RewardConfig full_config() {
  RewardConfig config;
  config.text = {TextRule::plain, SpecialText::plain};
  config.template_options.template_kwargs = {{"enable_thinking", false}};
  config.template_options.template_date = "2026-01-31";
  config.pooling = PoolingRule::last_not_pad;
  config.pad_id = 7;
  config.max_length = 512;
  config.attributes = {"help", "truth"};
  config.log_variances = true;
  config.combined = {{"help", 1}};
  config.sources = {{.name = "pairs",
                     .format = "pairwise",
                     .loss = {{"type", "bradley_terry"}, {"center", 0.01}},
                     .loss_weight = 2.0,
                     .reward_weights = {{"help", 0.5}, {"truth", 1}},
                     .train_sha256 = {"abc", "def"}},
                    {.name = "stars",
                     .format = "segments",
                     .loss = {{"type", "squared_error"}},
                     .attributes = {"help", "truth"},
                     .scaling = {{3.1, 0.1}, {0, 1}},
                     .loss_parameters = {0.25, -1},
                     .reduction = Reduction::min,
                     .separator = " "}};
  return config;
}

TEST(RewardConfig, RoundTripsThroughJson) {
  const RewardConfig config = full_config();
  const RewardConfig back = reward_config(Json::parse(json_of(config).dump()), "here");
  EXPECT_EQ(json_of(back), json_of(config));
  EXPECT_EQ(back.sources, config.sources);
  EXPECT_EQ(back.text.rule, TextRule::plain);
  EXPECT_EQ(back.text.special_text, SpecialText::plain);
  EXPECT_EQ(back.pooling, PoolingRule::last_not_pad);
  EXPECT_EQ(back.pad_id, 7);
  EXPECT_EQ(back.max_length, 512);
  EXPECT_EQ(back.template_options.template_date, "2026-01-31");
  ASSERT_NE(back.find("stars"), nullptr);
  EXPECT_EQ(back.find("stars")->scaling[0].mean, 3.1);
  EXPECT_EQ(back.attributes, config.attributes);
  EXPECT_EQ(back.columns(), 4);
  EXPECT_EQ(back.combined, config.combined);
  EXPECT_EQ(back.find("none"), nullptr);

  const RewardConfig plain = reward_config(json_of(RewardConfig{}), "here");
  EXPECT_EQ(plain.pad_id, std::nullopt);
  EXPECT_EQ(plain.template_options.template_date, std::nullopt);
}

TEST(RewardConfig, WrongFilesSayWhatIsWrong) {
  const Json good = json_of(full_config());
  const auto with = [&](const char* patch) {
    Json json = good;
    json.merge_patch(Json::parse(patch));
    return json;
  };
  const std::vector<std::pair<Json, std::string>> table = {
      {Json::array(), "found a list, expected an object"},
      {with(R"({"version": 2})"), "found version 2, expected 1"},
      {with(R"({"version": 1.0})"), "version: found 1.0, expected a whole number"},
      {with(R"({"version": "1"})"), "version: found \"1\", expected a whole number"},
      {with(R"({"version": 18446744073709551615})"),
       "found version 18446744073709551615, expected 1"},
      {with(R"({"text": "raw"})"), "text: found \"raw\", expected one of: chat, plain"},
      {with(R"({"text": null})"), "text: is required"},
      {with(R"({"special_text": "x"})"), "expected one of: transformers, plain"},
      {with(R"({"pooling": "max"})"), "expected one of: last, last_not_pad, first, mean"},
      {with(R"({"pad_token_id": 1.5})"), "pad_token_id: found 1.5, expected a whole number"},
      {with(R"({"pad_token_id": null})"), "pad_token_id: found none, which"},
      {with(R"({"template_kwargs": 3})"), "template_kwargs: found 3, expected an object"},
      {with(R"({"attributes": ["help", "truth", "help"]})"), "attributes: found \"help\" twice"},
      {with(R"({"colour": 1})"), "colour: unknown option; 16 are known here, the nearest: "},
      {with(R"({"sources": {}})"), "sources: found an object, expected a list"},
      {with(R"({"sources": [3]})"), "sources[0]: found 3, expected an object"},
      {with(R"({"sources": [{"name": "a"}]})"), "sources.a.format: is required"},
  };
  for (const auto& [json, message] : table) {
    const std::string found =
        error_of(ErrorKind::model, [&, &json = json] { reward_config(json, "here"); });
    EXPECT_THAT(found, StartsWith("here: "));
    EXPECT_THAT(found, HasSubstr(message));
  }
}

TEST(RewardConfig, AllThatIsWrongIsToldAtOnce) {
  Json json = json_of(full_config());
  json["pooling"] = "max";
  json["max_length"] = 0;
  json["sources"][1].erase("scaling");
  EXPECT_EQ(error_of(ErrorKind::model, [&] { reward_config(json, "here"); }),
            "here: 3 problems\n"
            "  pooling: found \"max\", expected one of: last, last_not_pad, first, mean\n"
            "  max_length: found 0, expected at least 1\n"
            "  sources.stars.scaling: is required");
}

TEST(RewardConfig, LimitsTheNumberOfAttributes) {
  Json json = json_of(RewardConfig{});
  for (int i = 0; i <= 4096; ++i) json["attributes"].push_back(str(i));
  EXPECT_EQ(error_of(ErrorKind::model, [&] { reward_config(json, "here"); }),
            "here: 1 problem\n  attributes: found 4097 names, expected at most 4096");
}

TEST(RewardConfig, LimitsTheNumberOfSources) {
  Json json = json_of(full_config());
  json["sources"] = Json(size_t{1001}, json["sources"][0]);
  EXPECT_EQ(error_of(ErrorKind::model, [&] { reward_config(json, "here"); }),
            "here: 1 problem\n  sources: found 1001, expected at most 1000");
}

// The widest head there is, labelled whole by many sources, is looked up by name and not searched.
TEST(RewardConfig, ManySourcesOfAWideHeadAreReadAndWeighed) {
  RewardConfig config;
  SourceRecord source{.name = "all", .format = "pairwise"};
  for (int i = 0; i < 4096; ++i) {
    config.attributes.push_back(str("attribute_", i));
    source.reward_weights[config.attributes.back()] = i;
  }
  config.sources.assign(30, source);
  config.sources.back().reward_weights["attribute_4095"] = 0.5;
  const RewardConfig back = reward_config(json_of(config), "here");
  EXPECT_EQ(back.sources, config.sources);
  EXPECT_EQ(back.combinations().size(), 2u);
  const std::vector<double> weights = back.weights(back.sources.back().reward_weights);
  EXPECT_EQ(weights.at(17), 17);
  EXPECT_EQ(weights.at(4095), 0.5);
}

TEST(RewardConfig, SourcesAreCheckedToTheLastKey) {
  for (const auto& [patch, message] : std::vector<std::pair<std::string, std::string>>{
           {R"({"scaling": [{"mean": 0, "deviation": 0}]})",
            "sources.pairs.scaling[0].deviation: found 0, expected more than 0"},
           {R"({"attributes": ["help", "truth", "help"]})",
            "sources.pairs.attributes: found \"help\" twice, expected it once"},
           {R"({"scaling": []})", "sources.pairs.scaling: found 0 entries, expected 1"},
           {R"({"reward_weights": {"help": "x"}})",
            "reward_weights.help: found \"x\", expected a number"},
           {R"({"reward_weights": {"beauty": 1}})",
            "found the attribute \"beauty\", expected one of the head's: help, truth"},
           {R"({"loss_parameters": [true]})", "loss_parameters[0]: found true, expected a number"},
           {R"({"reduction": "max"})", "expected one of: mean, min, last, sum"},
           {R"({"train_sha256": [1]})", "train_sha256[0]: found 1, expected a string"},
           {R"({"loss": "hinge"})", "loss: found \"hinge\", expected an object"},
           {R"({"more": 1})", "sources.pairs.more: unknown option; known here: name, format, "}}) {
    Json json = json_of(full_config());
    json["sources"][0].merge_patch(Json::parse(patch));
    EXPECT_THAT(error_of(ErrorKind::model, [&] { reward_config(json, "here"); }),
                HasSubstr(message));
  }
}

TEST(RewardConfig, FoldersWithoutTheFileHaveNone) {
  const Scratch scratch;
  EXPECT_FALSE(read_reward_config(scratch.path).has_value());
  write_file(scratch.path / "reward_config.json", "{");
  EXPECT_THAT(error_of(ErrorKind::model, [&] { read_reward_config(scratch.path); }),
              HasSubstr("reward_config.json: not valid JSON"));
}

TEST(RewardConfig, KeepsTheCalibrationOfAHeadOfOneRow) {
  RewardConfig config;
  EXPECT_TRUE(json_of(config).at("calibration").is_null());
  config.calibration = {.labels = CalibrationLabels::labels,
                        .temperature = 0.5,
                        .shift = -1,
                        .n = 40,
                        .prompts = 30,
                        .log_loss = 0.7,
                        .calibrated_log_loss = 0.6,
                        .data_sha256 = {"abc"}};
  EXPECT_EQ(reward_config(json_of(config), "here").calibration, config.calibration);
  EXPECT_EQ(config.calibration->log_odds(3), 5);
  config.attributes = {"help", "truth"};
  EXPECT_THAT(
      error_of(ErrorKind::model, [&] { reward_config(json_of(config), "here"); }),
      HasSubstr("calibration: found one beside 2 rows of the head, expected a head of one"));
  config.attributes.clear();
  config.calibration->temperature = 0;
  EXPECT_THAT(error_of(ErrorKind::model, [&] { reward_config(json_of(config), "here"); }),
              HasSubstr("calibration.temperature: found 0"));
}

TEST(RewardConfig, KeepsTheScaleOfAHeadOfOneRow) {
  RewardConfig config;
  EXPECT_TRUE(json_of(config).at("normalization").is_null());
  config.normalization = {.mean = {.value = 0.5, .low = 0.4, .high = 0.6},
                          .deviation = {.value = 2},
                          .within_prompts = MeasuredNumber{.value = 1.5},
                          .quantiles = {{"0.05", -1}, {"0.5", 0.25}},
                          .answers = 80,
                          .prompts = 40,
                          .prompts_with_several = 30,
                          .data_sha256 = {"abc"}};
  config.scale = {.divisor = 1.5, .deviation = AnswerGroup::within_prompts};
  const RewardConfig back = reward_config(json_of(config), "here");
  EXPECT_EQ(back.normalization, config.normalization);
  EXPECT_EQ(back.scale, config.scale);
  Json old = json_of(config);  // of an earlier version
  old.erase("normalization");
  old.erase("scale");
  EXPECT_FALSE(reward_config(old, "here").normalization);
  config.scale->divisor = 0;
  EXPECT_THAT(error_of(ErrorKind::model, [&] { reward_config(json_of(config), "here"); }),
              HasSubstr("scale.divisor: found 0"));
  config.scale->divisor = 2;
  config.attributes = {"help", "truth"};
  const std::string found =
      error_of(ErrorKind::model, [&] { reward_config(json_of(config), "here"); });
  EXPECT_THAT(found, HasSubstr("normalization: found one beside 2 rows of the head, expected a"));
  EXPECT_THAT(found, HasSubstr("scale: found one beside 2 rows of the head, expected a head"));
}

}  // namespace laurel::test::reward_config_test
