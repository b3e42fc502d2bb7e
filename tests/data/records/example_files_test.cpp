// The examples of data/: every row of every file is what its name says.
#include <gmock/gmock.h>

#include <set>

#include "core/str.h"
#include "data/files/row_reader.h"
#include "data/records/format.h"

namespace laurel::example_files_test {
namespace {

std::vector<Example> examples_of(const std::string& name, Format format) {
  const bool by_attribute = name == "ratings_attributes.jsonl";
  RowSchema shape{.format = format};
  if (by_attribute) shape.attributes = {"helpfulness", "verbosity"};
  const std::string path = str(LAUREL_SOURCE_DIR, "/data/", name);
  RowReader reader(path);
  std::vector<Example> examples;
  while (const auto raw = reader.next()) {
    const std::string where = reader.where(*raw);
    const Json row = parse_raw_row(*raw, where);
    EXPECT_EQ(detect_format(row, {}, where), format);
    examples.push_back(parse_row(row, shape, where));
    EXPECT_TRUE(examples.back().ignored.empty()) << where;
  }
  return examples;
}

struct File {
  const char* name;
  Format format;
  bool chat, prompt;
};

constexpr File kFiles[] = {
    {"pairs_train.jsonl", PairwiseFormat{}, false, true},
    {"pairs_eval.jsonl", PairwiseFormat{}, false, true},
    {"pairs_messages.jsonl", PairwiseFormat{}, true, false},
    {"pairs_messages_prompt.jsonl", PairwiseFormat{}, true, true},
    {"pairs_whole_text.jsonl", PairwiseFormat{}, false, false},
    {"pairs_a_b.jsonl", PairwiseFormat{}, false, true},
    {"ratings_train.jsonl", PointwiseFormat{}, false, true},
    {"ratings_eval.jsonl", PointwiseFormat{}, false, true},
    {"ratings_messages.jsonl", PointwiseFormat{}, true, false},
    {"pairs_ties.jsonl", PairwiseFormat{}, false, true},
    {"ratings_attributes.jsonl", PointwiseFormat{}, false, true},
    {"ratings_annotators.jsonl", PointwiseFormat{}, false, true},
    {"ranked.jsonl", RankedFormat{}, false, true},
    {"segments_train.jsonl", SegmentsFormat{}, false, true},
    {"segments_eval.jsonl", SegmentsFormat{}, false, true},
    {"segments_spans.jsonl", SegmentsFormat{}, false, true},
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
  struct Pair {
    const char *train, *eval;
    Format format;
  };
  constexpr Pair kSplits[] = {{"pairs_train.jsonl", "pairs_eval.jsonl", PairwiseFormat{}},
                              {"ratings_train.jsonl", "ratings_eval.jsonl", PointwiseFormat{}},
                              {"segments_train.jsonl", "segments_eval.jsonl", SegmentsFormat{}}};
  for (const auto& [train, eval, format] : kSplits) {
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
}  // namespace laurel::example_files_test
