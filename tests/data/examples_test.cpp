// The examples of data/: every row of every file is what its name says.
#include <gmock/gmock.h>

#include <set>

#include "core/str.h"
#include "data/jsonl.h"
#include "data/row.h"

namespace laurel {
namespace {

std::vector<Example> examples_of(const std::string& name, Format format) {
  const std::string path = str(LAUREL_SOURCE_DIR, "/data/", name);
  std::ifstream in = open_data_file(path);
  LineReader reader(in, name);
  std::vector<Example> examples;
  while (const auto line = reader.next()) {
    const Json row = parse_line(*line, reader.where(*line));
    EXPECT_EQ(detect_format(row, {}, reader.where(*line)), format);
    examples.push_back(parse_row(row, {.format = format, .columns = {}}, reader.where(*line)));
    EXPECT_TRUE(examples.back().ignored.empty()) << reader.where(*line);
  }
  return examples;
}

struct File {
  const char* name;
  Format format;
  bool chat, prompt;
};

constexpr File kFiles[] = {
    {"pairs_train.jsonl", Format::pairwise, false, true},
    {"pairs_eval.jsonl", Format::pairwise, false, true},
    {"pairs_messages.jsonl", Format::pairwise, true, false},
    {"pairs_messages_prompt.jsonl", Format::pairwise, true, true},
    {"pairs_whole_text.jsonl", Format::pairwise, false, false},
    {"pairs_a_b.jsonl", Format::pairwise, false, true},
    {"ratings_train.jsonl", Format::pointwise, false, true},
    {"ratings_eval.jsonl", Format::pointwise, false, true},
    {"ratings_messages.jsonl", Format::pointwise, true, false},
};

TEST(Examples, AreReadAsWhatTheirNamesSay) {
  for (const auto& [name, format, chat, prompt] : kFiles) {
    const std::vector<Example> examples = examples_of(name, format);
    EXPECT_GE(examples.size(), 8u) << name;
    for (const Example& example : examples) {
      EXPECT_EQ(example.is_chat(), chat) << name;
      EXPECT_EQ(example.prompt.has_value(), prompt) << name;
    }
  }
}

TEST(Examples, EvaluateOnPromptsThatTrainingHasNotSeen) {
  const std::pair<const char*, const char*> splits[] = {
      {"pairs_train.jsonl", "pairs_eval.jsonl"}, {"ratings_train.jsonl", "ratings_eval.jsonl"}};
  for (const auto& [train, eval] : splits) {
    const Format format =
        std::string_view(train).starts_with("pairs") ? Format::pairwise : Format::pointwise;
    std::set<std::string> prompts;
    for (const Example& example : examples_of(train, format)) {
      prompts.insert(std::get<std::string>(*example.prompt));
    }
    for (const Example& example : examples_of(eval, format)) {
      EXPECT_FALSE(prompts.contains(std::get<std::string>(*example.prompt))) << eval;
    }
  }
}

}  // namespace
}  // namespace laurel
