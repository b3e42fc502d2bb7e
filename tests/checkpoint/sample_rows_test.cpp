// Sample rows come back as they were, and what is none of ours is refused.
#include "checkpoint/sample_rows.h"

#include "core/files.h"
#include "tiny.h"

namespace laurel::test::sample_rows_test {

using ::testing::HasSubstr;

TEST(SampleRows, ComeBackAsTheyWere) {
  const Scratch scratch;
  Group pair;
  pair.responses = {{{1, 2, 3}, {{2, 3}}}, {{1, 4}, {{1, 2}}}};
  pair.label = Preferences{{.better = 1, .worse = 0, .margin = .5f}};
  Group rating;
  rating.responses = {{{5}, {{0, 1}}}};
  rating.label = Ratings{{4}, {1}};
  rating.source = 1;
  const auto file = scratch.path / "sample_rows.json";
  write_sample_rows(file, {.split = "eval", .sources = {"a", "b"}, .groups = {pair, rating}});
  const SampleRows found = read_sample_rows(file, 16).value();
  EXPECT_EQ(found.split, "eval");
  ASSERT_EQ(found.groups.size(), 2u);
  EXPECT_EQ(found.groups[0].responses[0].ids, (std::vector<int32_t>{1, 2, 3}));
  EXPECT_EQ(std::get<Preferences>(found.groups[0].label)[0].better, 1);
  EXPECT_EQ(found.groups[1].source, 1);
  EXPECT_NE(found.groups[0].id, found.groups[1].id);
}

TEST(SampleRows, WithIdsBeyondTheVocabularyAreRefused) {
  const Scratch scratch;
  Group rating;
  rating.responses = {{{99}, {{0, 1}}}};
  rating.label = Ratings{{4}, {1}};
  const auto file = scratch.path / "sample_rows.json";
  write_sample_rows(file, {.split = "eval", .sources = {"a"}, .groups = {rating}});
  EXPECT_TRUE(read_sample_rows(file, 100).has_value());
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { read_sample_rows(file, 99); }),
              HasSubstr("groups[0]: "));
}

TEST(SampleRows, AreNoneWithoutAFileAndRefusedWhenTheyAreAnythingElse) {
  const Scratch scratch;
  const auto file = scratch.path / "sample_rows.json";
  EXPECT_FALSE(read_sample_rows(file, 16).has_value());
  const auto message = [&](const std::string& text) {
    write_file(file, text);
    return error_of(ErrorKind::checkpoint, [&] { read_sample_rows(file, 16); });
  };
  EXPECT_THAT(message(R"({"format": 1})"), HasSubstr("found format 1, expected 2"));
  EXPECT_THAT(message(R"({"format": 2, "split": "eval", "sources": []})"), HasSubstr("groups"));
  EXPECT_THAT(message(R"({"format": 2, "split": "eval", "sources": [], "groups": []})"),
              HasSubstr("\"groups\": found none"));
  EXPECT_THAT(message("[]"), HasSubstr("sample_rows.json"));
}

}  // namespace laurel::test::sample_rows_test
