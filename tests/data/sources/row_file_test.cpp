// A file of rows: read whole and unchanged, and within what a source's rows can be, or not at all.
#include "data/sources/row_file.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <functional>

#include "core/files.h"
#include "core/random.h"
#include "data/tiny.h"

namespace laurel::row_file_test {
namespace {

namespace fs = std::filesystem;

using test::error_of;
using test::text_of;
using test::write_data;
using testing::ElementsAre;
using testing::HasSubstr;

// Rows with ids from 1.
std::vector<LoadedRow> rows_of(std::vector<Group> groups) {
  std::vector<LoadedRow> rows;
  for (Group& group : groups) {
    group.id = rows.size() + 1;
    rows.push_back({.group = std::move(group), .stats = {}, .annotator_scores = {}});
    rows.back().stats.resize(rows.back().group.responses.size(), {.answer_length = 1, .hash = 2});
  }
  return rows;
}

// Of pairs_and_rest() and its like.
const RowLimits kPairs{.attributes = 3, .vocabulary = 60, .max_length = 4};

std::vector<LoadedRow> pairs_and_rest() {
  std::vector<LoadedRow> rows =
      rows_of({test::pair_of({1, 2}, {3}), test::pair_of({4}, {5, 6, 7, 59}), {}});
  rows[0].annotator_scores = {
      .scores = {{.entry = 1, .attribute = 2, .annotator = 1, .score = 0.5}}, .weight = 2};
  rows[0].group.prompt_hash = 12;
  rows[1].truncated = true;
  rows[1].presented_order = true;
  rows[1].group.responses[1].second_text = 2;
  rows[1].group.responses[1].answer = 3;
  rows[2].outcome = Outcome::over_length;
  return rows;
}

fs::path write(const std::vector<LoadedRow>& rows, size_t slices = 0) {
  const fs::path path = write_data("some.tokens", "");
  std::ofstream out(path, std::ios::binary);
  RowFileWriter writer([&](std::string_view bytes) { out << bytes; }, slices);
  for (uint32_t i = 0; const LoadedRow& row : rows) {
    writer.add(bytes_of(row, {}), std::vector<uint32_t>(slices, i++));
  }
  writer.finish("key", "facts");
  return path;
}

std::optional<RowFile> open(const fs::path& path, const RowLimits& limits,
                            const std::string& key = "key") {
  return RowFile::open(map_file(path), path, key, limits);
}

bool is_sound(const fs::path& path, const RowLimits& limits) {
  const std::optional<RowFile> file = open(path, limits);
  return file && file->is_sound();
}

TEST(RowFile, GivesBackWhatWasWritten) {
  const std::vector<LoadedRow> rows = pairs_and_rest();
  const std::optional<RowFile> file = open(write(rows), kPairs);
  ASSERT_TRUE(file.has_value());
  ASSERT_EQ(file->size(), 3u);
  EXPECT_EQ(file->facts(), "facts");
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(text_of(file->row(i).group), text_of(rows[i].group));
  EXPECT_TRUE(file->row(1).truncated);
  EXPECT_TRUE(file->row(1).presented_order);
  EXPECT_FALSE(file->row(0).presented_order);
  EXPECT_EQ(file->row(1).stats[1].hash, 2u);
  EXPECT_TRUE(file->index()[2].has(Outcome::over_length));
  const LoadedRow label = file->label_of(0);
  EXPECT_EQ(std::get<Preferences>(label.group.label)[0].worse, 1);
  EXPECT_EQ(label.annotator_scores.weight, 2);
  const AnnotatorScore rating = label.annotator_scores.scores.at(0);
  EXPECT_EQ(rating.entry, 1);
  EXPECT_EQ(rating.attribute, 2);
  EXPECT_EQ(rating.annotator, 1);
  EXPECT_EQ(rating.score, 0.5);
  EXPECT_FALSE(open(write(rows), kPairs, "another").has_value());
  EXPECT_FALSE(open("/nowhere", kPairs).has_value());
}

// They are shown in evaluations, and change nothing that is trained on.
TEST(RowFile, HoldsCovariatesOutsideOfTheChecksumOfItsRow) {
  std::vector<LoadedRow> rows = pairs_and_rest();
  const uint64_t without = open(write(rows), kPairs)->index()[0].checksum;
  RowLimits limits = kPairs;
  limits.covariates = 2;
  EXPECT_FALSE(is_sound(write(rows), limits));
  for (LoadedRow& row : rows) {
    for (double i = 0; ResponseStats & of : row.stats) of.covariates = {NAN, 1e10 + i++ / 8};
  }
  const fs::path path = write(rows);
  EXPECT_FALSE(is_sound(path, kPairs));
  ASSERT_TRUE(is_sound(path, limits));
  const std::optional<RowFile> file = open(path, limits);
  EXPECT_EQ(file->index()[0].checksum, without);
  EXPECT_THAT(file->row(0).stats[1].covariates, ElementsAre(testing::IsNan(), 1e10 + 0.125));
  EXPECT_EQ(file->row(0).stats[1].hash, 2u);
  std::string bytes = read_file(path);
  bytes[file->index()[0].body + 12] ^= 1;
  write_file(path, bytes);
  EXPECT_FALSE(is_sound(path, limits));
}

TEST(RowFile, KnowsSizesAndPromptsWithoutReadingRows) {
  std::vector<LoadedRow> rows = pairs_and_rest();
  const std::optional<RowFile> file = open(write(rows), kPairs);
  const RowEntry& pair = file->index()[1];
  EXPECT_EQ(pair.longest, 4);
  EXPECT_EQ(pair.input_tokens, 5);
  EXPECT_EQ(pair.computed_tokens, 5);
  EXPECT_EQ(pair.positions, 2);
  std::vector<uint64_t> prompts{mix64(12), mix64(0)};
  std::ranges::sort(prompts);
  EXPECT_THAT(file->prompts(), testing::ElementsAreArray(prompts));
}

TEST(RowFile, AnyChangedOrMissingByteIsNoticed) {
  const fs::path file = write(pairs_and_rest());
  ASSERT_TRUE(is_sound(file, kPairs));
  const std::string bytes = read_file(file);
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  const auto set = [&](size_t i, char byte) {
    stream.seekp(static_cast<std::streamoff>(i)).put(byte).flush();
  };
  for (size_t i = 0; i < bytes.size(); ++i) {
    set(i, static_cast<char>(bytes[i] ^ 4));
    EXPECT_FALSE(is_sound(file, kPairs)) << i;
    set(i, bytes[i]);
  }
  EXPECT_TRUE(is_sound(file, kPairs));
  set(bytes.size(), '\0');
  for (size_t size = bytes.size(); size-- > 0;) {
    EXPECT_FALSE(is_sound(file, kPairs)) << "more than " << size;
    fs::resize_file(file, size);
  }
}

TEST(RowFile, DamageIsNoticedWhenTheRowIsRead) {
  const fs::path path = write(pairs_and_rest());
  std::string bytes = read_file(path);
  const uint64_t body = open(path, kPairs)->index()[1].body;
  bytes[body + 100] ^= 1;
  write_file(path, bytes);
  const std::optional<RowFile> file = open(path, kPairs);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->row(0).group.id, 1u);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { file->row(1); }),
              HasSubstr("some.tokens: the tokens of row 2 are damaged; delete the file, and the "
                        "next run makes it again"));
}

TEST(RowFile, HoldsMoreRowsThanAreKeptInMemory) {
  constexpr int kRows = 20'000;  // an index of 1.3 MB
  std::vector<Group> groups;
  for (int i = 0; i < kRows; ++i) groups.push_back(test::rating_of({i}, static_cast<float>(i)));
  const std::vector<LoadedRow> rows = rows_of(groups);
  const RowLimits limits{
      .label_kind = LabelKind::pointwise, .slices = 2, .vocabulary = kRows, .max_length = 1};
  const std::optional<RowFile> file = open(write(rows, 2), limits);
  ASSERT_TRUE(file.has_value());
  ASSERT_EQ(file->size(), static_cast<size_t>(kRows));
  EXPECT_TRUE(file->is_sound());
  for (const int i : {0, 4096, 16383, 16384, kRows - 1}) {
    EXPECT_EQ(text_of(file->row(i).group), text_of(rows[i].group));
    EXPECT_THAT(file->slices(i), ElementsAre(i, i));
  }
}

TEST(RowFile, InvalidRowsCountAsDamage) {
  EXPECT_TRUE(is_sound(write(pairs_and_rest()), kPairs));
  using Rows = std::vector<LoadedRow>;
  const std::vector<std::pair<std::string, std::function<void(Rows&)>>> cases = {
      {"second text", [](Rows& r) { r[1].group.responses[1].second_text = 5; }},
      {"answer", [](Rows& r) { r[1].group.responses[1].answer = 5; }},
      {"id of the vocabulary's size", [](Rows& r) { r[1].group.responses[1].ids[3] = 60; }},
      {"negative id", [](Rows& r) { r[1].group.responses[1].ids[0] = -5; }},
      {"huge id", [](Rows& r) { r[0].group.responses[0].ids[0] = 1 << 30; }},
      {"response beyond max_length", [](Rows& r) { r[0].group.responses[0].ids.resize(5); }},
      {"no responses", [](Rows& r) { r[0].group.responses.clear(); }},
      {"two positions of a response",
       [](Rows& r) {
         r[0].group.responses[0].positions = {{0, 1}, {1, 2}};
       }},
      {"another format",
       [](Rows& r) {
         r[0].group.label = Ranking{{1, 2}, {1, 0}};
       }},
      {"scores of pairs",
       [](Rows& r) {
         r[0].group.label = Ratings{{1, 2}, {1, 1}};
       }},
      {"stats", [](Rows& r) { r[0].stats.pop_back(); }},
      {"attribute", [](Rows& r) { r[0].annotator_scores.scores[0].attribute = 3; }},
      {"negative attribute", [](Rows& r) { r[0].annotator_scores.scores[0].attribute = -1; }},
      {"annotator", [](Rows& r) { r[0].annotator_scores.scores[0].annotator = -2; }},
      {"entry", [](Rows& r) { r[0].annotator_scores.scores[0].entry = -1; }}};
  for (const auto& [name, change] : cases) {
    Rows rows = pairs_and_rest();
    change(rows);
    const fs::path path = write(rows);
    EXPECT_FALSE(is_sound(path, kPairs)) << name;
    EXPECT_TRUE(open(path, kPairs).has_value()) << name;
  }
  EXPECT_FALSE(open(write(pairs_and_rest(), 1), kPairs).has_value()) << "slices";
}

TEST(RowFile, RowsOfEveryFormatAreReadWithinItsBounds) {
  Group group = test::pair_of({1}, {2});
  group.label = Ranking{.rank = {1, 2}, .score = {1, 0}};
  const auto lists = rows_of({group});
  group = test::rating_of({1, 2}, 0.5f);
  group.label = Ratings{.score = {1, 2}, .weight = {1, 0}};
  const auto ratings = rows_of({group});
  group.responses[0].positions = {{0, 1}, {1, 2}};
  const auto segments = rows_of({group});
  const auto reads_back = [](const std::vector<LoadedRow>& rows, Format format, size_t attributes) {
    return is_sound(write(rows), RowLimits{.label_kind = label_kind(format),
                                           .attributes = attributes,
                                           .vocabulary = 3,
                                           .max_length = 2});
  };
  EXPECT_TRUE(reads_back(lists, RankedFormat{}, 1));
  EXPECT_FALSE(reads_back(lists, PairwiseFormat{}, 1));
  EXPECT_TRUE(reads_back(ratings, PointwiseFormat{}, 2));
  EXPECT_FALSE(reads_back(ratings, PointwiseFormat{}, 1));
  EXPECT_TRUE(reads_back(segments, SegmentsFormat{}, 1));
  EXPECT_FALSE(reads_back(segments, SegmentsFormat{}, 2));
  EXPECT_FALSE(reads_back(segments, RankedFormat{}, 1));
}

}  // namespace
}  // namespace laurel::row_file_test
