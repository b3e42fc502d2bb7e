// What decides the text, through the program: templates that are given, rendered strings, tools of a
// row, and fields that nothing reads.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::texts_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

constexpr const char* kTemplate =
    "{% if tools %}TOOLS {{ tools | tojson }} {% endif %}{% for m in messages %}{{ m.role }}: "
    "{{ m.content | trim }}\n{% endfor %}";

Json chat_source() {
  Json source = pair_source();
  source["text"] = "chat";
  return source;
}

double reward_of(const fs::path& folder, const std::string& model, const Json& row,
                 const std::string& options = "") {
  const Outcome outcome =
      run_laurel("score " + model + " - - --device cpu " + options, folder, row.dump() + "\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return Json::parse(outcome.out)["reward"].get<double>();
}

TEST(Texts, AGivenTemplateGoesIntoTheRunAndItsExport) {
  const fs::path folder = tiny_project("given_template");
  write_file(folder / "own.jinja", kTemplate);
  Json config = tiny_config({chat_source()}, 2);
  config["model"]["chat_template"] = "own.jinja";
  write_file(folder / "config.json", config.dump());
  const Outcome trained = train(folder);
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_EQ(read_file(folder / "run/export/chat_template.jinja"), kTemplate);
  const Json reward = Json::parse(read_file(folder / "run/export/reward_config.json"));
  EXPECT_EQ(reward["chat_template_sha256"], sha256(kTemplate));
  EXPECT_THAT(read_file(folder / "run/export/README.md"),
              HasSubstr("The chat template was given in training (`model.chat_template`)"));
  const Json row = {{"prompt", "Why?"}, {"response", "Because."}};
  const double of_run = reward_of(folder, "run", row);
  EXPECT_NEAR(reward_of(folder, "run/export", row), of_run, 1e-5);
  const Json rendered = {{"response", "user: Why?\nassistant: Because.\n"}};
  EXPECT_NEAR(reward_of(folder, "run/export", rendered, "--text rendered"), of_run, 1e-5);
}

TEST(Texts, ATemplateMayBeGivenAsItsText) {
  const fs::path folder = tiny_project("given_template_text");
  Json config = tiny_config({chat_source()}, 2);
  config["model"]["chat_template"] = kTemplate;
  write_file(folder / "config.json", config.dump());
  EXPECT_THAT(run_laurel("check config.json", folder).out,
              HasSubstr("user: Say something about rain number 0."));
  config["model"]["chat_template"] = "none.jinja";
  write_file(folder / "config.json", config.dump());
  const Outcome outcome = run_laurel("check config.json", folder);
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("model.chat_template: "),
                                 HasSubstr("none.jinja: no such file; it was given relative to")));
}

TEST(Texts, ToolsOfARowMoveItsReward) {
  const fs::path folder = tiny_project("tools_of_a_row");
  Json config = tiny_config({chat_source()}, 2);
  config["model"]["chat_template"] = kTemplate;
  write_file(folder / "config.json", config.dump());
  ASSERT_EQ(train(folder).code, 0);
  const Json row = {{"prompt", "Why?"}, {"response", "Because."}};
  Json with_tools = row;
  with_tools["tools"] = R"([{"name": "clock"}])";
  const Json rendered = {
      {"response", "TOOLS [{\"name\": \"clock\"}] user: Why?\nassistant: Because.\n"}};
  EXPECT_NE(reward_of(folder, "run", with_tools), reward_of(folder, "run", row));
  EXPECT_NEAR(reward_of(folder, "run", with_tools),
              reward_of(folder, "run", rendered, "--text rendered"), 1e-5);
}

TEST(Texts, RenderedStringsAreReadAtTheirLastTokenWithNothingAdded) {
  const fs::path folder = tiny_project("rendered");
  Json source = pair_source();
  source["text"] = "rendered";
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  const Outcome check = run_laurel("check config.json", folder);
  ASSERT_EQ(check.code, 0) << check.err;
  EXPECT_THAT(check.out, HasSubstr("with care. [pooled here] \n"));
  ASSERT_EQ(train(folder).code, 0);
  const Json reward = Json::parse(read_file(folder / "run/export/reward_config.json"));
  EXPECT_EQ(reward["text"], "rendered");
  Json config = tiny_config({source}, 2);
  config["model"]["over_length"] = "truncate_prompt_left";
  write_file(folder / "config.json", config.dump());
  const Outcome cut = run_laurel("check config.json", folder);
  EXPECT_EQ(cut.code, 2);
  EXPECT_THAT(cut.err, HasSubstr("model.over_length: found \"truncate_prompt_left\" for source "
                                 "pairs, whose texts are rendered already, expected \"drop\" or "
                                 "\"error\""));
}

TEST(Texts, AQuestionThatNothingReadsIsRefusedByEvalAndToldByScore) {
  const fs::path folder = tiny_project("lost_question");
  write_file(folder / "config.json", tiny_config({pair_source()}, 2).dump());
  ASSERT_EQ(train(folder).code, 0);
  std::vector<Json> rows;
  for (int i = 0; i < 12; ++i) {
    rows.push_back({{"question", str("What is rain number ", i, "?")},
                    {"chosen", str("A good answer of ", i)},
                    {"rejected", str("A bad one of ", i)}});
  }
  write_lines(folder / "rows.jsonl", rows);
  const Outcome eval = run_laurel("eval run rows.jsonl", folder);
  EXPECT_EQ(eval.code, 3);
  EXPECT_THAT(eval.err,
              AllOf(HasSubstr("12 of 12 rows have text in \"question\" that the model does "
                              "not see"),
                    HasSubstr("--ignore question")));
  EXPECT_EQ(run_laurel("eval run rows.jsonl --ignore question", folder).code, 0);
  const Outcome score = run_laurel("score run rows.jsonl out.jsonl", folder);
  EXPECT_EQ(score.code, 0) << score.err;
  EXPECT_THAT(score.err, HasSubstr("out.jsonl: 12 rows, 12 scored; 12 of 12 rows have text in "
                                   "\"question\" that the model does not see, and nothing is read "
                                   "as the prompt\n"));
  EXPECT_THAT(run_laurel("score run rows.jsonl out.jsonl --ignore question", folder).err,
              Not(HasSubstr("does not see")));
}

TEST(Texts, CheckRepeatsWarningsAtItsEnd) {
  const fs::path folder = tiny_project("repeated_warnings");
  std::vector<Json> rows;
  for (int i = 0; i < 12; ++i) {
    rows.push_back({{"prompt", str("What is rain number ", i, "?")},
                    {"system", "You are a good one."},
                    {"chosen", str("A good answer of ", i)},
                    {"rejected", str("A bad one of ", i)}});
  }
  write_lines(folder / "pairs.jsonl", rows);
  Json source = pair_source();
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  const Outcome check = run_laurel("check config.json", folder);
  EXPECT_EQ(check.code, 0) << check.err;
  EXPECT_THAT(check.out, HasSubstr("\nwarning: source pairs: 12 of 24 rows have text in \"system\" "
                                   "that the model does not see\n"));
  EXPECT_THAT(check.out, HasSubstr("pairs, train  12 pairs"));
}

}  // namespace
}  // namespace laurel::texts_test
