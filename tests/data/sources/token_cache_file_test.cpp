// A file of rows: read whole and unchanged, and within what a source's rows can be, or not at all.
#include "data/sources/token_cache_file.h"

#include <gmock/gmock.h>

#include <fstream>
#include <functional>

#include "core/files.h"
#include "data/tiny.h"

namespace laurel::token_cache_file_test {
namespace {

namespace fs = std::filesystem;

using test::text_of;
using test::write_data;
using testing::ElementsAre;

// Rows with ids from `first_id`.
std::vector<LoadedRow> rows_of(std::vector<Group> groups, uint64_t first_id = 1) {
  std::vector<LoadedRow> rows;
  for (Group& group : groups) {
    group.id = first_id++;
    rows.push_back({.group = std::move(group)});
    rows.back().stats.resize(rows.back().group.responses.size(), {.answer_length = 1, .hash = 2});
  }
  return rows;
}

// Of pairs_and_rest() and its like.
const RowLimits kPairs{.attributes = 3, .vocabulary = 60, .max_length = 4};

SourceRows pairs_and_rest() {
  SourceRows rows;
  rows.train = rows_of({test::pair_of({1, 2}, {3})});
  rows.eval = rows_of({test::pair_of({4}, {5, 6, 7, 59}), {}}, 2);
  rows.eval[0].truncated = true;
  rows.eval[0].group.responses[1].second_text = 2;
  rows.eval[1].outcome = Outcome::over_length;
  rows.train[0].annotator_scores = {
      .scores = {{.entry = 1, .attribute = 2, .annotator = 1, .score = 0.5}}, .weight = 2};
  rows.annotators = {"x", "y"};
  return rows;
}

// A file of two splits, all of whose bytes matter.
TEST(TokenCacheFile, AnyChangedOrMissingByteIsNoticed) {
  SourceRows rows = pairs_and_rest();
  rows.first = {.given = {{"margin", "a.jsonl:1"}}, .soft = "a.jsonl:2"};
  rows.notes = {"note"};
  const fs::path file = write_data("rows.tokens", "");
  write_token_cache_file(file, "key", rows);
  const std::optional<SourceRows> read = read_token_cache_file(file, "key", kPairs);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(text_of(read->train[0].group), text_of(rows.train[0].group));
  EXPECT_EQ(text_of(read->eval[0].group), text_of(rows.eval[0].group));
  EXPECT_TRUE(read->eval[0].truncated);
  EXPECT_EQ(read->eval[1].outcome, Outcome::over_length);
  const AnnotatorScore rating = read->train[0].annotator_scores.scores.at(0);
  EXPECT_EQ(rating.entry, 1);
  EXPECT_EQ(rating.attribute, 2);
  EXPECT_EQ(rating.annotator, 1);
  EXPECT_EQ(rating.score, 0.5);
  EXPECT_EQ(read->train[0].annotator_scores.weight, 2);
  EXPECT_EQ(read->first, rows.first);
  EXPECT_THAT(read->annotators, ElementsAre("x", "y"));
  EXPECT_THAT(read->notes, ElementsAre("note"));
  EXPECT_FALSE(read_token_cache_file(file, "another", kPairs).has_value());
  EXPECT_FALSE(read_token_cache_file("/nowhere", "key", kPairs).has_value());
  const auto is_read = [&] { return read_token_cache_file(file, "key", kPairs).has_value(); };
  const std::string bytes = read_file(file);
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  const auto set = [&](size_t i, char byte) {
    stream.seekp(static_cast<std::streamoff>(i)).put(byte).flush();
  };
  for (size_t i = 0; i < bytes.size(); ++i) {
    set(i, static_cast<char>(bytes[i] ^ 4));
    EXPECT_FALSE(is_read()) << i;
    set(i, bytes[i]);
  }
  EXPECT_TRUE(is_read());
  set(bytes.size(), '\0');
  for (size_t size = bytes.size(); size-- > 0;) {
    EXPECT_FALSE(is_read()) << "more than " << size;
    fs::resize_file(file, size);
  }
}

TEST(TokenCacheFile, HoldsMoreRowsThanOneBlock) {
  std::vector<Group> groups;
  for (int i = 0; i < 4097; ++i) groups.push_back(test::rating_of({i}, static_cast<float>(i)));
  SourceRows rows;
  rows.train = rows_of(groups);
  rows.eval = rows_of(groups, 5000);
  const fs::path file = write_data("many.tokens", "");
  write_token_cache_file(file, "key", rows);
  const RowLimits limits{.label_kind = LabelKind::pointwise, .vocabulary = 4097, .max_length = 1};
  const std::optional<SourceRows> read = read_token_cache_file(file, "key", limits);
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->eval.size(), 4097u);
  EXPECT_EQ(text_of(read->train[4096].group), text_of(rows.train[4096].group));
}

bool reads_back(const SourceRows& rows, const RowLimits& limits) {
  const fs::path file = write_data("bounded.tokens", "");
  write_token_cache_file(file, "key", rows);
  return read_token_cache_file(file, "key", limits).has_value();
}

TEST(TokenCacheFile, InvalidRowsCountAsDamage) {
  EXPECT_TRUE(reads_back(pairs_and_rest(), kPairs));
  const std::vector<std::pair<std::string, std::function<void(SourceRows&)>>> cases = {
      {"outcome", [](auto& r) { r.eval[1].outcome = static_cast<Outcome>(77); }},
      {"later outcome", [](auto& r) { r.eval[1].outcome = Outcome::merged; }},
      {"text rule", [](auto& r) { r.rule = static_cast<TextRule>(3); }},
      {"second text", [](auto& r) { r.eval[0].group.responses[1].second_text = 5; }},
      {"id of the vocabulary's size", [](auto& r) { r.eval[0].group.responses[1].ids[3] = 60; }},
      {"negative id", [](auto& r) { r.eval[0].group.responses[1].ids[0] = -5; }},
      {"huge id", [](auto& r) { r.train[0].group.responses[0].ids[0] = 1 << 30; }},
      {"response beyond max_length", [](auto& r) { r.train[0].group.responses[0].ids.resize(5); }},
      {"no responses", [](auto& r) { r.train[0].group.responses.clear(); }},
      {"two positions of a response",
       [](auto& r) {
         r.train[0].group.responses[0].positions = {{0, 1}, {1, 2}};
       }},
      {"another format",
       [](auto& r) {
         r.train[0].group.label = Ranking{{1, 2}, {1, 0}};
       }},
      {"scores of pairs",
       [](auto& r) {
         r.train[0].group.label = Ratings{{1, 2}, {1, 1}};
       }},
      {"stats", [](auto& r) { r.train[0].stats.pop_back(); }},
      {"slices", [](auto& r) { r.train[0].slices = {"a"}; }},
      {"file", [](auto& r) { r.eval[1].group.id = uint64_t{1} << kLocationBits; }},
      {"id of a row twice", [](auto& r) { r.eval[0].group.id = 1; }},
      {"attribute", [](auto& r) { r.train[0].annotator_scores.scores[0].attribute = 3; }},
      {"negative attribute", [](auto& r) { r.train[0].annotator_scores.scores[0].attribute = -1; }},
      {"annotator", [](auto& r) { r.train[0].annotator_scores.scores[0].annotator = 2; }},
      {"entry", [](auto& r) { r.train[0].annotator_scores.scores[0].entry = -1; }}};
  for (const auto& [name, change] : cases) {
    SourceRows rows = pairs_and_rest();
    change(rows);
    EXPECT_FALSE(reads_back(rows, kPairs)) << name;
  }
}

TEST(TokenCacheFile, RowsOfEveryFormatAreReadWithinItsBounds) {
  SourceRows ratings, lists, segments;
  Group group = test::pair_of({1}, {2});
  group.label = Ranking{.rank = {1, 2}, .score = {1, 0}};
  lists.train = rows_of({group});
  group = test::rating_of({1, 2}, 0.5f);
  group.label = Ratings{.score = {1, 2}, .weight = {1, 0}};
  ratings.train = rows_of({group});
  group.responses[0].positions = {{0, 1}, {1, 2}};
  segments.train = rows_of({group});
  const auto limits = [](Format format, size_t attributes) {
    return RowLimits{.label_kind = label_kind(format),
                     .attributes = attributes,
                     .vocabulary = 3,
                     .max_length = 2};
  };
  EXPECT_TRUE(reads_back(lists, limits(RankedFormat{}, 1)));
  EXPECT_FALSE(reads_back(lists, limits(PairwiseFormat{}, 1)));
  EXPECT_TRUE(reads_back(ratings, limits(PointwiseFormat{}, 2)));
  EXPECT_FALSE(reads_back(ratings, limits(PointwiseFormat{}, 1)));
  EXPECT_TRUE(reads_back(segments, limits(SegmentsFormat{}, 1)));
  EXPECT_FALSE(reads_back(segments, limits(SegmentsFormat{}, 2)));
  EXPECT_FALSE(reads_back(segments, limits(RankedFormat{}, 1)));
}

}  // namespace
}  // namespace laurel::token_cache_file_test
