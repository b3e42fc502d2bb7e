// Which prompts are read of a benchmark's row, whatever its layout.
#include "curation/benchmark_files.h"

#include <gmock/gmock.h>

#include "support/error_of.h"

namespace laurel::test::benchmark_files_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> prompts_of(const std::string& row) {
  return benchmark_prompts(Json::parse(row), "bench.jsonl:1");
}

TEST(BenchmarkPrompts, AreOfAllFieldsWithText) {
  EXPECT_THAT(prompts_of(R"({"question": "Who wrote Faust?", "query": "Name a river.", "id": 1})"),
              ElementsAre("Who wrote Faust?", "Name a river."));
}

TEST(BenchmarkPrompts, JoinInstructionAndInput) {
  EXPECT_THAT(prompts_of(R"({"instruction": "Answer this.", "input": "Who wrote Faust?"})"),
              ElementsAre("Answer this.", "Who wrote Faust?", "Answer this.\nWho wrote Faust?"));
  EXPECT_THAT(prompts_of(R"({"instruction": "Name a river.", "input": ""})"),
              ElementsAre("Name a river."));
}

TEST(BenchmarkPrompts, PassOverFieldsWithoutText) {
  EXPECT_THAT(prompts_of(R"({"prompt": "", "question": "Who wrote Faust?"})"),
              ElementsAre("Who wrote Faust?"));
  EXPECT_THAT(prompts_of(R"({"prompt": null, "input": 5, "problem": "Who wrote Faust?"})"),
              ElementsAre("Who wrote Faust?"));
  EXPECT_THAT(prompts_of(R"({"prompt": " \n", "question": null, "messages": []})"), IsEmpty());
  EXPECT_THAT(prompts_of(R"({"messages": [{"role": "user", "content": ""}]})"), IsEmpty());
}

TEST(BenchmarkPrompts, AreQuestionsAloneToo) {
  EXPECT_THAT(prompts_of(R"({"messages": [{"role": "system", "content": "Be brief."},
                                          {"role": "user", "content": "Who wrote Faust?"},
                                          {"role": "assistant", "content": "Goethe."}]})"),
              ElementsAre("Be brief.\nWho wrote Faust?", "Who wrote Faust?"));
}

TEST(BenchmarkPrompts, AreReadOfRmb) {
  EXPECT_THAT(prompts_of(R"({"pair_uid": "a", "category_path": "Pairwise_set/Helpfulness/Chat",
                             "conversation_input": [{"role": "user", "content": "Who wrote Faust?",
                                                     "language": "en"}],
                             "chosen": {"answer": "Goethe."}, "reject": {"answer": "Kafka."}})"),
              ElementsAre("Who wrote Faust?"));
}

TEST(BenchmarkPrompts, AreNotGuessedInAnUnknownLayout) {
  for (const char* row : {R"({"sentence": "Who wrote Faust?"})", R"({"prompt": 5})"}) {
    const std::string error = error_of(ErrorKind::data, [&] { prompts_of(row); });
    EXPECT_THAT(error, HasSubstr("bench.jsonl:1: found no prompt in a row of "
                                 "curation.decontaminate.against, expected one of the fields "
                                 "prompt, messages, "));
  }
}

TEST(BenchmarkPrompts, AFieldThatCannotBeReadIsNoErrorBesideOneThatCan) {
  const Json messages{{{"role", "user"}, {"content", "x y"}}, {{"role", 1}, {"content", "z"}}};
  EXPECT_THAT(benchmark_prompts({{"prompt", "one two"}, {"messages", messages}}, "b:1"),
              ElementsAre("one two"));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         benchmark_prompts({{"messages", messages}}, "b:1");
                       }),
              HasSubstr("b:1: \"messages\""));
}

}  // namespace
}  // namespace laurel::test::benchmark_files_test
