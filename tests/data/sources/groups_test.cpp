// Groups that are read when they are used.
#include "data/sources/groups.h"

#include <gmock/gmock.h>

#include "data/sources/label_changes.h"
#include "data/sources/row_file.h"
#include "data/tiny.h"

namespace laurel::groups_test {
namespace {

using test::rating_of;
using test::text_of;
using testing::ElementsAre;

// Scores 1, 2, 3 with ids from 1.
std::vector<Group> three_ratings() {
  std::vector<Group> ratings;
  for (int i = 1; i <= 3; ++i) {
    ratings.push_back(rating_of({10 + i, 20}, static_cast<float>(i), 4));
    ratings.back().id = static_cast<uint64_t>(i);
  }
  return ratings;
}

// In a temporary file, the numbers of whose rows are those of the second data file.
Groups stored(const std::vector<Group>& groups) {
  UnnamedFile file;
  RowFileWriter writer([&](std::string_view bytes) { file.write(bytes); }, 0);
  for (const Group& group : groups) writer.add(bytes_of({.group = group, .stats = {}}, {}), {});
  writer.finish("", "");
  Groups read(
      {{std::make_shared<const RowFile>(*RowFile::open(file.map(), "rows", "", std::nullopt)), 1}});
  for (size_t i = 0; i < groups.size(); ++i) read.add(0, i);
  read.set_source(4);
  return read;
}

std::vector<float> scores_of(const Groups& groups) {
  std::vector<float> scores;
  groups.for_each_ratings(
      [&](size_t, const auto& score, const auto&) { scores.push_back(score[0]); });
  return scores;
}

TEST(Groups, AreThoseOfTheirFileWithTheNumberOfTheirDataFile) {
  const std::vector<Group> ratings = three_ratings();
  const Groups groups = stored(ratings);
  ASSERT_EQ(groups.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    Group expected = ratings[i];
    expected.id |= uint64_t{1} << kLocationBits;
    EXPECT_EQ(text_of(groups[i]), text_of(expected));
    EXPECT_EQ(groups.id(i), expected.id);
    EXPECT_EQ(groups.entry(i).computed_tokens, 2);
  }
  EXPECT_THROW(groups.at(3), std::out_of_range);
}

TEST(Groups, HaveTheirLabelsChangedWhenTheyAreRead) {
  Groups groups = stored(three_ratings());
  EXPECT_THAT(scores_of(groups), ElementsAre(1, 2, 3));
  LabelChanges changes;
  changes.attribute_weights = {0.5f};
  changes.scaling = {{.mean = 1, .deviation = 2}};
  groups.set_changes(std::make_shared<LabelChanges>(changes));
  groups.multiply_weights(2, 3);
  EXPECT_THAT(scores_of(groups), ElementsAre(0, 0.5f, 1));
  EXPECT_EQ(std::get<Ratings>(groups[2].label).score[0], 1);
  EXPECT_EQ(std::get<Ratings>(groups.label(1)).weight[0], 0.5f);
  EXPECT_EQ(std::get<Ratings>(groups[2].label).weight[0], 1.5f);
}

TEST(Groups, HaveAFingerprintOfRowsOrderAndChanges) {
  const std::vector<Group> ratings = three_ratings();
  const Groups groups = stored(ratings);
  EXPECT_EQ(stored(ratings).fingerprint(), groups.fingerprint());
  EXPECT_NE(stored({ratings[1], ratings[0], ratings[2]}).fingerprint(), groups.fingerprint());
  EXPECT_NE(stored({ratings[0], ratings[1]}).fingerprint(), groups.fingerprint());
  std::vector<Group> other = ratings;
  other[1].responses[0].ids[0] = 9;
  EXPECT_NE(stored(other).fingerprint(), groups.fingerprint());
  other = ratings;
  std::get<Ratings>(other[1].label).weight = {2};
  EXPECT_NE(stored(other).fingerprint(), groups.fingerprint());
  Groups weighted = groups;
  weighted.multiply_weights(1, 2);
  EXPECT_NE(weighted.fingerprint(), groups.fingerprint());
  Groups scaled = groups;
  LabelChanges changes;
  changes.scaling = {{.mean = 1, .deviation = 2}};
  scaled.set_changes(std::make_shared<LabelChanges>(changes));
  EXPECT_NE(scaled.fingerprint(), groups.fingerprint());
}

TEST(Groups, OfACopyAreItsOwn) {
  Groups one;
  one.push_back(rating_of({1}, 1));
  Groups other = one;
  other.push_back(rating_of({2}, 2));
  one.push_back(rating_of({3}, 3));
  other.set(0, rating_of({4}, 4));
  EXPECT_THAT(scores_of(one), ElementsAre(1, 3));
  EXPECT_THAT(scores_of(other), ElementsAre(4, 2));
}

}  // namespace
}  // namespace laurel::groups_test
