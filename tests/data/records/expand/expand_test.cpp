// Rows that make several: the walks over PRM800K's steps and Open Assistant's trees, worked by hand.
#include <gmock/gmock.h>

#include "data/records/expand/oasst.h"
#include "data/records/expand/prm800k.h"
#include "support/error_of.h"

namespace laurel::expand_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> dumped(const std::vector<Json>& rows) {
  std::vector<std::string> texts;
  for (const Json& row : rows) texts.push_back(row.dump());
  return texts;
}

Json prm_row(const char* steps) {
  return {
      {"labeler", "x"},
      {"question", {{"problem", "2+2*2?"}, {"ground_truth_answer", "6"}}},
      {"label", {{"steps", Json::parse(steps)}, {"total_time", 3}, {"finish_reason", "solution"}}}};
}

std::vector<std::string> walked(const char* steps) {
  return dumped(Prm800kWalk::expand(prm_row(steps), "p.jsonl:3"));
}

TEST(Prm800k, EveryCandidateThatWasNotChosenEndsARow) {
  EXPECT_THAT(walked(R"([
      {"completions": [{"text": "A", "rating": 1, "flagged": false}, {"text": "B", "rating": -1}],
       "human_completion": null, "chosen_completion": 0},
      {"completions": [{"text": "C", "rating": 0}, {"text": "D", "rating": 1}, {"text": "E", "rating": null}],
       "human_completion": null, "chosen_completion": 1}])"),
              ElementsAre(R"({"prompt":"2+2*2?","completions":["B"],"labels":[false]})",
                          R"({"prompt":"2+2*2?","completions":["A","C"],"labels":[true,false]})",
                          R"({"prompt":"2+2*2?","completions":["A","E"],"labels":[true,null]})"));
}

TEST(Prm800k, TheAnnotatorsOwnStepGoesOn) {
  EXPECT_THAT(walked(R"([
      {"completions": [{"text": "A", "rating": -1}], "human_completion": {"text": "H"}, "chosen_completion": null},
      {"completions": [{"text": "B", "rating": 1}], "human_completion": null, "chosen_completion": null},
      {"completions": [{"text": "C", "rating": 1}], "human_completion": null, "chosen_completion": null}])"),
              ElementsAre(R"({"prompt":"2+2*2?","completions":["A"],"labels":[false]})",
                          R"({"prompt":"2+2*2?","completions":["H","B"],"labels":[true,true]})"));
  EXPECT_THAT(
      walked(R"([{"completions": null, "human_completion": null, "chosen_completion": null}])"),
      IsEmpty());
  EXPECT_THAT(walked("[]"), IsEmpty());
}

TEST(Prm800k, SaysWhereARowIsNotOfItsLayout) {
  const auto error = [](const Json& row) {
    return test::error_of(ErrorKind::data, [&] { Prm800kWalk::expand(row, "p.jsonl:3"); });
  };
  EXPECT_EQ(error(Json::object()), "p.jsonl:3: question: found none, expected an object");
  EXPECT_EQ(error({{"question", {{"problem", 3}}}}),
            "p.jsonl:3: question.problem: found the number 3, expected a string");
  EXPECT_EQ(
      error(prm_row(R"([{"completions": [{"text": "A", "rating": 2}]}])")),
      "p.jsonl:3: label.steps[0].completions[0].rating: found the number 2, expected -1, 0, 1 or null");
  EXPECT_EQ(
      error(prm_row(R"([{"completions": [{"text": "A", "rating": 1}], "chosen_completion": 1}])")),
      "p.jsonl:3: label.steps[0].chosen_completion: found the number 1, expected null or the "
      "number of one of 1 completion from 0");
}

Json message(const char* id, const char* role, Json rank, std::vector<Json> replies = {}) {
  return {{"message_id", id}, {"text", id}, {"role", role}, {"rank", rank}, {"replies", replies}};
}

const Json kTree = {
    {"message_tree_id", "q"},
    {"prompt",
     message("q", "prompter", nullptr,
             {message("a1", "assistant", 1),
              message("a0", "assistant", 0,
                      {message("q2", "prompter", nullptr,
                               {message("b1", "assistant", 2), message("b2", "assistant", nullptr),
                                message("b3", "assistant", 0.0)}),
                       message("q3", "prompter", nullptr, {message("c", "assistant", 0)})})})}};

const char* const kFirst =
    R"({"prompt":[{"role":"user","content":"q"}],"responses":["a1","a0"],"ranks":[2,1]})";
const char* const kSecond =
    R"({"prompt":[{"role":"user","content":"q"},{"role":"assistant","content":"a0"},{"role":"user","content":"q2"}],)"
    R"("responses":["b1","b3"],"ranks":[3,1]})";

TEST(Oasst, EveryQuestionWithTwoRankedRepliesIsARow) {
  EXPECT_THAT(dumped(OasstTrees::expand(kTree, "t.jsonl:1")), ElementsAre(kFirst, kSecond));
}

// The tree's messages in the order of the published tables: a parent before its replies.
void flatten(const Json& node, const Json& parent, std::vector<Json>& rows) {
  Json row = node;
  row.erase("replies");
  row["parent_id"] = parent;
  row["message_tree_id"] = "q";
  rows.push_back(row);
  for (const Json& reply : node.at("replies")) flatten(reply, node.at("message_id"), rows);
}

TEST(Oasst, MessagesMakeTheSameTree) {
  std::vector<Json> rows;
  flatten(kTree.at("prompt"), nullptr, rows);
  EXPECT_TRUE(OasstTrees::is_message(rows[0]));
  EXPECT_FALSE(OasstTrees::is_message(kTree));
  EXPECT_EQ(OasstTrees::tree_id(rows[3], "x:1"), "q");
  const std::vector<std::string> where(rows.size(), "m.parquet:row 1");
  const Json tree = OasstTrees::tree_of(rows, where);
  EXPECT_THAT(dumped(OasstTrees::expand(tree, "m.parquet:row 1")), ElementsAre(kFirst, kSecond));
}

TEST(Oasst, DeletedRepliesAreLeftOut) {
  Json tree = kTree;
  tree["prompt"]["replies"][0]["deleted"] = true;
  EXPECT_THAT(dumped(OasstTrees::expand(tree, "t.jsonl:1")), ElementsAre(kSecond));
}

TEST(Oasst, RefusesMessagesThatMakeNoTree) {
  const auto row = [](const char* id, Json parent) {
    return Json{{"message_id", id}, {"parent_id", parent}, {"text", id}, {"role", "prompter"}};
  };
  const auto error = [](const std::vector<Json>& rows) {
    std::vector<std::string> where;
    for (size_t i = 0; i < rows.size(); ++i) where.push_back("m:" + std::to_string(i + 1));
    return test::error_of(ErrorKind::data, [&] { OasstTrees::tree_of(rows, where); });
  };
  EXPECT_EQ(
      error({row("q", nullptr), row("a", "z")}),
      "m:2: found no message \"z\", the parent of this one, among the rows of its tree; expected "
      "the rows of a tree one after the other");
  EXPECT_EQ(error({row("q", nullptr), row("q", "q")}),
            "m:2: found the message_id \"q\" a second time, expected each message once");
  EXPECT_EQ(error({row("q", nullptr), row("r", nullptr)}),
            "m:1: found 2 messages without parent_id in a tree, expected one");
  EXPECT_THAT(error({row("q", nullptr), row("a", "b"), row("b", "a")}),
              HasSubstr("found messages of a tree that are each other's parents"));
  Json tree = kTree;
  tree["prompt"]["role"] = "system";
  EXPECT_EQ(test::error_of(ErrorKind::data, [&] { OasstTrees::expand(tree, "t:1"); }),
            "t:1: prompt.role: found \"system\", expected \"prompter\" or \"assistant\"");
}

}  // namespace
}  // namespace laurel::expand_test
