// Published layouts that load as they are stay silent; those that mislead are told, with what to write.
#include "data/sources/guards.h"

#include <gmock/gmock.h>

#include "core/files.h"
#include "data/short_warnings.h"
#include "data/sources/score_scales.h"
#include "data/tiny.h"

namespace laurel::guards_test {
namespace {

using test::context_of;
using test::error_of;
using test::short_warnings;
using test::write_data;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string shape(const std::string& name) {
  return (std::filesystem::path(LAUREL_SOURCE_DIR) / "tests" / "data" / "shapes" /
          (name + ".jsonl"))
      .string();
}

SourceOptions source_of(const std::string& name, Format format) {
  SourceOptions source{.name = "s", .format = format};
  source.train = {{shape(name)}};
  return source;
}

SourceData loaded(const SourceOptions& source, LoadContext context = context_of()) {
  context.length.max_length = 1000;
  return load_source(source, 0, context);
}

std::string refusal(const SourceOptions& source) {
  return error_of(ErrorKind::data, [&] { loaded(source); });
}

struct Works {
  const char* name;
  Format format;
  std::vector<std::string> attributes = {};
};

const std::vector<std::string> kHelpSteer = {"helpfulness", "correctness", "coherence",
                                             "complexity", "verbosity"};

const Works kWorks[] = {{"trl_explicit_strings", PairwiseFormat{}},
                        {"trl_implicit_strings", PairwiseFormat{}},
                        {"trl_implicit_messages", PairwiseFormat{}},
                        {"trl_explicit_messages", PairwiseFormat{}},
                        {"trl_stepwise", SegmentsFormat{}},
                        {"openrlhf_mixture", PairwiseFormat{}},
                        {"nemo_rl_binary", PairwiseFormat{}},
                        {"anthropic_hh", PairwiseFormat{}},
                        {"dahoas_full_hh", PairwiseFormat{}},
                        {"helpsteer", PointwiseFormat{}, kHelpSteer},
                        {"helpsteer2_disagreements", PointwiseFormat{}, kHelpSteer},
                        {"math_shepherd_trl", SegmentsFormat{}},
                        {"reward_bench", PairwiseFormat{}},
                        {"skywork_80k", PairwiseFormat{}},
                        {"magpie_dpo", PairwiseFormat{}}};

std::vector<std::string> warnings_of_scales(std::span<const SourceData> sources) {
  std::vector<ScoreTallies> tallies;
  for (const SourceData& source : sources) tallies.push_back(score_tallies(source));
  return scale_warnings(sources, tallies);
}

TEST(Guards, LayoutsThatLoadAsTheyAreGiveNoWarning) {
  for (const auto& [name, format, attributes] : kWorks) {
    SourceOptions source = source_of(std::string("works/") + name, format);
    source.attributes = attributes;
    const SourceData data = loaded(source);
    EXPECT_THAT(data.warnings, IsEmpty()) << name;
    EXPECT_EQ(data.train.report.rows, 12) << name;
    EXPECT_THAT(warnings_of_scales({&data, 1}), IsEmpty()) << name;
  }
}

TEST(Guards, StringsWithAPromptGiveNoWarningUnderTheChatTemplateEither) {
  for (const char* name : {"trl_explicit_strings", "nemo_rl_binary", "reward_bench"}) {
    SourceOptions source = source_of(std::string("works/") + name, PairwiseFormat{});
    source.text = TextChoice::chat;
    EXPECT_THAT(loaded(source).warnings, IsEmpty()) << name;
  }
}

TEST(Guards, AQuestionThatNothingReadsIsRefusedWithTheEntryToWrite) {
  const std::string file = shape("misleading/question_as_strings");
  EXPECT_EQ(refusal(source_of("misleading/question_as_strings", PairwiseFormat{})),
            "source s: 12 of 12 rows have text in \"question\" that the model does not see, and "
            "nothing is read as the prompt, the first: " +
                file +
                ":1; write \"fields\": {\"prompt\":\"question\"}, or leave it out on purpose with "
                "\"ignore\": [\"question\"]");
}

TEST(Guards, SystemTextAndHistoryGoIntoTheEntry) {
  EXPECT_THAT(refusal(source_of("misleading/intel_orca", PairwiseFormat{})),
              HasSubstr("\"fields\": {\"prompt\":\"(row.system | system) + (question | user)\"}"));
  EXPECT_THAT(refusal(source_of("misleading/alpaca", PairwiseFormat{})),
              HasSubstr("\"fields\": {\"prompt\":\"(row.system | system) + "
                        "((history | map('first') | list) | turns(history | map('last') | list)) + "
                        "(([instruction, input] | lines) | user)\"}"));
}

TEST(Guards, WhatIsLeftOutOnPurposeIsNotTold) {
  SourceOptions source = source_of("misleading/intel_orca", PairwiseFormat{});
  source.ignore = {"system", "question"};
  EXPECT_THAT(loaded(source).warnings, IsEmpty());
}

TEST(Guards, APromptThatIsLeftOutOnPurposeIsNotTold) {
  const std::string row =
      R"({"prompt": "What is that?", "chosen": "This.", "rejected": "No idea."})";
  SourceOptions source{.name = "s", .format = PairwiseFormat{}};
  source.train = {{write_data("left_out.jsonl", row + "\n")}};
  source.rows.map = {{"prompt", std::nullopt}};
  EXPECT_THAT(loaded(source).warnings, IsEmpty());
}

TEST(Guards, BesideAPromptALostTextIsAWarning) {
  SourceOptions source = source_of("misleading/intel_orca", PairwiseFormat{});
  source.rows.map = {{"prompt", "question"}};
  EXPECT_THAT(
      loaded(source).warnings,
      ElementsAre(
          "source s: 12 of 12 rows have text in \"system\" that the model does not see, the "
          "first: " +
          shape("misleading/intel_orca") +
          ":1; write \"fields\": {\"prompt\":\"(row.system | system) + (question | user)\"}, "
          "or leave it out on purpose with \"ignore\": [\"system\"]"));
}

TEST(Guards, LabelsThatPreferTheLowerScoreAreTold) {
  SourceOptions source = source_of("misleading/safer_response_id", PairwiseFormat{});
  source.rows.map = {{"response_a", "response_0"},
                     {"response_b", "response_1"},
                     {"preference", "safer_response_id"}};
  const SourceData data = loaded(source);
  ASSERT_EQ(data.warnings.size(), 1);
  EXPECT_THAT(data.warnings[0],
              HasSubstr("of 12 pairs whose is_response_0_safe and is_response_1_safe differ, only "
                        "0.0 % prefer the higher: are the labels turned round?"));
  EXPECT_THAT(data.warnings[0],
              HasSubstr("\"fields\": {\"preferred\":\"['a', 'b'][safer_response_id]\"}"));
}

// Each row's better response: 'a' or 'b', and its margin.
std::vector<std::string> margin_warnings(const std::vector<std::pair<char, double>>& of) {
  std::string rows;
  for (size_t i = 0; i < of.size(); ++i) {
    rows += Json{{"prompt", str("w", i)},
                 {"response_a", "Yes it is."},
                 {"response_b", "No."},
                 {"margin", of[i].second},
                 {"preferred", std::string(1, of[i].first)}}
                .dump() +
            "\n";
  }
  SourceOptions source{.name = "s", .format = PairwiseFormat{}};
  source.train = {{write_data("margins.jsonl", rows)}};
  return loaded(source).warnings;
}

TEST(Guards, MarginsOfTheFirstResponseAreTold) {
  EXPECT_THAT(
      margin_warnings(
          {{'a', 1}, {'b', -1}, {'a', 2}, {'b', -2}, {'a', 1}, {'b', -1}, {'a', 3}, {'b', -3}}),
      ElementsAre("source s: 4 of 8 margins are below 0, all where the second response is "
                  "better: a margin is how far the better response is to lead, better - "
                  "worse; write \"fields\": {\"margin\": \"margin | abs\"}"));
  const std::vector<std::pair<char, double>> all(9, {'a', -1});
  EXPECT_THAT(margin_warnings(all), ElementsAre(HasSubstr("9 of 9 margins are below 0: a margin")));
  // A teacher that disagrees here and there, and margins as they should be.
  EXPECT_THAT(
      margin_warnings(
          {{'a', 1}, {'b', -1}, {'a', 2}, {'b', 2}, {'a', 1}, {'b', 1}, {'a', 3}, {'b', 3}}),
      IsEmpty());
  EXPECT_THAT(margin_warnings(std::vector<std::pair<char, double>>(9, {'b', 1})), IsEmpty());
}

TEST(Guards, AnIndexReadAsAProbabilityIsTold) {
  SourceOptions source = source_of("misleading/autoj", PairwiseFormat{});
  source.rows.map = {{"response_a", "row['response 1']"},
                     {"response_b", "row['response 2']"},
                     {"preference", "label"}};
  EXPECT_THAT(short_warnings(loaded(source)),
              ElementsAre("source s: \"preference\" is 0 or 1 in all 12 rows: it is read as the "
                          "probability that the first response is better, so 1 prefers the first"));
}

TEST(Guards, JsonListsAsTextAreTold) {
  SourceOptions source = source_of("misleading/json_as_text", PairwiseFormat{});
  source.rows.map = {{"votes_a", "winner_model_a"}, {"votes_b", "winner_model_b"}};
  const SourceData data = loaded(source);
  ASSERT_EQ(data.warnings.size(), 1);
  EXPECT_THAT(data.warnings[0], HasSubstr("12 of 12 rows with texts that are JSON lists, which the "
                                          "model reads with their brackets and quotes"));
  EXPECT_THAT(data.warnings[0], HasSubstr("parse_json"));
}

TEST(Guards, AttributesAveragedAsAnnotatorsAreTold) {
  SourceOptions source = source_of("misleading/vectors", PointwiseFormat{});
  source.rows.map = {{"response", "messages"}, {"scores", "label"}};
  const SourceData data = loaded(source);
  ASSERT_EQ(data.warnings.size(), 1);
  EXPECT_THAT(data.warnings[0], HasSubstr("\"scores\" are lists of 3 whose places differ (their "
                                          "means: 3.5, 1, -43.3), and are averaged"));
}

TEST(Guards, MarksOfTurnsInsideTextsAreTold) {
  SourceOptions source = source_of("misleading/marked_in_chat", PairwiseFormat{});
  source.text = TextChoice::chat;
  EXPECT_THAT(short_warnings(loaded(source)),
              ElementsAre("source s: 12 of 12 rows with \"Human:\" inside a text, a mark of turns "
                          "that the model reads as ordinary words"));
  SourceOptions multi = source_of("misleading/helpsteer2_multiturn", PointwiseFormat{});
  multi.attributes = {"helpfulness"};
  multi.text = TextChoice::chat;
  const SourceData data = loaded(multi);
  ASSERT_EQ(data.warnings.size(), 1);
  EXPECT_THAT(data.warnings[0], HasSubstr("3 of 12 rows with \"<extra_id_1>\" inside a text"));
  EXPECT_THAT(data.warnings[0], HasSubstr("\"prompt | dialogue\""));
}

TEST(Guards, FurtherAnswersOfARowAreTold) {
  SourceOptions source = source_of("misleading/triplets", PairwiseFormat{});
  source.rows.map = {{"prompt", "query"}, {"chosen", "positive"}, {"rejected", "negative_1"}};
  const SourceData data = loaded(source);
  ASSERT_EQ(data.warnings.size(), 1);
  EXPECT_THAT(data.warnings[0],
              HasSubstr("12 of 12 rows have further answers in \"negative_2\", \"negative_3\", of "
                        "which none is read"));
  EXPECT_THAT(data.warnings[0], HasSubstr("format ranked"));
}

TEST(Guards, TwoScalesOnOneOutputAreTold) {
  SourceOptions first = source_of("misleading/scores_to_4", PointwiseFormat{}), second = first;
  second.name = "t";
  second.train = {{shape("misleading/scores_to_100")}};
  std::vector<SourceData> sources;
  sources.push_back(loaded(first));
  sources.push_back(loaded(second));
  EXPECT_THAT(
      warnings_of_scales(sources),
      ElementsAre(HasSubstr("scores of two scales on one output: source s (12 scores from 0 "
                            "to 4) and source t (12 scores from 0 to 99); ")));
  SourceOptions both = first;
  both.train.push_back(second.train[0]);
  const SourceData one = loaded(both);
  EXPECT_THAT(
      warnings_of_scales({&one, 1}),
      ElementsAre(HasSubstr(shape("misleading/scores_to_100") + " (12 scores from 0 to 99)")));
  std::vector<SourceData> after_few;  // scores of two, of which nothing can be said
  SourceOptions few = first;
  few.limit = 2;
  few.name = "few";
  for (const SourceOptions& source : {few, first, second}) after_few.push_back(loaded(source));
  EXPECT_THAT(warnings_of_scales(after_few), ElementsAre(HasSubstr("source s (12 scores from 0")));
  sources[1].options.score_scaling = sources[0].options.score_scaling = ScoreScaling::standardize;
  EXPECT_THAT(warnings_of_scales(sources), IsEmpty());
}

std::string dialogues(const std::string& of_chosen, const std::string& of_rejected) {
  const auto dialogue = [](const std::string& question, const std::string& answer) {
    return Json{{{"role", "user"}, {"content", question}},
                {{"role", "assistant"}, {"content", answer}}};
  };
  return Json{{"chosen", dialogue(of_chosen, "Yes, of course.")},
              {"rejected", dialogue(of_rejected, "I do not know.")}}
             .dump() +
         "\n";
}

TEST(Guards, DialoguesThatBeginWithOtherQuestionsAreTold) {
  const std::string right = dialogues("one", " one\n"), wrong = dialogues("one", "two");
  SourceOptions source{.name = "s", .format = PairwiseFormat{}};
  const std::string path = write_data("dialogues.jsonl", right + right + wrong + right);
  source.train = {{path}};
  EXPECT_THAT(loaded(source).warnings,
              ElementsAre("source s: 1 of 4 rows whose responses are whole dialogues that begin "
                          "with different questions, the first: " +
                          path +
                          ":3; are they answers to one prompt, or were rows of two files joined "
                          "wrongly?"));
}

TEST(Guards, DirectionsOfLabelsAreCounted) {
  const SourceData data = loaded(source_of("works/openrlhf_mixture", PairwiseFormat{}));
  EXPECT_THAT(data.found, testing::Contains(HasSubstr(
                              "12 pairs, whose better response is the longer in 50.0 %, that with "
                              "the higher of chosen_score and rejected_score in 100.0 %")));
}

}  // namespace
}  // namespace laurel::guards_test
