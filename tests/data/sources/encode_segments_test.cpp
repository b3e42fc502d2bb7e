// From rows of segments to groups: one position per segment, labels, cuts and weights.
#include <gmock/gmock.h>

#include "core/str.h"
#include "data/batches/pack.h"
#include "data/sources/encode_example.h"
#include "data/sources/load.h"
#include "data/tiny.h"

namespace laurel::encode_segments_test {
namespace {

using test::context_of;
using test::error_of;
using test::tiny_folder;
using test::values_of;
using test::write_data;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSteps =
    R"({"prompt": "w0 w1", "completions": [" w2 w3", "w4 ", "w5"], "labels": [1, null, 0.5]})";

EncodedExample encoded(const std::string& row, TextRule rule, LengthOptions length = {100}) {
  const Example example =
      parse_row(Json::parse(row), {.format = SegmentsFormat{}, .fields = {}}, "a:1");
  return encode_example(
      example, {.folder = tiny_folder(), .rules = {rule}, .pooling = {}, .length = length}, "a:1");
}

std::vector<int32_t> ends(const Group& group) {
  std::vector<int32_t> ends;
  for (const PoolRange& read : group.responses.at(0).positions) {
    EXPECT_EQ(read.end, read.begin + 1);
    ends.push_back(read.end);
  }
  return ends;
}

const Ratings& scores(const Group& group) { return std::get<Ratings>(group.label); }

SourceOptions segments_from(const std::string& path) {
  SourceOptions options;
  options.name = "steps";
  options.format = SegmentsFormat{};
  options.train = {{path}};
  return options;
}

TEST(Segments, AreRefusedWhereTheBackboneReadsATextOnce) {
  for (const PoolingRule rule : {PoolingRule::first, PoolingRule::mean}) {
    const Pooling pooling{.rule = rule, .causal = false};
    const std::string name = rule == PoolingRule::first ? "first" : "mean";
    const Example example =
        parse_row(Json::parse(kSteps), {.format = SegmentsFormat{}, .fields = {}}, "a:1");
    EXPECT_EQ(error_of(ErrorKind::data,
                       [&] {
                         encode_example(example,
                                        {.folder = tiny_folder(),
                                         .rules = {TextRule::plain},
                                         .pooling = pooling,
                                         .length = {100}},
                                        "a:1");
                       }),
              "a:1: found segments, but the model reads a text once (pooling " + name +
                  "), expected one label of the whole answer: format pointwise");
    LoadContext context = context_of();
    context.pooling = pooling;
    EXPECT_EQ(
        error_of(ErrorKind::usage, [&] { load_source(segments_from("not read"), 0, context); }),
        "source steps: found format segments, but the backbone reads a text once (pooling " + name +
            "), expected one label of the whole answer (format pointwise), or a causal "
            "backbone");
  }
}

TEST(Segments, ArePooledAtTheirLastTokens) {
  const EncodedExample chat = encoded(kSteps, TextRule::chat);
  EXPECT_THAT(chat.group->responses[0].ids, ElementsAre(3, 10, 11, 5, 4, 12, 13, 14, 15, 5));
  EXPECT_THAT(ends(*chat.group), ElementsAre(7, 8, 9));
  const EncodedExample plain = encoded(kSteps, TextRule::plain);
  EXPECT_THAT(plain.group->responses[0].ids, ElementsAre(10, 11, 12, 13, 14, 15, 1));
  EXPECT_THAT(ends(*plain.group), ElementsAre(4, 5, 6));
  EXPECT_THAT(scores(*plain.group).score, ElementsAre(1, 0, 0.5));
  EXPECT_THAT(scores(*plain.group).weight, ElementsAre(1, 0, 1));
}

TEST(Segments, WithoutLabelsHaveNoWeight) {
  Example example = parse_row(Json::parse(R"({"prompt": "w0", "completions": ["w1", "w2"]})"),
                              {.format = SegmentsFormat{}, .labelled = false}, "a:1");
  const EncodedExample found = encode_example(
      example, {.folder = tiny_folder(), .rules = {TextRule::chat}, .length = {100}}, "a:1");
  EXPECT_THAT(ends(*found.group), ElementsAre(5, 6));
  EXPECT_THAT(scores(*found.group).weight, ElementsAre(0, 0));
}

TEST(Segments, BeyondMaxLengthAreDroppedWithTheirLabels) {
  const LengthOptions length{.max_length = 8, .over_length = OverLength::truncate_response_right};
  const EncodedExample cut = encoded(kSteps, TextRule::chat, length);
  EXPECT_TRUE(cut.truncated);
  EXPECT_THAT(cut.group->responses[0].ids, ElementsAre(3, 10, 11, 5, 4, 12, 13, 5));
  EXPECT_THAT(ends(*cut.group), ElementsAre(7));
  EXPECT_THAT(scores(*cut.group).score, ElementsAre(1));
  EXPECT_FALSE(encoded(kSteps, TextRule::chat, {10}).truncated);
}

TEST(Segments, AreOverLongIfNoLabelledSegmentFits) {
  const std::string row =
      R"({"prompt": "w0 w1", "completions": ["w2", "w3", "w4"], "labels": [null, null, 1]})";
  const EncodedExample over = encoded(
      row, TextRule::chat, {.max_length = 8, .over_length = OverLength::truncate_response_right});
  EXPECT_FALSE(over.group);
  EXPECT_EQ(over.over_length, "found 9 tokens, which no cut brings to 8 (model.max_length)");
  EXPECT_EQ(encoded(kSteps, TextRule::chat, {9}).over_length,
            "found 10 tokens, expected at most 9 (model.max_length)");
}

TEST(Segments, StayWholeWhereThePromptIsCut) {
  const EncodedExample cut = encoded(
      kSteps, TextRule::chat, {.max_length = 9, .over_length = OverLength::truncate_prompt_left});
  EXPECT_THAT(cut.group->responses[0].ids, ElementsAre(3, 11, 5, 4, 12, 13, 14, 15, 5));
  EXPECT_THAT(ends(*cut.group), ElementsAre(6, 7, 8));
}

TEST(Segments, BecomePositionsOfABatchWithTheirLabels) {
  const Group group = *encoded(kSteps, TextRule::plain).group;
  const std::vector<const Group*> groups{&group};
  const Batch batch = pack(groups, {}, {}).at(0);
  EXPECT_THAT(values_of<int32_t>(batch.tokens.pool_begin), ElementsAre(3, 4, 5));
  EXPECT_EQ(batch.tokens.ids.numel(), 6) << "nothing behind the last segment is computed";
  const auto& labels = std::get<PointwiseLabels>(batch.labels[0].labels);
  EXPECT_THAT(values_of<int64_t>(labels.positions), ElementsAre(0, 1, 2));
  EXPECT_THAT(values_of<float>(labels.weight), ElementsAre(1, 0, 1));
  EXPECT_EQ(batch.labels[0].weight_sum, 2);
}

TEST(LoadSegments, ReadsBothKindsOfRows) {
  const std::string path = write_data(
      "steps.jsonl",
      std::string(kSteps) +
          "\n{\"prompt\": \"w7\", \"response\": \" w8. w9\", \"segments\": [[0, 4]], \"labels\": "
          "[true]}\n");
  const SourceData data = load_source(segments_from(path), 0, context_of());
  ASSERT_EQ(data.train.groups.size(), 2u);
  EXPECT_THAT(ends(data.train.groups[1]), ElementsAre(2));
  EXPECT_THAT(scores(data.train.groups[1]).score, ElementsAre(1));
  EXPECT_EQ(data.train.groups.stats(0)[0].answer_length, 13);
}

TEST(LoadSegments, CountsEachSegmentOrEachGroup) {
  const std::string path = write_data(
      "counted.jsonl", std::string(kSteps) +
                           "\n{\"prompt\": \"w7\", \"completions\": [\"w1\", \"w2\", \"w3\", "
                           "\"w4\"], \"labels\": [1, 1, 0, 1], \"weight\": 2}\n");
  SourceOptions options = segments_from(path);
  const Split each = load_source(options, 0, context_of()).train;
  EXPECT_THAT(scores(each.groups[0]).weight, ElementsAre(1, 0, 1));
  EXPECT_THAT(scores(each.groups[1]).weight, Each(2));
  options.count_by = CountBy::group;
  const Split whole = load_source(options, 0, context_of()).train;
  EXPECT_THAT(scores(whole.groups[0]).weight, ElementsAre(0.5, 0, 0.5));
  EXPECT_THAT(scores(whole.groups[1]).weight, Each(0.5));
  EXPECT_EQ(weight_sum(whole.groups[1]), 2);
}

TEST(LoadSegments, UsesTheSeparatorOfTheSource) {
  const std::string path = write_data("separated.jsonl", std::string(kSteps) + "\n");
  SourceOptions options = segments_from(path);
  options.separator = " w40 ";
  const Split split = load_source(options, 0, context_of()).train;
  EXPECT_THAT(split.groups[0].responses[0].ids, ElementsAre(10, 11, 12, 13, 50, 14, 50, 15, 1));
  EXPECT_THAT(ends(split.groups[0]), ElementsAre(4, 6, 8));
}

TEST(LoadSegments, NamesTheLineOfAnInvalidRow) {
  const std::string path = write_data(
      "bad.jsonl", std::string(kSteps) + "\n" + R"({"completions": ["w1"], "labels": []})");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { load_source(segments_from(path), 0, context_of()); }),
              HasSubstr(str(path, ":2: found 0 numbers in \"labels\", expected 1")));
}

}  // namespace
}  // namespace laurel::encode_segments_test
