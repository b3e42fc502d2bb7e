// Layouts of published data sets: each small file of tests/data/records/shapes is read by fields and
// by its shape, and no label is turned round: better answers hold the word "Right".
#include "data/sources/shapes.h"

#include <gmock/gmock.h>

#include <set>

#include "core/files.h"
#include "core/option_reader.h"
#include "core/str.h"
#include "data/sources/source.h"
#include "data/tiny.h"

namespace laurel::shapes_test {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string file_of(const std::string& name) {
  return str(LAUREL_SOURCE_DIR, "/tests/data/records/shapes/", name);
}

Json mappings() { return Json::parse(read_file(file_of("mappings.json"), ErrorKind::data)); }

SourceOptions source_of(Json options, const std::string& name) {
  options.erase("shape");
  options["name"] = "made";
  options["eval"] = file_of(name + ".jsonl");
  SourceOptions source;
  Problems problems;
  read_options(options, source, {}, problems);
  for (const std::string& problem : problems_in_source(source)) problems.add(name, problem);
  EXPECT_THAT(problems.lines, IsEmpty()) << name;
  return source;
}

SourceOptions source_of_shape(const std::string& shape, const std::string& name) {
  Json options = Json::object();
  apply_shape(shape_named(shape, ""), options);
  return source_of(options, name);
}

std::vector<Json> rows_of(const std::string& name, const RowGrouping& grouping = {}) {
  GroupedReader reader(file_of(name + ".jsonl"), grouping);
  std::vector<Json> rows;
  while (const auto row = reader.next()) rows.push_back(parse_raw_row(*row, reader.where(*row)));
  return rows;
}

std::vector<Example> examples_of(const SourceOptions& source, const std::string& name) {
  const RowSchema schema = schema_of(source);
  std::vector<Example> examples;
  for (const Json& row : rows_of(name, source.grouping())) {
    const std::string where = str(name, ":", examples.size() + 1);
    EXPECT_TRUE(schema.fields.evaluate(row, "", where).kept) << where;
    examples.push_back(parse_row(row, schema, where));
  }
  return examples;
}

std::string answer_of(const Text& text) {
  const auto* messages = std::get_if<Conversation>(&text);
  return messages ? messages->back().content : std::get<std::string>(text);
}

std::string prompt_of(const Example& example) {
  std::string text;
  const auto add = [&](const Text& of) {
    const auto* messages = std::get_if<Conversation>(&of);
    if (!messages) return void(text += std::get<std::string>(of));
    for (const Message& message : *messages) text += message.role + ": " + message.content + "\n";
  };
  if (example.prompt) add(*example.prompt);
  add(common_leading_messages(example.responses));
  if (example.responses.size() == 1) add(example.responses[0]);  // a whole dialogue
  return text;
}

bool is_right(const std::string& text) { return text.find("Right") != text.npos; }
bool is_wrong(const std::string& text) { return text.find("Wrong") != text.npos; }

void check(const Example& example, const Preferences& pairs) {
  const Preference& pair = pairs.at(0);
  if (pair.tie == 1) return;
  EXPECT_TRUE(is_right(answer_of(example.responses[pair.better])));
  EXPECT_TRUE(is_wrong(answer_of(example.responses[pair.worse])));
  EXPECT_EQ(pair.target, 1);
}

void check(const Example& example, const Ranking& ranking) {
  for (size_t i = 0; i < ranking.rank.size(); ++i) {
    for (size_t j = 0; j < ranking.rank.size(); ++j) {
      if (ranking.rank[i] < 0 || ranking.rank[j] < 0) continue;
      if (!is_right(answer_of(example.responses[i])) ||
          !is_wrong(answer_of(example.responses[j]))) {
        continue;
      }
      EXPECT_LT(ranking.rank[i], ranking.rank[j]);
      EXPECT_GT(ranking.score[i], ranking.score[j]);
    }
  }
}

struct Scores {
  std::vector<float> right, wrong;
};

void check(const Example& example, const Ratings& ratings, Scores& scores) {
  const std::string text = answer_of(example.responses[0]);
  const size_t positions = std::max<size_t>(1, example.segments.size());
  for (size_t i = 0; i < positions; ++i) {
    const size_t cell = i * (ratings.score.size() / positions);
    if (ratings.weight[cell] == 0) continue;
    const std::string part = example.segments.empty()
                                 ? text
                                 : text.substr(example.segments[i].begin,
                                               example.segments[i].end - example.segments[i].begin);
    if (is_right(part)) scores.right.push_back(ratings.score[cell]);
    if (is_wrong(part)) scores.wrong.push_back(ratings.score[cell]);
  }
}

void check_directions(const std::vector<Example>& examples) {
  EXPECT_EQ(examples.size(), 4u);
  Scores scores;
  for (const Example& example : examples) {
    EXPECT_THAT(prompt_of(example), HasSubstr("Question"));
    if (const auto* pairs = std::get_if<Preferences>(&*example.label)) check(example, *pairs);
    if (const auto* ranking = std::get_if<Ranking>(&*example.label)) check(example, *ranking);
    if (const auto* ratings = std::get_if<Ratings>(&*example.label)) {
      check(example, *ratings, scores);
    }
  }
  if (!std::holds_alternative<Ratings>(*examples[0].label)) return;
  ASSERT_FALSE(scores.right.empty());
  ASSERT_FALSE(scores.wrong.empty());
  EXPECT_GT(*std::ranges::min_element(scores.right), *std::ranges::max_element(scores.wrong));
}

TEST(Shapes, EveryLayoutIsReadByFieldsTheRightWayRound) {
  const Json all = mappings();
  for (const auto& [name, mapping] : all.items()) {
    SCOPED_TRACE(name);
    check_directions(examples_of(source_of(mapping, name), name));
  }
}

TEST(Shapes, EveryLayoutIsReadByItsShapeAsByFields) {
  std::set<std::string> used;
  const Json all = mappings();
  for (const auto& [name, mapping] : all.items()) {
    if (mapping["shape"].is_null()) continue;
    SCOPED_TRACE(name);
    const auto shape = mapping["shape"].get<std::string>();
    used.insert(shape);
    const std::vector<Example> by_shape = examples_of(source_of_shape(shape, name), name);
    check_directions(by_shape);
    const std::vector<Example> by_fields = examples_of(source_of(mapping, name), name);
    for (size_t i = 0; i < by_shape.size(); ++i) {
      // A prompt that may have marks is a list of messages under its shape.
      const bool marked = name == "helpsteer2_preference";
      EXPECT_EQ(prompt_of(by_shape[i]),
                str(marked ? "user: " : "", prompt_of(by_fields[i]), marked ? "\n" : ""));
      EXPECT_EQ(by_shape[i].responses, by_fields[i].responses);
    }
  }
  check_directions(
      examples_of(source_of_shape("pku_saferlhf_safety", "pku_saferlhf"), "pku_saferlhf"));
  EXPECT_EQ(used.size() + 1, shapes().size()) << "a shape without a file";
}

TEST(Shapes, ALayoutIsRecognisedByItsRows) {
  const Json all = mappings();
  for (const auto& [name, mapping] : all.items()) {
    std::vector<std::string> found;
    for (const Shape* shape : recognised_shapes(rows_of(name)[0])) found.push_back(shape->name);
    if (name == "pku_saferlhf") {
      EXPECT_THAT(found, ElementsAre("pku_saferlhf", "pku_saferlhf_safety"));
    } else if (mapping["shape"].is_null()) {
      EXPECT_THAT(found, IsEmpty()) << name;
    } else {
      EXPECT_THAT(found, ElementsAre(mapping["shape"].get<std::string>())) << name;
    }
  }
  for (const char* plain : {R"({"prompt": "Q", "chosen": "A", "rejected": "B"})",
                            R"({"chosen": [], "rejected": []})", R"({"response": "A"})", "{}"}) {
    EXPECT_THAT(recognised_shapes(Json::parse(plain)), IsEmpty()) << plain;
  }
}

// A table holds the same layouts with texts for numbers.
TEST(Shapes, NumbersMayBeTextsAndAreNeverNull) {
  const auto label_of = [](const char* shape, const char* row) {
    Json options = Json::object();
    apply_shape(shape_named(shape, ""), options);
    const RowSchema schema = schema_of(source_of(options, "hh_made"));
    return std::get<Preferences>(*parse_row(Json::parse(row), schema, "x:1").label)[0];
  };
  const Preference second = label_of(
      "helpsteer2_preference",
      R"({"prompt": "Q", "response_1": "x", "response_2": "y", "preference_strength": "2"})");
  EXPECT_EQ(second.better, 1);
  const Preference tie = label_of(
      "helpsteer2_preference",
      R"({"prompt": "Q", "response_1": "x", "response_2": "y", "preference_strength": "0"})");
  EXPECT_EQ(tie.tie, 1);
  EXPECT_EQ(label_of("llmbar", R"({"input": "Q", "output_1": "x", "output_2": "y", "label": "1"})")
                .better,
            0);
  EXPECT_EQ(label_of("webgpt", R"({"question": {"full_text": "Q"}, "answer_0": "x",
                                   "answer_1": "y", "score_0": "-1.0", "score_1": "-0.5"})")
                .better,
            1);
  for (const auto& [shape, row] :
       {std::pair("helpsteer3", R"({"context": [{"role": "user", "content": "Q"}],
                                    "response1": "x", "response2": "y",
                                    "overall_preference": null})"),
        std::pair("llmbar", R"({"input": "Q", "output_1": "x", "output_2": "y", "label": 0})"),
        std::pair("auto_j",
                  R"({"prompt": "Q", "response 1": "x", "response 2": "y", "label": -1})")}) {
    EXPECT_NE(error_of(ErrorKind::data, [&] { label_of(shape, row); }), "no error") << shape;
  }
}

TEST(Shapes, SystemAndHistoryReachThePrompt) {
  const auto prompt = [](const char* shape, const char* name) {
    return prompt_of(examples_of(source_of_shape(shape, name), name)[0]);
  };
  const std::string expected =
      "system: Be brief.\nuser: Hello.\nassistant: Hi.\nuser: Answer the question.\nQuestion about "
      "rain?\n";
  EXPECT_EQ(prompt("llamafactory_alpaca", "llamafactory_alpaca"), expected);
  EXPECT_EQ(prompt("swift_query_history", "swift_query_history"),
            "system: Be brief.\nuser: Hello.\nassistant: Hi.\nuser: Question about rain?\n");
  EXPECT_EQ(prompt("intel_orca", "axolotl_intel"),
            "system: Be brief.\nuser: Question about rain?\n");
  EXPECT_EQ(
      prompt("helpsteer2", "helpsteer2_multiturn"),
      "user: Hello.\nassistant: Hi.\nuser: Question about rain?\nRight: rain are well known.");
  EXPECT_EQ(prompt("full_hh_rlhf", "full_hh_rlhf"), "user: Question about rain?\n");
  EXPECT_EQ(prompt("nemo_aligner", "nemo_aligner"),
            "system: Be brief.\nuser: Question about rain?\n");
}

TEST(Shapes, AFieldOfTheSourceGoesBeforeTheShapes) {
  Json source{{"text", "plain"}, {"fields", {{"prompt", "question"}, {"margin", nullptr}}}};
  apply_shape(shape_named("axolotl_chat_template", ""), source);
  EXPECT_EQ(source["text"], "plain");
  EXPECT_EQ(source["format"], "pairwise");
  EXPECT_EQ(source["fields"].dump(),
            R"({"prompt":"question","margin":null,"chosen":"chosen | messages",)"
            R"("rejected":"rejected | messages"})");
}

TEST(Shapes, AnUnknownShapeIsAnsweredWithTheNearest) {
  EXPECT_THAT(error_of(ErrorKind::usage, [] { shape_named("helpsteer4", "--shape: "); }),
              testing::AllOf(
                  testing::StartsWith("--shape: found \"helpsteer4\", expected one of 50 shapes, "
                                      "the nearest: helpsteer"),
                  HasSubstr("; `laurel describe shapes` lists them")));
}

TEST(Shapes, AreDescribedToBeCopied) {
  const std::string text = describe_shapes();
  EXPECT_THAT(text,
              HasSubstr("// \"shape\": \"intel_orca\": Intel's orca_dpo_pairs, axolotl's "
                        "chatml.intel\n{\n  \"format\": \"pairwise\",\n  \"text\": \"chat\",\n  "
                        "\"fields\": {\n    \"prompt\": \"(row.get('system') | system) + "
                        "(question | user)\"\n  }\n}\n"));
  for (const Shape& shape : shapes()) EXPECT_THAT(text, HasSubstr(shape.name));
}

}  // namespace
}  // namespace laurel::shapes_test
